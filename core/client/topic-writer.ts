import { UsageError } from '../base/errors.js';
import { Arena } from '../records/arena.js';
import type { BatchWriter } from '../records/batch-writer.js';
import type { FieldWriter } from '../records/field.js';
import type { RecordHeaders } from '../records/record-header.js';
import type { Serde } from '../serdes/serde.js';
import type { Dispatcher } from './dispatcher.js';
import { partitionOf } from './murmur2.js';
import type { PartitionQueue } from './partition-queue.js';
import type { RecordMetadata } from './producer-options.js';
import { requireHeaders } from './require-record.js';
import type { SendGroup } from './send-group.js';
import type { TopicQueues } from './topic-queues.js';

/** Appends records to one topic without a promise for each. */
export interface TopicWriter<K, V> {
  readonly topic: string;
  /** Grows when partitions are added and the producer hears of it. */
  readonly partitionCount: number;
  /**
   * `timestamp` in ms since the epoch. `partition` -1: by the key's hash; without a key the partitions take turns by the batch.
   * Throws what a serde throws, and UsageError for a partition that does not exist or, with a `transactionalId`, outside of a transaction. What the broker refuses is told by the
   * producer's `flush`. Never waits: look at the producer's `isFull` now and then.
   */
  append(key: K | null, value: V | null, timestamp: number, partition?: number, headers?: RecordHeaders): void;
}

export interface WriterWay {
  readonly dispatcher: Dispatcher;
  readonly batchSizeBytes: number;
  /** Throws when no transaction is open. Absent for a producer that has none. */
  readonly transactions: { requireOpen(): void } | undefined;
}

export class QueueWriter<K, V> implements TopicWriter<K, V> {
  readonly topic: string;
  readonly #topicQueues: TopicQueues;
  readonly #queues: readonly PartitionQueue[];
  readonly #key: Serde<K>;
  readonly #value: Serde<V>;
  readonly #dispatcher: Dispatcher;
  readonly #transactions: WriterWay['transactions'];
  readonly #batchSizeBytes: number;
  /** A key is encoded once: to be hashed, and then copied into its batch. */
  readonly #keyArena = new Arena(64);

  constructor(topicQueues: TopicQueues, serdes: { key: Serde<K>; value: Serde<V> }, way: WriterWay) {
    this.topic = topicQueues.topic;
    this.#topicQueues = topicQueues;
    this.#queues = topicQueues.queues;
    this.#key = serdes.key;
    this.#value = serdes.value;
    this.#dispatcher = way.dispatcher;
    this.#transactions = way.transactions;
    this.#batchSizeBytes = way.batchSizeBytes;
  }

  get partitionCount(): number {
    return this.#queues.length;
  }

  append(key: K | null, value: V | null, timestamp: number, partition = -1, headers?: RecordHeaders): void {
    this.#transactions?.requireOpen();
    void this.#add(key, value, timestamp, partition, headers, undefined);
  }

  /** As append, with a promise for this record. */
  send(
    key: K | null,
    value: V | null,
    timestamp: number,
    partition: number,
    headers: RecordHeaders | undefined,
  ): Promise<RecordMetadata> {
    return this.#add(key, value, timestamp, partition, headers, 'promise')!;
  }

  /** As append, the record being one of a group. */
  sendIn(
    group: SendGroup,
    key: K | null,
    value: V | null,
    timestamp: number,
    partition: number,
    headers: RecordHeaders | undefined,
  ): void {
    void this.#add(key, value, timestamp, partition, headers, group);
  }

  // Six arguments on purpose: an object for each record would be the largest cost of this path.
  #add(
    key: K | null,
    value: V | null,
    timestamp: number,
    partition: number,
    headers: RecordHeaders | undefined,
    told: 'promise' | SendGroup | undefined,
  ): Promise<RecordMetadata> | undefined {
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) throw invalidTimestamp(timestamp);
    if (headers !== undefined) requireHeaders(headers);
    let isKeyEncoded = false;
    const isSticky = partition < 0 && key === null;
    if (partition < 0) {
      if (key === null) partition = this.#stickyPartition();
      else if (this.#queues.length === 1) partition = 0;
      else {
        isKeyEncoded = true;
        partition = this.#partitionOf(key);
      }
    }
    const queue = this.#queues[partition];
    if (queue === undefined) throw this.#noPartition(partition);
    const { writer } = queue;
    this.#write(writer, key, isKeyEncoded, value, timestamp, headers);
    if (writer.sizeBytes > this.#batchSizeBytes && writer.recordCount > 1) {
      // Does not fit: the batch goes as it was, and the record begins another.
      writer.removeLast();
      this.#dispatcher.full(queue);
      return this.#add(key, value, timestamp, isSticky ? -1 : partition, headers, told);
    }
    let promise: Promise<RecordMetadata> | undefined;
    if (told === 'promise') promise = queue.promise(timestamp);
    else if (told !== undefined) queue.join(told, timestamp);
    if (writer.sizeBytes >= this.#batchSizeBytes) this.#dispatcher.full(queue);
    else if (writer.recordCount === 1) this.#dispatcher.began(queue);
    return promise;
  }

  #write(
    writer: BatchWriter,
    key: K | null,
    isKeyEncoded: boolean,
    value: V | null,
    timestamp: number,
    headers: RecordHeaders | undefined,
  ): void {
    if (isKeyEncoded) writer.append(this.#keyArena, keyCopier, value, this.#value, timestamp, headers);
    else writer.append(key, this.#key, value, this.#value, timestamp, headers);
  }

  #partitionOf(key: K): number {
    const arena = this.#keyArena;
    arena.reset();
    this.#key.write(key, arena);
    return partitionOf(arena.bytes, 0, arena.position, this.#queues.length);
  }

  /** Stays with one partition until its batch is sealed, so that batches are large. */
  #stickyPartition(): number {
    const shared = this.#topicQueues;
    if (this.#queues[shared.sticky]!.writer.recordCount === 0)
      shared.sticky = (shared.sticky + 1) % this.#queues.length;
    return shared.sticky;
  }

  #noPartition(partition: number): UsageError {
    return new UsageError(`topic "${this.topic}" has partitions 0 to ${this.partitionCount - 1}, not ${partition}`);
  }
}

/** Byte by byte where that is cheaper than a view of the source. */
const keyCopier: FieldWriter<Arena> = {
  write(source, arena) {
    const length = source.position;
    if (length > 32) {
      arena.append(source.bytes, 0, length);
      return;
    }
    arena.reserve(length);
    const { bytes, position } = arena;
    for (let at = 0; at < length; at++) bytes[position + at] = source.bytes[at]!;
    arena.position = position + length;
  },
};

function invalidTimestamp(timestamp: number): UsageError {
  return new UsageError(`${timestamp} is no timestamp: give whole milliseconds since the epoch`);
}
