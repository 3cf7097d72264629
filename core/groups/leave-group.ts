import type { KafkaErrorName } from '../base/kafka-errors.js';
import { checkMember } from './check-member.js';
import { errorCode } from './error-code.js';
import type { GroupTurn } from './group-turn.js';
import type { LeaveGroupCommand, LeaveGroupReply } from './groups-command.js';
import { membersRemoved, removeMember } from './remove-member.js';

type Leaving = LeaveGroupCommand['members'][number];

/** LeaveGroup: by member id, or by instance id alone, which is how an administrator removes static members. */
export function leaveGroup(turn: GroupTurn, { members }: LeaveGroupCommand): LeaveGroupReply {
  let hasMemberLeft = false;
  const answers = members.map(leaving => {
    const wasPending = turn.group.pendingMembers.delete(leaving.memberId);
    const refusal = wasPending ? undefined : leave(turn, leaving);
    hasMemberLeft ||= refusal === undefined;
    return { ...leaving, errorCode: refusal === undefined ? 0 : errorCode(refusal) };
  });
  if (hasMemberLeft) membersRemoved(turn);
  return { errorCode: 0, members: answers };
}

function leave(turn: GroupTurn, leaving: Leaving): KafkaErrorName | undefined {
  const { group } = turn;
  const isByInstance = leaving.memberId === '' && leaving.groupInstanceId !== null;
  if (!isByInstance) {
    const refusal = checkMember(group, leaving);
    if (refusal !== undefined) return refusal;
  }
  const member = isByInstance ? group.memberOfInstance(leaving.groupInstanceId) : group.members.get(leaving.memberId);
  if (member === undefined) return 'UNKNOWN_MEMBER_ID';
  removeMember(turn, member);
  return undefined;
}
