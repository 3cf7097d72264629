// Who has what before a sticky assignment, out of what the members claim. A member that missed a rebalance may claim what others
// have got since: the newest generation is right, and what two claim in the same generation belongs to nobody.

import type { TopicPartition } from '../topic.js';

export interface Claimant {
  readonly memberId: string;
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  /** In which it got them; -1 unknown. */
  readonly generationId: number;
}

/** By member id; every member has an entry. Partitions of topics that are gone, or that it has unsubscribed from, are left out. */
export function soundClaims(
  partitionCounts: ReadonlyMap<string, number>,
  members: readonly Claimant[],
): ReadonlyMap<string, readonly TopicPartition[]> {
  const owners = new Map<string, { generationId: number; memberId: string | undefined }>();
  const claims = members.map(member => {
    const topics = new Set(member.topics);
    const owned = member.owned.filter(
      ({ topic, partition }) => topics.has(topic) && partition < (partitionCounts.get(topic) ?? 0),
    );
    return { ...member, owned };
  });
  for (const { memberId, owned, generationId } of claims) {
    for (const partition of owned) {
      const key = partitionKey(partition);
      const other = owners.get(key);
      if (other === undefined || generationId > other.generationId) owners.set(key, { generationId, memberId });
      else if (generationId === other.generationId && memberId !== other.memberId) other.memberId = undefined;
    }
  }
  return new Map(
    claims.map(({ memberId, owned }) => [
      memberId,
      owned.filter(partition => owners.get(partitionKey(partition))!.memberId === memberId),
    ]),
  );
}

export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
