// What members of a consumer group say through JoinGroup and SyncGroup, in Kafka's format (ConsumerProtocolSubscription and
// ConsumerProtocolAssignment). The broker carries these bytes and does not look into them; clients of any make read each other's.

import type { TopicPartition } from '../topic.js';
import { GroupBytesReader, GroupBytesWriter } from './group-bytes.js';
import { compareText } from './member-order.js';
import type { MemberAssignment } from './partition-assignor.js';

export interface Subscription {
  readonly topics: readonly string[];
  readonly userData?: Uint8Array | null;
  readonly owned: readonly TopicPartition[];
  /** Of the generation in which they were assigned; -1 without one. */
  readonly generationId?: number;
  readonly rackId?: string | null;
}

/** 1 has the owned partitions, 2 their generation, 3 the rack. What newer ones add stands behind and is skipped. */
const writtenVersion = 3;

/** Sorted as Java does it: the same subscription is the same bytes, and a member that joins again with it causes no rebalance. */
export function encodeSubscription(subscription: Subscription): Uint8Array {
  const { topics, userData = null, owned, generationId = -1, rackId = null } = subscription;
  return new GroupBytesWriter()
    .int16(writtenVersion)
    .strings([...topics].sort(compareText))
    .nullableBytes(userData)
    .partitions([...owned].sort(byTopicThenPartition))
    .int32(generationId)
    .nullableString(rackId)
    .finish();
}

export function decodeSubscription(bytes: Uint8Array): Required<Subscription> {
  const reader = new GroupBytesReader(bytes);
  const version = reader.int16();
  return {
    topics: reader.list(() => reader.string()),
    userData: reader.nullableBytes(),
    owned: version >= 1 ? reader.partitions() : [],
    generationId: version >= 2 ? reader.int32() : -1,
    rackId: version >= 3 ? reader.nullableString() : null,
  };
}

export function encodeAssignment({ partitions, userData = null }: MemberAssignment): Uint8Array {
  return new GroupBytesWriter().int16(writtenVersion).partitions(partitions).nullableBytes(userData).finish();
}

/** No bytes at all mean no partitions: so the broker answers a member that the leader left out. */
export function decodeAssignment(bytes: Uint8Array): MemberAssignment & { readonly userData: Uint8Array | null } {
  if (bytes.length === 0) return { partitions: [], userData: null };
  const reader = new GroupBytesReader(bytes);
  reader.int16();
  return { partitions: reader.partitions(), userData: reader.nullableBytes() };
}

function byTopicThenPartition(a: TopicPartition, b: TopicPartition): number {
  return compareText(a.topic, b.topic) || a.partition - b.partition;
}
