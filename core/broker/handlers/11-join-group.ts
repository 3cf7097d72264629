import { joinGroup } from '../../protocol/11-join-group.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

/** From this version on a new member is first told its id and joins again with it (KIP-394). */
const memberIdFirstFromVersion = 4;
/** From this version on a static leader may be told to keep the assignment (KIP-814). */
const skipAssignmentFromVersion = 9;

export const joinGroupHandler = handler(joinGroup, async (node, request, context) => {
  try {
    const shard = await node.groups.shardOf(request.groupId);
    const reply = await shard.run({
      kind: 'join-group',
      requestId: shard.nextRequestId(),
      groupId: request.groupId,
      memberId: request.memberId,
      newMemberUuid: node.randomUuid(),
      groupInstanceId: request.groupInstanceId,
      clientId: context.clientId,
      clientHost: context.caller.host,
      sessionTimeoutMs: request.sessionTimeoutMs,
      // Version 0 had no rebalance timeout: there the session timeout serves as one.
      rebalanceTimeoutMs: request.rebalanceTimeoutMs < 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
      protocolType: request.protocolType,
      protocols: request.protocols,
      requiresKnownMemberId: context.apiVersion >= memberIdFirstFromVersion,
      canSkipAssignment: context.apiVersion >= skipAssignmentFromVersion,
    });
    return joinGroup.response(reply);
  } catch (error) {
    return joinGroup.response({ errorCode: errorCode(error), memberId: request.memberId });
  }
});
