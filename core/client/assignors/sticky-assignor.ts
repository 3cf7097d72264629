// Kafka's sticky assignor, eager: members give up everything for the time of the rebalance, so what they had goes along in user data
// of the assignor's own (StickyAssignor's version 1: partitions, then the generation; version 0 ends before it).

import type { GroupMetadata } from '../group-metadata.js';
import type { TopicPartition } from '../topic.js';
import { GroupBytesReader, GroupBytesWriter } from './group-bytes.js';
import type { GroupAssignment, MemberAssignment, MemberSubscription, PartitionAssignor } from './partition-assignor.js';
import { shareSticky } from './sticky-sharing.js';

export class StickyAssignor implements PartitionAssignor {
  readonly name = 'sticky';
  readonly protocols = ['eager'] as const;
  #last: { readonly partitions: readonly TopicPartition[]; readonly generationId: number } | undefined;

  subscriptionUserData(): Uint8Array | null {
    return this.#last === undefined ? null : encodeStickyUserData(this.#last);
  }

  assign(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment {
    const claimants = members.map(({ memberId, topics, userData }) => {
      const { partitions, generationId } = decodeStickyUserData(userData);
      return { memberId, topics, owned: partitions, generationId };
    });
    const shares = shareSticky(partitionCounts, claimants);
    return new Map([...shares].map(([memberId, partitions]) => [memberId, { partitions }]));
  }

  onAssignment({ partitions }: MemberAssignment, { generationId }: GroupMetadata): void {
    this.#last = { partitions, generationId };
  }
}

interface StickyUserData {
  readonly partitions: readonly TopicPartition[];
  readonly generationId: number;
}

export function encodeStickyUserData({ partitions, generationId }: StickyUserData): Uint8Array {
  return new GroupBytesWriter().partitions(partitions).int32(generationId).finish();
}

/** What cannot be read is as if the member had nothing: it is shared out anew, and nothing worse happens. */
export function decodeStickyUserData(bytes: Uint8Array | null): StickyUserData {
  if (bytes === null || bytes.length === 0) return { partitions: [], generationId: -1 };
  try {
    const reader = new GroupBytesReader(bytes);
    return { partitions: reader.partitions(), generationId: reader.hasMore ? reader.int32() : -1 };
  } catch {
    return { partitions: [], generationId: -1 };
  }
}
