// Kafka's sticky assignment: as even as can be, and within that every member keeps as much as it can. Where all subscribe to the
// same topics each member has a quota, and the result is the one that Java's assignor gives; where they do not,
// partitions move from members with more to members with fewer as long as that evens out.

import type { TopicPartition } from '../topic.js';
import { compareText } from './member-order.js';
import { type Claimant, partitionKey, soundClaims } from './sticky-claims.js';

type Shares = Map<string, TopicPartition[]>;

/** By member id; every member has an entry. */
export function shareSticky(partitionCounts: ReadonlyMap<string, number>, members: readonly Claimant[]): Shares {
  const ordered = [...members].sort((a, b) => compareText(a.memberId, b.memberId));
  const claims = soundClaims(partitionCounts, ordered);
  return wantTheSame(ordered)
    ? shareByQuota(partitionCounts, ordered, claims)
    : shareByNeed(partitionCounts, ordered, claims);
}

function wantTheSame(members: readonly Claimant[]): boolean {
  const texts = members.map(({ topics }) => JSON.stringify([...new Set(topics)].sort(compareText)));
  return texts.every(text => text === texts[0]);
}

function shareByQuota(
  partitionCounts: ReadonlyMap<string, number>,
  members: readonly Claimant[],
  claims: ReadonlyMap<string, readonly TopicPartition[]>,
): Shares {
  const all = partitionsOf(partitionCounts, [...new Set(members.flatMap(({ topics }) => topics))].sort(compareText));
  const quota = { min: Math.floor(all.length / members.length), withOneMore: all.length % members.length };
  const shares: Shares = new Map();
  let withOneMore = 0;
  for (const { memberId } of members) {
    const owned = [...claims.get(memberId)!].sort(byPartitionThenTopic);
    const hasOneMore = owned.length > quota.min && withOneMore < quota.withOneMore;
    if (hasOneMore) withOneMore++;
    shares.set(memberId, owned.slice(0, quota.min + (hasOneMore ? 1 : 0)));
  }
  const missing = without(all, [...shares.values()].flat());
  dealOut(missing, shares, quota.min);
  return shares;
}

/** In rounds to those below the quota, then one more each in the order in which they reached it. */
function dealOut(missing: readonly TopicPartition[], shares: Shares, quotaMin: number): void {
  let below = [...shares.values()].filter(share => share.length < quotaMin);
  const atQuota = [...shares.values()].filter(share => share.length === quotaMin);
  let turn = 0;
  for (const partition of missing) {
    if (below.length === 0) {
      atQuota.shift()!.push(partition);
      continue;
    }
    const share = below[turn++]!;
    share.push(partition);
    if (share.length === quotaMin) atQuota.push(share);
    if (turn < below.length) continue;
    below = below.filter(({ length }) => length < quotaMin);
    turn = 0;
  }
}

function shareByNeed(
  partitionCounts: ReadonlyMap<string, number>,
  members: readonly Claimant[],
  claims: ReadonlyMap<string, readonly TopicPartition[]>,
): Shares {
  const shares: Shares = new Map(members.map(({ memberId }) => [memberId, [...claims.get(memberId)!]]));
  const candidates = new Map<string, string[]>();
  for (const { memberId, topics } of members) {
    for (const topic of new Set(topics)) {
      if (candidates.has(topic)) candidates.get(topic)!.push(memberId);
      else candidates.set(topic, [memberId]);
    }
  }
  // Topics that few members can have come first: there is the least choice.
  const topics = [...candidates.keys()].sort(
    (a, b) => candidates.get(a)!.length - candidates.get(b)!.length || compareText(a, b),
  );
  const kept = [...shares.values()].flat();
  const missing = without(partitionsOf(partitionCounts, topics), kept);
  for (const partition of missing) shares.get(leastLoaded(shares, candidates.get(partition.topic)!))!.push(partition);
  evenOut([...missing, ...kept], shares, candidates);
  return shares;
}

/** Every move makes the difference between two members smaller, so this ends. What nobody had before moves first. */
function evenOut(
  partitions: readonly TopicPartition[],
  shares: Shares,
  candidates: ReadonlyMap<string, readonly string[]>,
): void {
  const owners = new Map<string, string>();
  for (const [memberId, share] of shares) for (const partition of share) owners.set(partitionKey(partition), memberId);
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    for (const partition of partitions) {
      const key = partitionKey(partition);
      const from = shares.get(owners.get(key)!)!;
      const to = leastLoaded(shares, candidates.get(partition.topic)!);
      if (shares.get(to)!.length + 1 >= from.length) continue;
      from.splice(
        from.findIndex(owned => partitionKey(owned) === key),
        1,
      );
      shares.get(to)!.push(partition);
      owners.set(key, to);
      hasMoved = true;
    }
  }
}

function leastLoaded(shares: Shares, candidates: readonly string[]): string {
  return candidates.reduce((least, next) => (shares.get(next)!.length < shares.get(least)!.length ? next : least));
}

function partitionsOf(partitionCounts: ReadonlyMap<string, number>, topics: readonly string[]): TopicPartition[] {
  return topics.flatMap(topic =>
    Array.from({ length: partitionCounts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
  );
}

function without(all: readonly TopicPartition[], some: readonly TopicPartition[]): readonly TopicPartition[] {
  const keys = new Set(some.map(partitionKey));
  return all.filter(partition => !keys.has(partitionKey(partition)));
}

function byPartitionThenTopic(a: TopicPartition, b: TopicPartition): number {
  return a.partition - b.partition || compareText(a.topic, b.topic);
}
