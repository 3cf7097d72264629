import { leaveGroup } from '../../protocol/13-leave-group.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

/** From this version on several members leave in one request, each with an error of its own. */
const severalMembersFromVersion = 3;

export const leaveGroupHandler = handler(leaveGroup, async (node, request, context) => {
  const { groupId } = request;
  const isSeveral = context.apiVersion >= severalMembersFromVersion;
  const members = isSeveral ? request.members : [{ memberId: request.memberId, groupInstanceId: null }];
  try {
    const shard = await node.groups.shardOf(groupId);
    const reply = await shard.run({ kind: 'leave-group', groupId, members });
    if (isSeveral) return leaveGroup.response(reply);
    return leaveGroup.response({ errorCode: reply.errorCode || (reply.members[0]?.errorCode ?? 0) });
  } catch (error) {
    return leaveGroup.response({ errorCode: errorCode(error) });
  }
});
