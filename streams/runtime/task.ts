// One sub-topology on one partition: its queues, its stores and the compiled chain. It runs when the thread says so, and only
// synchronously; it never looks at the log by itself.

import type { Clock, TopicPartition } from '../../core/index.js';
import type { AnyStore, OperatorEnvironment, TimeCell } from '../operators/environment.js';
import { ProcessingFailure, type RecordPosition } from '../operators/processing-failure.js';
import type { ManagedStore } from '../state/managed-store.js';
import type { SinkPlan, SubTopologyPlan, TopologyPlan } from '../topology/plan.js';
import { type ChainInput, compileChain, type TaskChain } from './chain.js';
import type { FailureHandling } from './failure-handling.js';
import type { MetricsCollector } from './metrics-collector.js';
import type { PartitionQueue } from './partition-queue.js';
import type { TimeCells } from './time-cells.js';
import type { RepartitionFlow, TopicOutput } from './topic-output.js';

/** A store of a task, and where it is kept. */
export interface TaskStore {
  readonly store: ManagedStore;
  /** Undefined for a store that is not logged. */
  readonly changelog: (TopicPartition & { readonly topicId: string }) | undefined;
  /** The name of its table, when it is on disk. */
  readonly table: string | undefined;
}

/** What all tasks of a thread share. */
export interface TaskSurroundings {
  readonly plan: TopologyPlan;
  readonly clock: Clock;
  readonly output: TopicOutput;
  readonly failures: FailureHandling;
  readonly metrics: MetricsCollector;
  readonly isStrict: boolean;
}

interface TaskParts {
  readonly subTopology: SubTopologyPlan;
  readonly partition: number;
  readonly queues: readonly PartitionQueue[];
  readonly stores: ReadonlyMap<string, TaskStore>;
  readonly cells: TimeCells;
}

interface TaskInput {
  readonly queue: PartitionQueue;
  readonly push: ChainInput;
}

export class Task {
  readonly id: string;
  readonly subTopology: SubTopologyPlan;
  readonly partition: number;
  readonly queues: readonly PartitionQueue[];
  readonly stores: ReadonlyMap<string, TaskStore>;
  readonly cells: TimeCells;
  readonly chain: TaskChain;
  /**
   * Reads a repartition topic together with something else, or in turn feeds one: must not run past what is on its way to it. (A task that
   * reads nothing but a repartition topic and feeds none gets its records in their order, whenever it runs.)
   */
  readonly waitsForFlush: boolean;
  /** What is committed when its input has ended, see InputEnd; -1 while it has not. */
  readonly inputEnd: TimeCell;
  /** The lowest of its queues' heads; Infinity when there is none. */
  headTimestamp = Number.POSITIVE_INFINITY;
  hasUncommitted = false;
  /** Ran since its epoch began. */
  hasRun = false;
  readonly #flows: readonly RepartitionFlow[];
  readonly #surroundings: TaskSurroundings;
  readonly #position: RecordPosition = { topic: '', partition: 0, offset: -1 };
  readonly #inputs: readonly TaskInput[];
  #current: PartitionQueue | undefined;

