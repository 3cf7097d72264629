// How a group comes to its next generation: everybody joins, one protocol is chosen, the leader is told who is there.
// Who does not come back before the rebalance timeout is out, but for static members, which keep their place until their session ends.

import { errorCode } from './error-code.js';
import { type Group, type GroupMember, metadataOf } from './group.js';
import type { GroupTurn } from './group-turn.js';
import type { JoinGroupReply } from './groups-command.js';

const noBytes = new Uint8Array(0);

/** The members have changed: rebalance, or let the running rebalance notice it. */
export function rebalanceOrCompleteJoin(turn: GroupTurn): void {
  if (turn.group.state.kind === 'PreparingRebalance') completeJoinIfAllJoined(turn);
  else prepareRebalance(turn);
}

export function prepareRebalance(turn: GroupTurn): void {
  const { group, nowMs } = turn;
  if (group.state.kind === 'CompletingRebalance') refuseParkedSyncs(turn);
  const { initialRebalanceDelayMs: delayMs } = turn.config;
  if (group.state.kind === 'Empty' && delayMs > 0) {
    const remainingMs = Math.max(group.rebalanceTimeoutMs - delayMs, 0);
    const initial = { delayMs, remainingMs, hasNewMember: false };
    group.moveTo({ kind: 'PreparingRebalance', deadlineMs: nowMs + delayMs, initial }, nowMs);
    return;
  }
  const isFirst = group.state.kind === 'Empty';
  const deadlineMs = nowMs + group.rebalanceTimeoutMs;
  group.moveTo({ kind: 'PreparingRebalance', deadlineMs, initial: undefined }, nowMs);
  if (isFirst || group.haveAllJoined) completeJoin(turn);
}

export function completeJoinIfAllJoined(turn: GroupTurn): void {
  const { state, haveAllJoined } = turn.group;
  if (state.kind === 'PreparingRebalance' && state.initial === undefined && haveAllJoined) completeJoin(turn);
}

/** The time of a PreparingRebalance is up. */
export function endPreparation(turn: GroupTurn): void {
  const { group, nowMs } = turn;
  if (group.state.kind !== 'PreparingRebalance') return;
  const { initial } = group.state;
  if (initial?.hasNewMember !== true || initial.remainingMs === 0) {
    completeJoin(turn);
    return;
  }
  const delayMs = Math.min(turn.config.initialRebalanceDelayMs, initial.remainingMs);
  const remainingMs = Math.max(initial.remainingMs - initial.delayMs, 0);
  group.moveTo(
    { ...group.state, deadlineMs: nowMs + delayMs, initial: { delayMs, remainingMs, hasNewMember: false } },
    nowMs,
  );
}

function completeJoin(turn: GroupTurn): void {
  const { group, nowMs } = turn;
  for (const member of [...group.members.values()]) {
    if (member.joinRequestId === undefined && member.groupInstanceId === null) group.remove(member.memberId);
  }
  if (group.members.size > 0 && !electJoinedLeader(group)) {
    // Only static members are left, and none has come back yet: wait for them once more.
    const deadlineMs = nowMs + group.rebalanceTimeoutMs;
    group.moveTo({ kind: 'PreparingRebalance', deadlineMs, initial: undefined }, nowMs);
    return;
  }
  group.generation += 1;
  if (group.members.size === 0) {
    group.protocol = null;
    group.moveTo({ kind: 'Empty' }, nowMs);
    turn.records.push(group.toRecord());
    return;
  }
  group.protocol = chooseProtocol(group);
  const pendingSync = new Set(group.members.keys());
  group.moveTo({ kind: 'CompletingRebalance', deadlineMs: nowMs + group.rebalanceTimeoutMs, pendingSync }, nowMs);
  for (const member of group.members.values()) {
    turn.answerJoin(member, joinedReply(group, member));
    turn.restartSession(member);
    member.isNew = false;
  }
}

/** What a member is told about the current generation; the leader also who is in it. */
export function joinedReply(group: Group, member: GroupMember): JoinGroupReply {
  return {
    errorCode: 0,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocol,
    leader: group.leader ?? '',
    skipAssignment: false,
    memberId: member.memberId,
    members: group.leader === member.memberId ? membersForLeader(group) : [],
  };
}

export function membersForLeader(group: Group): JoinGroupReply['members'] {
  return [...group.members.values()].map(member => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataOf(member, group.protocol),
  }));
}

/** Whether the group has a leader that is there, after choosing another if the old one did not come back. */
function electJoinedLeader(group: Group): boolean {
  const leader = group.leader === null ? undefined : group.members.get(group.leader);
  if (leader?.joinRequestId !== undefined) return true;
  for (const member of group.members.values()) {
    if (member.joinRequestId !== undefined) {
      group.leader = member.memberId;
      return true;
    }
  }
  return false;
}

/** Each member votes for the first of its protocols that all have; the first of the most voted wins. */
export function chooseProtocol(group: Group): string {
  const votes = new Map<string, number>();
  for (const member of group.members.values()) {
    const vote = member.protocols.find(each => supportsAll(group, each.name));
    if (vote !== undefined) votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1);
  }
  let chosen = '';
  for (const [name, count] of votes) if (count > (votes.get(chosen) ?? 0)) chosen = name;
  return chosen;
}

export function supportsAll(group: Group, protocol: string): boolean {
  for (const member of group.members.values()) {
    if (!member.protocols.some(each => each.name === protocol)) return false;
  }
  return true;
}

function refuseParkedSyncs(turn: GroupTurn): void {
  for (const member of turn.group.members.values()) {
    member.assignment = noBytes;
    if (member.syncRequestId === undefined) continue;
    turn.answerSync(member, {
      errorCode: errorCode('REBALANCE_IN_PROGRESS'),
      protocolType: null,
      protocolName: null,
      assignment: noBytes,
    });
    turn.restartSession(member);
  }
}
