// Reads records: of partitions that are assigned by hand, or that the group assigns. Everything happens within a poll: joining, looking
// up positions, rebalance listeners; between two polls only heartbeats are sent and one fetch runs ahead.

import { UsageError } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import { giveBackBuffer } from '../records/batch-buffers.js';
import type { Serde } from '../serdes/serde.js';
import { stringSerde } from '../serdes/string-serde.js';
import { Assignment } from './assignment.js';
import { AutoCommit } from './auto-commit.js';
import { BrokerTrouble } from './broker-trouble.js';
import { ClusterView } from './cluster-view.js';
import { ConsumerLoop, isMembershipLost, isStaleEpoch, tryCommit } from './consumer-loop.js';
import type {
  CommittedOffset,
  ConsumerOptions,
  OffsetAtTime,
  OffsetToCommit,
  PartitionOffset,
  PollOptions,
  RebalanceListener,
} from './consumer-options.js';
import type { ConsumerRecord, FetchedBatches } from './consumer-record.js';
import { type ConsumerSettings, consumerSettings } from './consumer-settings.js';
import { Errand, type PollEnd } from './errand.js';
import { FetchBuffer, type Serdes } from './fetch-buffer.js';
import { Fetcher } from './fetcher.js';
import { GroupLane } from './group-lane.js';
import type { GroupMetadata } from './group-metadata.js';
import { commitOffsets, fetchCommitted, noMember, requireMembership } from './group-offsets.js';
import { Intake, type IntakeWay } from './intake.js';
import { NodeConnections } from './node-connections.js';
import { endTimestamp, lookUpOffsets, startTimestamp } from './offset-lookup.js';
import type { PartitionState } from './partition-state.js';
import { clientOf, type Place } from './place.js';
import { lookUpMsMin, PollLoop, waitMsMax } from './poll-loop.js';
import { lookUpPositions, resetPosition, truncatePosition } from './position-lookup.js';
import { RecordIterator } from './record-iterator.js';
import type { RetryOptions } from './retry.js';
import type { Topic, TopicPartition } from './topic.js';
import { Wakeup } from './wakeup.js';

/**
 * Reads records of topics.
 *
 * ```ts
 * await using log = await openLog('memory:');
 * await log.producer().send('greetings', { value: 'hello' });
 * const consumer = log.consumer({ groupId: 'readers', topics: ['greetings'], autoOffsetReset: 'earliest' });
 * for await (const record of consumer) {
 *   console.log(record.offset, record.value);
 *   break;
 * }
 * await consumer.close();
 * ```
 */
export class Consumer<K = string, V = string> implements AsyncDisposable, AsyncIterable<ConsumerRecord<K, V>> {
  readonly #ports: Ports;
  readonly #settings: ConsumerSettings;
  /** For fetches, which the broker holds; everything else goes over the other connections. */
  readonly #fetchNodes: NodeConnections;
  readonly #nodes: NodeConnections;
  readonly #cluster: ClusterView;
  readonly #assignment = new Assignment();
  readonly #buffer: FetchBuffer<K, V>;
  readonly #fetcher: Fetcher<K, V>;
  readonly #wakeup = new Wakeup();
  readonly #serdes: Serdes<K, V>;
  readonly #topicSerdes = new Map<string, Serdes<K, V>>();
  readonly #groupLane: GroupLane | undefined;
  readonly #joinLane: GroupLane | undefined;
  readonly #progress: AutoCommit;
  readonly #closing = new AbortController();
  readonly #intake: Intake;
  readonly #trouble: BrokerTrouble;
  readonly #errand: Errand;
  readonly #polls: PollLoop;
  #closed: Promise<void> | undefined;
  /** Seeks and new assignments so far. */
  #jumpCount = 0;

