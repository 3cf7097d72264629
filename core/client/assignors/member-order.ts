import type { MemberSubscription } from './partition-assignor.js';

/** Static members first, among each other by instance id; then the others by member id. */
export function inOrder(members: readonly MemberSubscription[]): readonly MemberSubscription[] {
  return [...members].sort(byInstanceThenId);
}

function byInstanceThenId(a: MemberSubscription, b: MemberSubscription): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) {
    return compareText(a.groupInstanceId, b.groupInstanceId);
  }
  if (a.groupInstanceId !== null) return -1;
  if (b.groupInstanceId !== null) return 1;
  return compareText(a.memberId, b.memberId);
}

/** By UTF-16 code units, as Java compares. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
