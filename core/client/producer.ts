// Writes records. `send` is for people: a promise for each record. `writer` is for whoever writes many: nothing for each record.
// Both go through the same queues, so that what is given in one order to one partition is written in that order.

import { UsageError } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import { BatchWriter } from '../records/batch-writer.js';
import { ClusterView } from './cluster-view.js';
import { Dispatcher } from './dispatcher.js';
import type { GroupMetadata } from './group-metadata.js';
import { NodeConnections } from './node-connections.js';
import { PartitionQueue } from './partition-queue.js';
import { clientOf, type Place } from './place.js';
import { ProduceLanes } from './produce-lanes.js';
import { requestIdentity } from './producer-identity.js';
import type { OffsetToSend, ProducerOptions, ProducerRecord, RecordMetadata } from './producer-options.js';
import { type ProducerSettings, producerSettings } from './producer-settings.js';
import { type Raw, rawSerde } from './raw-serde.js';
import { topic as describeTopic, type Topic } from './topic.js';
import { QueueWriter, type TopicQueues, type TopicWriter } from './topic-writer.js';

// biome-ignore lint/suspicious/noExplicitAny: what one producer keeps is of topics of all types.
type AnyTopic = Topic<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above.
type AnyWriter = QueueWriter<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above.
type AnyRecord = ProducerRecord<any, any>;

interface WaitingSend {
  readonly topic: AnyTopic;
  readonly record: AnyRecord;
  readonly resolve: (metadata: Promise<RecordMetadata>) => void;
  readonly reject: (error: unknown) => void;
}

