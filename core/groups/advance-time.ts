import type { GroupTurn } from './group-turn.js';
import { completeJoinIfAllJoined, endPreparation, prepareRebalance } from './rebalance.js';
import { membersRemoved, removeMember } from './remove-member.js';

/** Everything of a group whose time has come: ids that nobody came back with, sessions, the phases of a rebalance. */
export function advanceTime(turn: GroupTurn): void {
  turn.group.timerAtMs = Number.POSITIVE_INFINITY;
  expirePendingMembers(turn);
  expireSessions(turn);
  const { group, nowMs } = turn;
  const { state } = group;
  if (state.kind === 'Empty' || state.kind === 'Dead' || state.deadlineMs > nowMs) return;
  if (state.kind === 'PreparingRebalance') endPreparation(turn);
  else {
    // Members that joined but never asked for their assignment: only this notices them, as they may well send heartbeats.
    for (const memberId of state.pendingSync) removeMember(turn, group.members.get(memberId)!);
    prepareRebalance(turn);
  }
}

function expirePendingMembers(turn: GroupTurn): void {
  const { pendingMembers } = turn.group;
  const sizeBefore = pendingMembers.size;
  for (const [memberId, deadlineMs] of pendingMembers) if (deadlineMs <= turn.nowMs) pendingMembers.delete(memberId);
  if (pendingMembers.size < sizeBefore) completeJoinIfAllJoined(turn);
}

function expireSessions(turn: GroupTurn): void {
  const expired = [...turn.group.members.values()].filter(member => member.sessionDeadlineMs <= turn.nowMs);
  for (const member of expired) removeMember(turn, member);
  if (expired.length > 0) membersRemoved(turn);
}
