import { syncGroup } from '../../protocol/14-sync-group.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

export const syncGroupHandler = handler(syncGroup, async (node, request) => {
  try {
    const shard = await node.groups.shardOf(request.groupId);
    const reply = await shard.run({
      kind: 'sync-group',
      requestId: shard.nextRequestId(),
      groupId: request.groupId,
      generationId: request.generationId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      protocolType: request.protocolType,
      protocolName: request.protocolName,
      assignments: request.assignments,
    });
    return syncGroup.response(reply);
  } catch (error) {
    return syncGroup.response({ errorCode: errorCode(error) });
  }
});
