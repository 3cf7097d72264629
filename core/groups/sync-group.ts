// SyncGroup. Followers are parked until the leader has brought the assignments; these are one group-metadata record, and everybody is
// answered when it is committed.

import type { KafkaErrorName } from '../base/kafka-errors.js';
import { checkGeneration } from './check-member.js';
import { errorCode } from './error-code.js';
import type { Group, GroupMember } from './group.js';
import type { GroupTurn } from './group-turn.js';
import type { SyncGroupCommand, SyncGroupReply } from './groups-command.js';

const noBytes = new Uint8Array(0);

export function syncGroup(turn: GroupTurn, command: SyncGroupCommand): SyncGroupReply | undefined {
  const { group } = turn;
  const refusal = checkGeneration(group, command) ?? checkProtocol(group, command);
  if (refusal !== undefined) return refusedSync(refusal);
  const member = group.members.get(command.memberId)!;
  switch (group.state.kind) {
    case 'PreparingRebalance':
      return refusedSync('REBALANCE_IN_PROGRESS');
    case 'Stable':
      group.syncReceived(member.memberId);
      return assignedReply(group, member);
    case 'CompletingRebalance':
      group.syncReceived(member.memberId);
      turn.answerSync(member, refusedSync('REBALANCE_IN_PROGRESS'));
      member.syncRequestId = command.requestId;
      member.sessionDeadlineMs = Number.POSITIVE_INFINITY;
      if (group.leader === member.memberId) assign(turn, command);
      return undefined;
    default:
      return refusedSync('UNKNOWN_MEMBER_ID');
  }
}

export function refusedSync(error: KafkaErrorName): SyncGroupReply {
  return { errorCode: errorCode(error), protocolType: null, protocolName: null, assignment: noBytes };
}

function checkProtocol(group: Group, command: SyncGroupCommand): KafkaErrorName | undefined {
  const hasSameType = command.protocolType === null || command.protocolType === group.protocolType;
  const hasSameName = command.protocolName === null || command.protocolName === group.protocol;
  return hasSameType && hasSameName ? undefined : 'INCONSISTENT_GROUP_PROTOCOL';
}

function assign(turn: GroupTurn, { assignments }: SyncGroupCommand): void {
  const { group, nowMs } = turn;
  if (group.state.kind !== 'CompletingRebalance') return;
  const assignmentOf = new Map(assignments.map(each => [each.memberId, each.assignment]));
  group.moveTo({ ...group.state, kind: 'Stable' }, nowMs);
  for (const member of group.members.values()) member.assignment = assignmentOf.get(member.memberId) ?? noBytes;
  turn.records.push(group.toRecord());
  for (const member of group.members.values()) {
    if (member.syncRequestId === undefined) continue;
    turn.answerSync(member, assignedReply(group, member));
    turn.restartSession(member);
  }
}

function assignedReply(group: Group, member: GroupMember): SyncGroupReply {
  const { protocolType, protocol } = group;
  return { errorCode: 0, protocolType, protocolName: protocol, assignment: member.assignment };
}
