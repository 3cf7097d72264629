import type { GroupTurn } from './group-turn.js';

/** After replay: the members that the log names are taken for gone, or get a new session to show themselves in. */
export function reopenGroup(turn: GroupTurn, expelMembers: boolean): void {
  const { group, nowMs } = turn;
  if (!expelMembers) {
    for (const member of group.members.values()) turn.restartSession(member);
    return;
  }
  for (const memberId of [...group.members.keys()]) group.remove(memberId);
  group.generation += 1;
  group.protocol = null;
  group.moveTo({ kind: 'PreparingRebalance', deadlineMs: nowMs, initial: undefined }, nowMs);
  group.moveTo({ kind: 'Empty' }, nowMs);
  turn.records.push(group.toRecord());
}
