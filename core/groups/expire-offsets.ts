import type { CommittedOffset } from './committed-offsets.js';
import type { Group } from './group.js';
import { subscribedTopics } from './subscribed-topics.js';

/**
 * Which offsets of a group have been kept long enough (KIP-211). Of a group with members only those of topics it has given up;
 * of an empty one all, counted from when it became empty; of one that never had members, counted from the commit.
 */
export function expiredOffsets(
  group: Group,
  offsets: Iterable<CommittedOffset>,
  { nowMs, retentionMs }: { nowMs: number; retentionMs: number },
): CommittedOffset[] {
  const keptSince = keptSinceOf(group);
  if (keptSince === undefined) return [];
  return [...offsets].filter(each => {
    const sinceMs = keptSince(each);
    if (sinceMs === undefined) return false;
    return each.expireTimestamp >= 0 ? nowMs >= each.expireTimestamp : nowMs - sinceMs >= retentionMs;
  });
}

function keptSinceOf(group: Group): ((committed: CommittedOffset) => number | undefined) | undefined {
  if (group.state.kind === 'Empty') {
    const emptySinceMs = group.protocolType === '' ? -1 : group.stateTimestamp;
    return committed => Math.max(committed.commitTimestamp, emptySinceMs);
  }
  if (group.state.kind !== 'Stable') return undefined;
  const subscribed = subscribedTopics(group);
  if (subscribed === undefined) return undefined;
  return committed => (subscribed.has(committed.topic) ? undefined : committed.commitTimestamp);
}
