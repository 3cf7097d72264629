import { assert } from '../base/assert.js';

/** Where a group stands between rebalances. */
export type GroupState =
  | { readonly kind: 'Empty' }
  /** Waits for the members to join (again). `initial`: a new group, which waits for its delay instead of its members. */
  | { readonly kind: 'PreparingRebalance'; readonly deadlineMs: number; readonly initial: InitialRebalance | undefined }
  /** Waits for the leader's assignment; `pendingSync` are the members that did not ask for theirs yet. */
  | { readonly kind: 'CompletingRebalance'; readonly deadlineMs: number; readonly pendingSync: ReadonlySet<string> }
  | { readonly kind: 'Stable'; readonly deadlineMs: number; readonly pendingSync: ReadonlySet<string> }
  | { readonly kind: 'Dead' };

export interface InitialRebalance {
  readonly delayMs: number;
  readonly remainingMs: number;
  readonly hasNewMember: boolean;
}

const mayFollow: Readonly<Record<GroupState['kind'], readonly GroupState['kind'][]>> = {
  Empty: ['PreparingRebalance', 'Dead'],
  PreparingRebalance: ['PreparingRebalance', 'CompletingRebalance', 'Empty', 'Dead'],
  CompletingRebalance: ['CompletingRebalance', 'Stable', 'PreparingRebalance', 'Dead'],
  Stable: ['Stable', 'PreparingRebalance', 'Dead'],
  Dead: [],
};

/** `to`, after checking that a group may go there from `from`. */
export function transition(from: GroupState, to: GroupState): GroupState {
  assert(mayFollow[from.kind].includes(to.kind), `a group goes from ${from.kind} to ${to.kind}`);
  return to;
}
