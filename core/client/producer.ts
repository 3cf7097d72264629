// Writes records. `send` is for people: a promise for each record, or by `sendAll` for many. `writer` is for whoever writes many: nothing for each record.
// Both go through the same queues, so that what is given in one order to one partition is written in that order.

import { UsageError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { BatchWriter } from '../records/batch-writer.js';
import { ClusterView } from './cluster-view.js';
import { withDeadline } from './deadline.js';
import { Dispatcher } from './dispatcher.js';
import type { GroupMetadata } from './group-metadata.js';
import { NodeConnections } from './node-connections.js';
import { PartitionQueue } from './partition-queue.js';
import { clientOf, type Place } from './place.js';
import { ProduceLanes } from './produce-lanes.js';
import { nextEpoch, requestIdentity } from './producer-identity.js';
import type { OffsetToSend, ProducerOptions, ProducerRecord, RecordMetadata } from './producer-options.js';
import { type ProducerSettings, producerSettings } from './producer-settings.js';
import { ProducerTransactions } from './producer-transactions.js';
import { type Raw, rawSerde } from './raw-serde.js';
import { refusal } from './refusal.js';
import { requireOffsets, requireRecord, requireRecords, requireTopic } from './require-record.js';
import type { RetryOptions } from './retry.js';
import { SendGroup } from './send-group.js';
import { topic as describeTopic, type Topic, type TopicPartition } from './topic.js';
import { TopicQueues } from './topic-queues.js';
import { QueueWriter, type TopicWriter } from './topic-writer.js';
import { TransactionRequests } from './transaction-requests.js';
import { type AnyRecord, type AnyTopic, WaitingSends } from './waiting-sends.js';

// biome-ignore lint/suspicious/noExplicitAny: what one producer keeps is of topics of all types.
type AnyWriter = QueueWriter<any, any>;

export class Producer implements AsyncDisposable {
  readonly #ports: Ports;
  readonly #settings: ProducerSettings;
  readonly #nodes: NodeConnections;
  /** Further connections to the same brokers, for batches. */
  readonly #moreNodes: readonly NodeConnections[];
  readonly #cluster: ClusterView;
  readonly #dispatcher: Dispatcher;
  readonly #transactions: ProducerTransactions | undefined;
  readonly #waiting: WaitingSends;
  readonly #opening = new Map<string, Promise<TopicQueues>>();
  readonly #queues = new Map<string, TopicQueues>();
  readonly #writers = new WeakMap<AnyTopic, AnyWriter>();
  readonly #rawTopics = new Map<string, AnyTopic>();
  #identified: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(ports: Ports, place: Place, options: ProducerOptions = {}) {
    this.#ports = ports;
    this.#settings = producerSettings(options);
    this.#nodes = new NodeConnections(place, clientOf(options));
    const moreCount = this.#nodes.areInProcess ? 0 : this.#settings.connectionsPerBroker - 1;
    this.#moreNodes = Array.from({ length: moreCount }, () => new NodeConnections(place, clientOf(options)));
    this.#cluster = new ClusterView(ports, this.#nodes);
    this.#cluster.onLearnt = ({ name, partitions }) => this.#queues.get(name)?.grow(partitions.length);
    this.#transactions = this.#makeTransactions(place, options);
    this.#dispatcher = new Dispatcher(ports, this.#settings, {
      cluster: this.#cluster,
      lanes: this.#makeLanes(),
      renewIdentity: async identity => nextEpoch(identity) ?? requestIdentity(this.#ports, this.#nodes),
      transactions: this.#transactions,
    });
    this.#waiting = new WaitingSends({
      prepare: (topic, record) => this.#prepare(topic, record),
      makeRoom: () => (this.#dispatcher.room.isFree ? undefined : this.drained()),
      append: (topic, record) => this.#append(this.#writers.get(topic)!, topic, record)!,
    });
  }

  /** Bytes appended and not yet acknowledged. */
  get bufferedBytes(): number {
    return this.#dispatcher.bufferedBytes;
  }

  /**
   * Whoever appends through a writer should await `drained()`: what is buffered has reached `bufferBytesMax`, or the event loop has had no turn
   * for some milliseconds.
   */
  get isFull(): boolean {
    return this.#dispatcher.room.shouldWait;
  }

  /**
   * Writes one record; resolves when it is acknowledged. Waits while the producer is full.
   * Rejects with MESSAGE_TOO_LARGE for a record larger than its topic allows, with UsageError for a topic that does not exist.
   */
  send(topic: string, record: ProducerRecord<Raw, Raw>): Promise<RecordMetadata>;
  send<K, V>(topic: Topic<K, V>, record: ProducerRecord<K, V>): Promise<RecordMetadata>;
  send(topic: string | AnyTopic, record: AnyRecord): Promise<RecordMetadata> {
    try {
      const described = this.#describedTopic(topic);
      this.#transactions?.requireOpen();
      const writer = this.#readyWriter(described, record);
      if (writer !== undefined) return this.#append(writer, described, record)!;
      this.#requireOpen();
      requireTopic(topic);
      requireRecord(record);
      return this.#waiting.add(described, record);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /**
   * Writes records, in their order, with one promise for all of them. Resolves when all are acknowledged, with what is known of the last
   * record in each partition that got any, by partition. Rejects as `send` does, with the first failure, once the others are settled too: what of them
   * could be written is written. A record that cannot be encoded ends the list: those behind it are not sent.
   */
  sendAll(topic: string, records: readonly ProducerRecord<Raw, Raw>[]): Promise<readonly RecordMetadata[]>;
  sendAll<K, V>(topic: Topic<K, V>, records: readonly ProducerRecord<K, V>[]): Promise<readonly RecordMetadata[]>;
  sendAll(topic: string | AnyTopic, records: readonly AnyRecord[]): Promise<readonly RecordMetadata[]> {
    const group = new SendGroup();
    try {
      this.#requireOpen();
      requireTopic(topic);
      requireRecords(records);
      const described = this.#describedTopic(topic);
      this.#transactions?.requireOpen();
      const list = { group, nowMs: this.#ports.clock.now() };
      for (const record of records) {
        const writer = this.#readyWriter(described, record);
        if (writer !== undefined) void this.#append(writer, described, record, list);
        else {
          group.open();
          this.#waiting.add(described, record).then(
            metadata => group.landed(metadata),
            error => group.failed(error),
          );
        }
      }
      group.close();
    } catch (error) {
      group.failed(error instanceof Error ? error : new Error(String(error)));
    }
    return group.settled;
  }

  /** The fast way in: appends without a promise. What fails is told by `flush`. */
  async writer<K, V>(topic: Topic<K, V>): Promise<TopicWriter<K, V>> {
    this.#requireOpen();
    requireTopic(topic);
    return this.#writer(topic);
  }

  /**
   * Sends everything and resolves when all that was given before is acknowledged. Rejects with the first failure of a
   * record that was appended since the last flush; a failed `send` tells its own promise only.
   */
  async flush(): Promise<void> {
    await this.#waiting.done;
    await this.#dispatcher.flush();
  }

  /** Resolves when there is room again. */
  drained(): Promise<void> {
    return this.#dispatcher.room.free();
  }

  /**
   * Takes over the transactional id: aborts what an earlier producer left open, and fences it. `beginTransaction` does it where it was not done.
   */
  async initTransactions(): Promise<void> {
    await this.#transactional().initialize();
  }

  /** From now on everything that is written belongs to the transaction. */
  beginTransaction(): void {
    this.#transactional().begin();
  }

  /**
   * Commits a group's offsets with the transaction. With the consumer's `groupMetadata()` only while it is a member of the group: one that
   * was expelled meanwhile is refused.
   */
  async sendOffsets(offsets: readonly OffsetToSend[], group: string | GroupMetadata): Promise<void> {
    requireOffsets(offsets);
    const metadata = typeof group === 'string' ? { groupId: group, generationId: -1, memberId: '' } : group;
    await this.#transactional().sendOffsets(offsets, metadata);
  }

  /**
   * Flushes, and makes the transaction visible. Rejects when a record could not be written: the transaction must be aborted then. When it
   * rejects because no answer came in time, the transaction may or may not be committed: calling it again finds out.
   */
  async commitTransaction(): Promise<void> {
    await this.#transactional().commit();
  }

  /** Gives up what was written since `beginTransaction`: promises of `send` that are pending reject. */
  async abortTransaction(): Promise<void> {
    await this.#transactional().abort();
  }

  /** Flushes and closes, and aborts an open transaction. Rejects as `flush` does, closed all the same. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      if (this.#transactions?.hasTransaction) await this.#transactions.abort().catch(() => undefined); // the broker will
      await this.flush();
    } finally {
      this.#dispatcher.close();
      await this.#transactions?.close();
      await Promise.all([this.#nodes, ...this.#moreNodes].map(nodes => nodes.close()));
    }
  }

  #describedTopic(topic: string | AnyTopic): AnyTopic {
    return typeof topic === 'string' ? this.#rawTopic(topic) : topic;
  }

  /** Where the record may be appended at once: nothing waits, and its place is known. */
  #readyWriter(topic: AnyTopic, record: AnyRecord): AnyWriter | undefined {
    const writer = this.#writers.get(topic);
    if (writer === undefined || !this.#waiting.isEmpty || !this.#dispatcher.room.isFree || this.#closed !== undefined)
      return undefined;
    return (record?.partition ?? -1) < writer.partitionCount ? writer : undefined;
  }

  /** The promise is the group's where the record is one of a list. */
  #append(
    writer: AnyWriter,
    topic: AnyTopic,
    record: AnyRecord,
    list?: { readonly group: SendGroup; readonly nowMs: number },
  ): Promise<RecordMetadata> | undefined {
    requireRecord(record);
    const { key = null, value = null, partition = -1, headers } = record;
    if (!Number.isInteger(partition) || partition < -1) throw new UsageError(`${partition} is no partition`);
    let { timestamp } = record;
    if (timestamp === undefined) {
      const isTimed = topic.timestamp !== undefined && value !== null;
      timestamp = isTimed ? topic.timestamp(value, key) : (list?.nowMs ?? this.#ports.clock.now());
    }
    if (list === undefined) return writer.send(key, value, timestamp, partition, headers);
    writer.sendIn(list.group, key, value, timestamp, partition, headers);
    return undefined;
  }

  /** Until the topic, and the partition that the record names, is known. */
  #prepare(topic: AnyTopic, { partition = -1 }: AnyRecord): Promise<void> | undefined {
    const writer = this.#writers.get(topic);
    if (writer === undefined) return this.#writer(topic).then(() => undefined);
    // It may have been added since.
    return partition < writer.partitionCount ? undefined : this.#cluster.refresh([topic.name]).then(() => undefined);
  }

  #rawTopic(name: string): AnyTopic {
    let raw = this.#rawTopics.get(name);
    if (raw === undefined) {
      raw = describeTopic(name, { key: rawSerde, value: rawSerde });
      this.#rawTopics.set(name, raw);
    }
    return raw;
  }

  async #writer<K, V>(topic: Topic<K, V>): Promise<QueueWriter<K, V>> {
    const known = this.#writers.get(topic);
    if (known !== undefined) return known;
    const { batchSizeBytes } = this.#settings;
    const way = { dispatcher: this.#dispatcher, batchSizeBytes, transactions: this.#transactions };
    const writer = new QueueWriter(await this.#topicQueues(topic.name), topic, way);
    this.#writers.set(topic, writer);
    return writer;
  }

  #topicQueues(topic: string): Promise<TopicQueues> {
    let opening = this.#opening.get(topic);
    if (opening === undefined) {
      opening = this.#openTopic(topic);
      this.#opening.set(topic, opening);
      opening.catch(() => this.#opening.delete(topic)); // asked for again by the next record
    }
    return opening;
  }

  #openTopic(topic: string): Promise<TopicQueues> {
    const timeoutMs = this.#settings.deliveryTimeoutMs;
    const error = () => refusal(kafkaErrors.REQUEST_TIMED_OUT.code, `topic "${topic}": no answer in ${timeoutMs} ms`);
    return withDeadline(this.#ports.clock, { timeoutMs, error }, async signal => {
      const retries = { timeoutMs, signal };
      if (this.#settings.isIdempotent) await this.#identify(retries);
      const { partitions } = await this.#cluster.require(topic, { createIfMissing: true, ...retries });
      const queues = new TopicQueues(topic, partition => this.#makeQueue({ topic, partition }));
      queues.grow(partitions.length);
      queues.sticky = this.#ports.random.below(partitions.length);
      this.#queues.set(topic, queues);
      return queues;
    });
  }

  #makeQueue(place: TopicPartition): PartitionQueue {
    const { compression: codec } = this.#settings;
    const { compression } = this.#ports;
    return new PartitionQueue(place, new BatchWriter({ codec, compression }), this.#transactions !== undefined);
  }

  #makeTransactions(place: Place, options: ProducerOptions): ProducerTransactions | undefined {
    const { transactionalId, transactionTimeoutMs, maxBlockMs } = this.#settings;
    if (transactionalId === undefined) return undefined;
    const requests = new TransactionRequests(this.#ports, place, {
      ...clientOf(options),
      transactionalId,
      transactionTimeoutMs,
      maxBlockMs,
    });
    return new ProducerTransactions(this.#ports, requests, {
      identify: identity => {
        this.#dispatcher.identity = identity;
      },
      pump: () => this.#dispatcher.pump(),
      flush: () => this.flush(),
      discard: error => {
        this.#waiting.refuse(error);
        return this.#dispatcher.discard(error);
      },
    });
  }

  #makeLanes(): ProduceLanes {
    const { acks, deliveryTimeoutMs, transactionalId = null } = this.#settings;
    const addsPartitions = () => this.#transactions?.hasEpochPerTransaction ?? false;
    const nodes = [this.#nodes, ...this.#moreNodes];
    return new ProduceLanes(nodes, { acks, deliveryTimeoutMs, transactionalId, addsPartitions });
  }

  /** Sequences are part of a batch, so the producer id must be there before the first record. */
  #identify(retries: RetryOptions): Promise<void> {
    if (this.#transactions !== undefined) return this.#transactions.initialize();
    this.#identified ??= requestIdentity(this.#ports, this.#nodes, retries).then(
      identity => {
        this.#dispatcher.identity = identity;
      },
      error => {
        this.#identified = undefined;
        throw error;
      },
    );
    return this.#identified;
  }

  #transactional(): ProducerTransactions {
    this.#requireOpen();
    if (this.#transactions !== undefined) return this.#transactions;
    throw new UsageError('this producer has no transactions: give it the option transactionalId');
  }

  #requireOpen(): void {
    if (this.#closed !== undefined) throw closedError();
  }
}

function closedError(): UsageError {
  return new UsageError('the producer is closed');
}
