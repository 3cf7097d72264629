// What members of a consumer group say through JoinGroup and SyncGroup, in Kafka's format (ConsumerProtocolSubscription and
// ConsumerProtocolAssignment). The broker carries these bytes and does not look into them; clients of any make read each other's.

import { ProtocolError } from '../../base/errors.js';
import { Arena } from '../../records/arena.js';
import { readInt16, readInt32, writeInt16, writeInt32 } from '../../records/int64.js';
import { readText } from '../../serdes/string-serde.js';
import { groupBy } from '../group-by.js';
import type { TopicPartition } from '../topic.js';

export interface Subscription {
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
}

/** Version 1 has the owned partitions; what newer versions add stands behind and is skipped by who does not know it. */
const writtenVersion = 1;

export function encodeSubscription(subscription: Subscription): Uint8Array {
  const out = new Arena(256);
  appendInt16(out, writtenVersion);
  appendInt32(out, subscription.topics.length);
  for (const topic of subscription.topics) appendString(out, topic);
  appendInt32(out, -1); // no user data
  appendPartitions(out, subscription.owned);
  return finish(out);
}

export function decodeSubscription(bytes: Uint8Array): Subscription {
  const reader = new Reader(bytes);
  const version = reader.int16();
  const topics = reader.list(() => reader.string());
  reader.skipBytes();
  return { topics, owned: version >= 1 ? reader.partitions() : [] };
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  const out = new Arena(256);
  appendInt16(out, writtenVersion);
  appendPartitions(out, partitions);
  appendInt32(out, -1); // no user data
  return finish(out);
}

/** No bytes at all mean no partitions: so the broker answers a member that the leader left out. */
export function decodeAssignment(bytes: Uint8Array): readonly TopicPartition[] {
  if (bytes.length === 0) return [];
  const reader = new Reader(bytes);
  reader.int16();
  return reader.partitions();
}

function appendPartitions(out: Arena, partitions: readonly TopicPartition[]): void {
  const byTopic = groupBy(partitions, ({ topic }) => topic);
  appendInt32(out, byTopic.size);
  for (const [topic, group] of byTopic) {
    appendString(out, topic);
    appendInt32(out, group.length);
    for (const { partition } of group) appendInt32(out, partition);
  }
}

function appendInt16(out: Arena, value: number): void {
  out.reserve(2);
  writeInt16(out.bytes, out.position, value);
  out.position += 2;
}

function appendInt32(out: Arena, value: number): void {
  out.reserve(4);
  writeInt32(out.bytes, out.position, value);
  out.position += 4;
}

function appendString(out: Arena, text: string): void {
  const lengthAt = out.position;
  appendInt16(out, 0);
  out.appendText(text);
  writeInt16(out.bytes, lengthAt, out.position - lengthAt - 2);
}

function finish(out: Arena): Uint8Array {
  return new Uint8Array(out.bytes.subarray(0, out.position));
}

class Reader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  int16(): number {
    return readInt16(this.#bytes, this.#take(2));
  }

  int32(): number {
    return readInt32(this.#bytes, this.#take(4));
  }

  string(): string {
    const length = this.int16();
    const start = this.#take(length);
    return readText(this.#bytes, start, start + length);
  }

  skipBytes(): void {
    const length = this.int32();
    if (length > 0) this.#take(length);
  }

  list<T>(read: () => T): T[] {
    const count = this.int32();
    // An element takes two bytes at least: a count beyond that is no count.
    if (count < 0 || count * 2 > this.#bytes.length - this.#position) throw malformed();
    return Array.from({ length: count }, read);
  }

  partitions(): readonly TopicPartition[] {
    return this.list(() => {
      const topic = this.string();
      return this.list(() => ({ topic, partition: this.int32() }));
    }).flat();
  }

  #take(count: number): number {
    const start = this.#position;
    if (count < 0 || start + count > this.#bytes.length) throw malformed();
    this.#position = start + count;
    return start;
  }
}

function malformed(): ProtocolError {
  return new ProtocolError('INCONSISTENT_GROUP_PROTOCOL', 'a member of the group sent metadata that cannot be read');
}