  constructor(ports: Ports, place: Place, options: ConsumerOptions<K, V> = {}) {
    const settings = consumerSettings(options, place);
    const { groupId } = settings;
    this.#ports = ports;
    this.#settings = settings;
    this.#serdes = {
      key: options.key ?? (stringSerde as Serde<unknown> as Serde<K>),
      value: options.value ?? (stringSerde as Serde<unknown> as Serde<V>),
    };
    const client = clientOf(options);
    this.#trouble = new BrokerTrouble(ports.clock, {
      whose: groupId === undefined ? 'a consumer' : `a consumer of group "${groupId}"`,
      timeoutMs: settings.defaultApiTimeoutMs,
      closing: this.#closing.signal,
      isInProcess: place.isInProcess ?? false,
      tell: options.onWarning ?? ports.tell,
    });
    this.#errand = new Errand(ports.clock, this.#trouble.boutMs, this.#closing.signal);
    this.#fetchNodes = new NodeConnections(place, client);
    this.#nodes = new NodeConnections(place, client);
    this.#cluster = new ClusterView(ports, this.#nodes);
    this.#buffer = new FetchBuffer(ports.compression, topic => this.#topicSerdes.get(topic) ?? this.#serdes);
    this.#fetcher = new Fetcher(ports, settings, {
      nodes: this.#fetchNodes,
      lookupNodes: this.#nodes,
      cluster: this.#cluster,
      buffer: this.#buffer,
      trouble: this.#trouble,
      wake: () => this.#wakeup.notify(),
      outOfRange: (state, offset) => resetPosition(settings.autoOffsetReset, state, offset),
      truncated: (state, divergesAt) => truncatePosition(settings.autoOffsetReset, state, divergesAt),
    });
    this.#groupLane = groupId === undefined ? undefined : new GroupLane(ports, place, groupId, client);
    this.#joinLane = groupId === undefined ? undefined : new GroupLane(ports, place, groupId, client);
    this.#progress = new AutoCommit(ports, {
      assignment: this.#assignment,
      intervalMs: settings.autoCommitIntervalMs,
      commit: offsets => (settings.autoCommit && groupId !== undefined ? this.commit(offsets) : Promise.resolve()),
    });
    this.#intake = new Intake(ports, settings, this.#intakeWay(place));
    this.#polls = new PollLoop(ports.clock, {
      prepare: end => this.#prepare(end),
      fetch: () => this.#fetcher.start([...this.#assignment.states()]),
      wakeup: this.#wakeup,
      closing: this.#closing.signal,
      lookUpMs: lookUpMsOf(settings),
      rests: () => this.#intake.rests(),
      ...(place.groupNews !== undefined && { news: place.groupNews }),
    });
    if (options.topics !== undefined) this.subscribe(options.topics);
  }

  /** Joins the group for these topics with the next poll. Without a groupId all their partitions are assigned. */
  subscribe(topics: readonly (string | Topic<K, V>)[], listener: RebalanceListener = {}): void {
    this.#requireOpen();
    if (topics.length === 0) throw new UsageError('there is no topic to subscribe to');
    for (const topic of topics) if (typeof topic !== 'string') this.#topicSerdes.set(topic.name, topic);
    this.#intake.subscribe(
      [...new Set(topics.map(topic => (typeof topic === 'string' ? topic : topic.name)))],
      listener,
    );
    this.#wakeup.notify();
  }

  /**
   * Takes exactly these partitions, each from its committed offset if there is a groupId, else from where `autoOffsetReset` says;
   * partitions that the consumer has already go on where they are. No group membership.
   */
  assign(partitions: readonly TopicPartition[]): void {
    this.#requireOpen();
    this.#intake.assign(partitions);
  }

  assignment(): readonly TopicPartition[] {
    return this.#assignment.partitions;
  }

  seek(partition: TopicPartition, to: number | 'start' | 'end'): void {
    const state = this.#assignment.require(partition);
    if (typeof to !== 'number') state.lookUp(to);
    else if (Number.isSafeInteger(to) && to >= 0) state.jumpTo(to);
    else throw new UsageError(`${to} is no offset`);
    this.#reassigned();
  }

  /** The offset of the next record that a poll returns; looked up when it is not known yet. */
  async position(partition: TopicPartition): Promise<number> {
    const state = this.#assignment.require(partition);
    while (state.source !== undefined) await this.#lookUpPositions([state], this.#explicit());
    return state.position;
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#assignment.require(partition).isPaused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#assignment.require(partition).isPaused = false;
    this.#reassigned();
  }

  /** Batches as the log holds them, of all partitions that have any; empty when there was nothing for `waitMs`. */
  pollBatches(options: PollOptions = {}): Promise<readonly FetchedBatches[]> {
    return this.#poll(() => this.#buffer.takeBatches(), options);
  }

  /**
   * Says that nothing reads these batches any more, nor a view of their bytes: their memory may be used for what is read next. Never
   * needed; whoever reads much saves page faults and garbage collection by it.
   */
  release({ batches }: Pick<FetchedBatches, 'batches'>): void {
    for (const batch of batches) giveBackBuffer(batch);
  }

  /**
   * Up to `pollRecordsMax` records; empty when there was nothing for `waitMs`. Rejects with INVALID_RECORD at a record that cannot
   * be decoded, again and again until somebody seeks past it.
   */
  poll(options: PollOptions = {}): Promise<readonly ConsumerRecord<K, V>[]> {
    return this.#poll(() => this.#buffer.takeRecords(this.#settings.pollRecordsMax), options);
  }

  /** Ends when the consumer is closed. See the option `autoCommit` for what is committed when. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConsumerRecord<K, V>> {
    const waitMs = Math.max(1, Math.min(waitMsMax, this.#settings.autoCommitIntervalMs));
    const loop = new ConsumerLoop<K, V>({
      assignment: this.#assignment,
      progress: this.#progress,
      poll: () => this.poll({ waitMs }),
      alive: () => this.#intake.session?.alive(),
      failed: error => this.#fetcher.fail(error),
      rewound: () => this.#fetcher.abort(),
      jumpCount: () => this.#jumpCount,
      closing: this.#closing.signal,
    });
    return new RecordIterator<K, V>(loop);
  }

  /** Without offsets: the positions of all assigned partitions. Rejects with ILLEGAL_GENERATION and the like after a rebalance. */
  async commit(offsets: readonly OffsetToCommit[] = this.#positions()): Promise<void> {
    const lane = this.#requireGroup();
    if (offsets.length === 0) return;
    const { session } = this.#intake;
    const member = session?.facts ?? noMember;
    if (session !== undefined) requireMembership(lane.groupId, member);
    try {
      await commitOffsets(lane, member, offsets, { timeoutMs: this.#settings.defaultApiTimeoutMs });
    } catch (error) {
      if (isMembershipLost(error)) session?.noteLost(member);
      if (!isStaleEpoch(error) || !(await session?.isRenewed(member))) throw error;
      await this.commit(offsets);
    }
  }

  /** For a transactional producer that commits this group's offsets: its coordinator then refuses those of a member that was replaced. */
  groupMetadata(): GroupMetadata {
    const { groupId } = this.#requireGroup();
    return this.#intake.session?.metadata ?? { groupId, generationId: -1, memberId: '' };
  }

  /** In the order asked; undefined where nothing was committed. */
  async committed(partitions: readonly TopicPartition[]): Promise<readonly (CommittedOffset | undefined)[]> {
    const { isolationLevel } = this.#settings;
    const found = await fetchCommitted(this.#requireGroup(), partitions, { isolationLevel, ...this.#explicit() });
    return partitions.map(({ topic, partition }) =>
      found.find(offset => offset.partition === partition && offset.topic === topic),
    );
  }

  beginningOffsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    return lookUpOffsets(this.#ports, this.#lookupWay(), partitions, startTimestamp);
  }

  endOffsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    return lookUpOffsets(this.#ports, this.#lookupWay(), partitions, endTimestamp);
  }

  /** The first record at or after the time, undefined where there is none. */
  async offsetsForTimes(
    partitions: readonly TopicPartition[],
    timeMs: number,
  ): Promise<readonly (OffsetAtTime | undefined)[]> {
    const found = await lookUpOffsets(this.#ports, this.#lookupWay(), partitions, timeMs);
    return found.map(offset => (offset.offset < 0 ? undefined : offset));
  }

  /** Leaves the group (a static member stays for its session timeout), ends iterators, closes. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#closing.abort(new UsageError('the consumer is closed'));
    this.#fetcher.close();
    this.#wakeup.notify();
    await this.#polls.settled();
    try {
      await tryCommit(this.#progress);
    } finally {
      await this.#leave();
    }
  }

  async #leave(): Promise<void> {
    try {
      await this.#intake.session?.leave();
    } finally {
      await Promise.all([
        this.#fetchNodes.close(),
        this.#nodes.close(),
        this.#groupLane?.close(),
        this.#joinLane?.close(),
      ]);
    }
  }

  async #poll<T>(take: () => readonly T[], options: PollOptions): Promise<readonly T[]> {
    this.#requireOpen();
    return this.#polls.run(take, options);
  }

  async #prepare(end: PollEnd): Promise<void> {
    this.#fetcher.throwFailure();
    await this.#intake.advance();
    if (!this.#intake.awaitsTopics && this.#withoutPosition().length === 0) return;
    await this.#errand.attend(() => this.#findOut(), end);
    this.#fetcher.throwFailure();
  }

  /** What is left of it after a failure is done by the next poll. */
  async #findOut(): Promise<boolean> {
    let isDone = false;
    try {
      if (this.#intake.awaitsTopics) await this.#intake.findTopics();
      const unknown = this.#withoutPosition();
      if (unknown.length > 0) await this.#lookUpPositions(unknown, this.#trouble.bout);
      isDone = true;
    } catch (error) {
      this.#fetcher.failUnlessPassing(error);
    }
    this.#wakeup.notify();
    return isDone;
  }

  #withoutPosition(): readonly PartitionState[] {
    const unknown: PartitionState[] = [];
    for (const state of this.#assignment.states()) if (state.source !== undefined) unknown.push(state);
    return unknown;
  }

  #lookUpPositions(states: readonly PartitionState[], retry: RetryOptions): Promise<void> {
    const { autoOffsetReset: reset, groupProtocol } = this.#settings;
    const member = groupProtocol === 'consumer' ? this.#intake.session?.facts : undefined;
    const way = { ...this.#lookupWay(), ...retry, groupLane: this.#groupLane, reset, member };
    return lookUpPositions(this.#ports, way, states);
  }

  #lookupWay() {
    const { isolationLevel } = this.#settings;
    return { nodes: this.#nodes, cluster: this.#cluster, isolationLevel, ...this.#explicit() };
  }

  /** For calls that the application waits for. */
  #explicit(): RetryOptions {
    return { timeoutMs: this.#settings.defaultApiTimeoutMs, signal: this.#closing.signal };
  }

  /** A fetch that is held asks for what is no longer wanted. */
  #reassigned(): void {
    this.#jumpCount++;
    this.#fetcher.abort();
    this.#wakeup.notify();
  }

  #intakeWay({ groupNews: news }: Place): IntakeWay {
    return {
      news,
      cluster: this.#cluster,
      lane: this.#groupLane,
      joinLane: this.#joinLane,
      assignment: this.#assignment,
      wake: () => this.#wakeup.notify(),
      revoking: () => tryCommit(this.#progress),
      reassigned: () => this.#reassigned(),
      closing: this.#closing.signal,
      trouble: this.#trouble,
    };
  }

  #positions(): readonly OffsetToCommit[] {
    const known: OffsetToCommit[] = [];
    for (const { topic, partition, position, positionEpoch } of this.#assignment.states()) {
      if (position >= 0) known.push({ topic, partition, offset: position, leaderEpoch: positionEpoch });
    }
    return known;
  }

  #requireGroup(): GroupLane {
    if (this.#groupLane !== undefined) return this.#groupLane;
    throw new UsageError('a consumer without a groupId commits nothing: give it a groupId');
  }

  #requireOpen(): void {
    if (this.#closed !== undefined) throw new UsageError('the consumer is closed');
  }
}

function lookUpMsOf({ maxPollIntervalMs, metadataMaxAgeMs }: ConsumerSettings): number {
  return Math.min(maxPollIntervalMs / 3, Math.max(lookUpMsMin, metadataMaxAgeMs));
}