  constructor(surroundings: TaskSurroundings, parts: TaskParts) {
    this.#surroundings = surroundings;
    this.id = `${parts.subTopology.id}_${parts.partition}`;
    this.subTopology = parts.subTopology;
    this.partition = parts.partition;
    this.queues = parts.queues;
    this.stores = parts.stores;
    this.cells = parts.cells;
    this.inputEnd = parts.cells.of('task', 'input-end');
    const { plan, output } = surroundings;
    const upstream = repartitionTopicsBefore(plan, parts.subTopology.id);
    const feedsOne = plan.repartitionTopics.some(topic => topic.writtenBy.includes(parts.subTopology.id));
    this.waitsForFlush = upstream.length > 0 && (parts.queues.length > 1 || feedsOne);
    this.#flows = upstream.map(topic => output.flowTo(topic));
    this.chain = compileChain(surroundings.plan, parts.subTopology.id, this.#environment());
    this.#inputs = parts.queues.map(queue => ({ queue, push: this.chain.input(queue.source.topic) }));
  }

  /** To be called when records were added to its queues. */
  lookAtHeads(): void {
    this.headTimestamp = this.#least().queue.headTimestamp;
  }

  get dirtyEntries(): number {
    let count = 0;
    for (const { store } of this.stores.values()) count += store.dirtyCount;
    return count;
  }

  /** The lowest timestamp that is on its way to it and cannot be seen yet. */
  unseenFrom(): number {
    let from = Number.POSITIVE_INFINITY;
    for (const flow of this.#flows) from = Math.min(from, flow.leastUnseenTimestamp);
    return from;
  }

  get isStarved(): boolean {
    return this.queues.some(queue => queue.isStarved);
  }

  /** Takes records with a timestamp up to `untilTimestamp`, lowest first, at most `limit`; returns how many. */
  run(untilTimestamp: number, limit: number): number {
    const { failures } = this.#surroundings;
    let count = 0;
    let input = this.#least();
    while (count < limit && input.queue.headTimestamp <= untilTimestamp && input.queue.hasHead) {
      this.#take(input);
      count++;
      if (failures.fatal !== undefined) break;
      // The next head of the queue may not be here yet: whether another queue's comes first cannot be told.
      if (!input.queue.hasHead && input.queue.isStarved) break;
      if (this.#inputs.length > 1) input = this.#least();
    }
    if (this.chain.isPoisoned) failures.poisoned();
    this.lookAtHeads();
    this.hasRun = true;
    this.hasUncommitted = true;
    this.inputEnd.value = -1;
    return count;
  }

  /** Ends the epoch: what its stages still hold comes out. */
  async endEpoch(): Promise<void> {
    this.hasRun = false;
    const end = this.chain.endEpoch();
    if (end !== undefined) await end;
    if (this.chain.isPoisoned) this.#surroundings.failures.poisoned();
  }

  /** The input is complete: every window closes. */
  async finish(): Promise<void> {
    await this.endEpoch();
    this.chain.finish();
    this.hasUncommitted = true;
    await this.endEpoch();
  }

  #take({ queue, push }: TaskInput): void {
    const { metrics, failures } = this.#surroundings;
    const timestamp = queue.headTimestamp;
    if (queue !== this.#current) this.#turnTo(queue);
    this.#position.offset = queue.headOffset;
    if (queue.isInternal) metrics.recordsRepartitioned++;
    else metrics.recordsIn++;
    if (!queue.decode()) this.#decodeFailed(queue);
    else if (timestamp < 0) metrics.count('dropped-records', queue.source.name, 1);
    else {
      if (timestamp > queue.partitionTime) queue.partitionTime = timestamp;
      push(queue.key, queue.value, timestamp, queue.headHeaders());
    }
    // What was not processed stays the next to be taken.
    if (failures.fatal === undefined) queue.advance();
  }

  #turnTo(queue: PartitionQueue): void {
    this.#current = queue;
    this.#position.topic = queue.topic;
    this.#position.partition = queue.partition;
  }

  #decodeFailed(queue: PartitionQueue): void {
    this.#failed(
      new ProcessingFailure('deserialization', queue.source.name, this.#position, queue.decodeFailure!.cause),
    );
  }

  #failed(failure: ProcessingFailure): 'continue' | 'fail' {
    const queue = this.#current;
    // An asynchronous stage may tell later, when its record has left the queue.
    const isAtHand =
      queue?.hasHead === true &&
      queue.topic === failure.topic &&
      queue.partition === failure.partition &&
      queue.headOffset === failure.offset;
    const record = isAtHand
      ? { ...queue.headBytes(), timestamp: queue.headTimestamp, headers: queue.headHeaders() }
      : undefined;
    return this.#surroundings.failures.handle(failure, record);
  }

  #least(): TaskInput {
    let least = this.#inputs[0]!;
    for (let index = 1; index < this.#inputs.length; index++) {
      const input = this.#inputs[index]!;
      if (input.queue.headTimestamp < least.queue.headTimestamp) least = input;
    }
    return least;
  }

  #environment(): OperatorEnvironment {
    const { clock, metrics, output, isStrict } = this.#surroundings;
    return {
      position: this.#position,
      isStrict,
      clock,
      store: name => this.stores.get(name)!.store as AnyStore,
      timeCell: name => this.cells.of('operator', name),
      sink: (sink: SinkPlan) => output.writerOf(sink),
      failed: failure => this.#failed(failure),
      count: (metric, node, by) => metrics.count(metric, node, by),
    };
  }
}

/** All repartition topics that records may pass on their way to a sub-topology. */
function repartitionTopicsBefore(plan: TopologyPlan, subTopology: number): string[] {
  const found = new Set<string>();
  const visit = (id: number): void => {
    for (const topic of plan.repartitionTopics) {
      if (topic.readBy !== id || found.has(topic.name)) continue;
      found.add(topic.name);
      for (const writer of topic.writtenBy) visit(writer);
    }
  };
  visit(subTopology);
  return [...found];
}