export class Producer implements AsyncDisposable {
  readonly #ports: Ports;
  readonly #settings: ProducerSettings;
  readonly #nodes: NodeConnections;
  readonly #cluster: ClusterView;
  readonly #dispatcher: Dispatcher;
  readonly #queues = new Map<string, Promise<TopicQueues>>();
  readonly #writers = new WeakMap<AnyTopic, AnyWriter>();
  readonly #rawTopics = new Map<string, AnyTopic>();
  /** Sends that wait for metadata or room; while there are any, the others queue up behind them. */
  #waiting: WaitingSend[] = [];
  #waitingDone: Promise<void> = Promise.resolve();
  #identified: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(ports: Ports, place: Place, options: ProducerOptions = {}) {
    this.#ports = ports;
    this.#settings = producerSettings(options);
    this.#nodes = new NodeConnections(place, clientOf(options));
    this.#cluster = new ClusterView(ports, this.#nodes);
    this.#dispatcher = new Dispatcher(ports, this.#settings, {
      cluster: this.#cluster,
      lanes: new ProduceLanes(this.#nodes, this.#settings.acks),
      renewIdentity: () => requestIdentity(this.#ports, this.#nodes),
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
    return this.#dispatcher.shouldWait;
  }

  /**
   * Writes one record; resolves when it is acknowledged. Waits while the producer is full.
   * Rejects with MESSAGE_TOO_LARGE for a record larger than its topic allows, with UsageError for a topic that does not exist.
   */
  send(topic: string, record: ProducerRecord<Raw, Raw>): Promise<RecordMetadata>;
  send<K, V>(topic: Topic<K, V>, record: ProducerRecord<K, V>): Promise<RecordMetadata>;
  send(topic: string | AnyTopic, record: AnyRecord): Promise<RecordMetadata> {
    const described = typeof topic === 'string' ? this.#rawTopic(topic) : topic;
    const writer = this.#writers.get(described);
    const mustWait = writer === undefined || this.#waiting.length > 0 || !this.#dispatcher.hasRoom;
    if (mustWait || this.#closed !== undefined) return this.#sendLater(described, record);
    try {
      return this.#append(writer, described, record);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The fast way in: appends without a promise. What fails is told by `flush`. */
  async writer<K, V>(topic: Topic<K, V>): Promise<TopicWriter<K, V>> {
    this.#requireOpen();
    return this.#writer(topic);
  }

  /**
   * Sends everything and resolves when all that was given before is acknowledged. Rejects with the first failure of a
   * record that was appended since the last flush; a failed `send` tells its own promise only.
   */
  async flush(): Promise<void> {
    await this.#waitingDone;
    await this.#dispatcher.flush();
  }

  /** Resolves when there is room again. */
  drained(): Promise<void> {
    return this.#dispatcher.drained();
  }

  /**
   * Takes over the transactional id: aborts what an earlier producer left open, and fences it. `beginTransaction` does it where it was not done.
   */
  initTransactions(): Promise<void> {
    return Promise.reject(this.#notTransactional());
  }

  /** From now on everything that is written belongs to the transaction. */
  beginTransaction(): void {
    throw this.#notTransactional();
  }

  /** Commits a group's offsets with the transaction. With the consumer's `groupMetadata()`, a member that was expelled meanwhile cannot. */
  sendOffsets(_offsets: readonly OffsetToSend[], _group: string | GroupMetadata): Promise<void> {
    return Promise.reject(this.#notTransactional());
  }

  /** Flushes, and makes the transaction visible. Rejects when a record could not be written: the transaction must be aborted then. */
  commitTransaction(): Promise<void> {
    return Promise.reject(this.#notTransactional());
  }

  /** Gives up what was written since `beginTransaction`. */
  abortTransaction(): Promise<void> {
    return Promise.reject(this.#notTransactional());
  }

  /** Flushes and closes. Rejects as `flush` does, closed all the same. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#nodes.close();
    }
  }

  #append(writer: AnyWriter, topic: AnyTopic, record: AnyRecord): Promise<RecordMetadata> {
    const { key = null, value = null, partition = -1, headers } = record;
    if (!Number.isInteger(partition) || partition < -1) throw new UsageError(`${partition} is no partition`);
    let { timestamp } = record;
    if (timestamp === undefined) {
      const isTimed = topic.timestamp !== undefined && value !== null;
      timestamp = isTimed ? topic.timestamp(value, key) : this.#ports.clock.now();
    }
    return writer.send(key, value, timestamp, partition, headers);
  }

  #sendLater(topic: AnyTopic, record: AnyRecord): Promise<RecordMetadata> {
    if (this.#closed !== undefined) return Promise.reject(closedError());
    return new Promise<RecordMetadata>((resolve, reject) => {
      this.#waiting.push({ topic, record, resolve, reject });
      if (this.#waiting.length === 1) this.#waitingDone = this.#sendWaiting();
    });
  }

  async #sendWaiting(): Promise<void> {
    const failures = new Map<AnyTopic, { readonly error: unknown; readonly waitingCount: number }>();
    for (let next = 0; next < this.#waiting.length; next++) {
      const { topic, record, resolve, reject } = this.#waiting[next]!;
      const failure = failures.get(topic);
      if (failure !== undefined && next < failure.waitingCount) {
        reject(failure.error); // it has waited as long, and for the same
        continue;
      }
      try {
        const writer = this.#writers.get(topic) ?? (await this.#writer(topic));
        if (!this.#dispatcher.hasRoom) await this.#dispatcher.drained();
        resolve(this.#append(writer, topic, record));
      } catch (error) {
        if (!this.#writers.has(topic)) failures.set(topic, { error, waitingCount: this.#waiting.length });
        reject(error);
      }
    }
    this.#waiting = [];
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
    const way = { dispatcher: this.#dispatcher, batchSizeBytes: this.#settings.batchSizeBytes };
    const writer = new QueueWriter(await this.#topicQueues(topic.name), topic, way);
    this.#writers.set(topic, writer);
    return writer;
  }

  #topicQueues(topic: string): Promise<TopicQueues> {
    let opening = this.#queues.get(topic);
    if (opening === undefined) {
      opening = this.#openTopic(topic);
      this.#queues.set(topic, opening);
      opening.catch(() => this.#queues.delete(topic)); // asked for again by the next record
    }
    return opening;
  }

  async #openTopic(topic: string): Promise<TopicQueues> {
    if (this.#settings.isIdempotent) await this.#identify();
    const { partitions } = await this.#cluster.require(topic, { createIfMissing: true });
    const { compression: codec } = this.#settings;
    const { compression } = this.#ports;
    const queues = partitions.map(
      (_, partition) => new PartitionQueue({ topic, partition }, new BatchWriter({ codec, compression })),
    );
    return { topic, queues, sticky: this.#ports.random.below(queues.length) };
  }

  /** Sequences are part of a batch, so the producer id must be there before the first record. */
  #identify(): Promise<void> {
    this.#identified ??= requestIdentity(this.#ports, this.#nodes).then(
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

  #notTransactional(): UsageError {
    return new UsageError('this producer has no transactions: give it the option transactionalId');
  }

  #requireOpen(): void {
    if (this.#closed !== undefined) throw closedError();
  }
}

function closedError(): UsageError {
  return new UsageError('the producer is closed');
}
