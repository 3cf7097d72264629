import { heartbeat } from '../../protocol/12-heartbeat.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

export const heartbeatHandler = handler(heartbeat, async (node, request) => {
  const { groupId, generationId, memberId, groupInstanceId } = request;
  try {
    const shard = await node.groups.shardOf(groupId);
    return heartbeat.response(await shard.run({ kind: 'heartbeat', groupId, generationId, memberId, groupInstanceId }));
  } catch (error) {
    return heartbeat.response({ errorCode: errorCode(error) });
  }
});
