import type { GroupMember } from './group.js';
import type { GroupTurn } from './group-turn.js';
import { refusedJoin } from './join-group.js';
import { completeJoinIfAllJoined, prepareRebalance } from './rebalance.js';
import { refusedSync } from './sync-group.js';

/** Takes the member out, and tells a request of its that is parked. `membersRemoved` follows once all that go are gone. */
export function removeMember(turn: GroupTurn, member: GroupMember): void {
  turn.answerJoin(member, refusedJoin('UNKNOWN_MEMBER_ID', member.memberId));
  turn.answerSync(member, refusedSync('UNKNOWN_MEMBER_ID'));
  turn.group.remove(member.memberId);
}

export function membersRemoved(turn: GroupTurn): void {
  const { kind } = turn.group.state;
  if (kind === 'PreparingRebalance') completeJoinIfAllJoined(turn);
  else if (kind === 'CompletingRebalance' || kind === 'Stable') prepareRebalance(turn);
}
