// Runs a topology without a log: in this process, at once, on a virtual clock. What is piped into a topic is processed, through all internal
// topics, before the call returns; among all queues of all tasks the record with the smallest timestamp goes first. Chains and stores
// are those of the real runtime. Strict mode is on unless it is turned off: what is handed on or put is what its serde brings back, frozen.

import { type Duration, didYouMean, durationMs, partitionOf, type Topic, UsageError } from '../../core/index.js';
import type { ProcessingFailure } from '../operators/processing-failure.js';
import type { RxPlan } from '../operators/rx.js';
import { repartitionCounts } from '../topology/partition-counts.js';
import type { AnySerde, Headers, SinkPlan, TopologyPlan } from '../topology/plan.js';
import { RxProbe } from './rx-probe.js';
import { decoded, encoded, type StoredRecord, type TestRecord } from './stored-record.js';
import { subTopologyOrder } from './sub-topology-order.js';
import { TestStore } from './test-store.js';
import { type TaskHost, TestTask } from './test-task.js';
import { TopicLog } from './topic-log.js';
import { VirtualClock } from './virtual-clock.js';

export interface TestDriverOptions {
  /** Partitions of each topic, or by topic; default 1. */
  readonly partitions?: number | Readonly<Record<string, number>>;
  readonly isStrict?: boolean;
  /** What the virtual clock shows at first; default 0. */
  readonly startMs?: number;
  /** Default: every failure is thrown from the call that led to it, and the driver takes nothing more. */
  readonly onFailure?: (failure: ProcessingFailure) => 'continue' | 'fail';
}

export interface TestInput<K, V> {
  readonly key: K;
  readonly value: V;
  /** Default: the virtual clock. A topic with a timestamp function overrides it. */
  readonly timestamp?: number;
  /** Default: by the key, as a producer chooses. */
  readonly partition?: number;
  readonly headers?: Headers;
}

export class TestDriver implements Disposable {
  readonly clock: VirtualClock;
  readonly plan: TopologyPlan;
  readonly #options: TestDriverOptions;
  readonly #topics = new Map<string, TopicLog>();
  readonly #tasks: TestTask[] = [];
  readonly #probes: RxProbe[] = [];
  /** Checks of asynchronous stages that are still running. */
  readonly #checks: Promise<void>[] = [];
  readonly #counts = new Map<string, number>();
  #sequence = 0;
  #failure: ProcessingFailure | undefined;
  #pending: Promise<void> | undefined;

  constructor(topology: { build(): TopologyPlan }, options: TestDriverOptions = {}) {
    this.#options = options;
    this.plan = topology.build();
    this.clock = new VirtualClock(options.startMs ?? 0);
    this.#makeTopics();
    this.#makeTasks();
  }

  /** Writes a record into a topic and processes all that follows from it. Throws the ProcessingFailure that is not forgiven. */
  pipe<K, V>(topic: Topic<K, V>, record: TestInput<K, V>): void {
    this.#requireUsable();
    const log = this.#topic(topic.name);
    const key = encoded(topic.key, record.key);
    log.append({
      partition: record.partition ?? choosePartition(key, log.partitionCount),
      key,
      value: encoded(topic.value, record.value),
      timestamp: record.timestamp ?? this.clock.now(),
      headers: record.headers ?? [],
      sequence: this.#sequence++,
    });
    this.#process();
  }

  /** What has been written to a topic since it was last read, in the order of writing. Throws as close() does. */
  read<K, V>(topic: Topic<K, V>): readonly TestRecord<K, V>[] {
    for (const probe of this.#probes) this.#awaitCheck(probe.checkNowAndThen());
    return this.#topic(topic.name)
      .takeUnread()
      .map(record => testRecord(topic.key, topic.value, record) as TestRecord<K, V>);
  }

  /** A store, of all partitions. */
  store<K, V>(name: string): TestStore<K, V> {
    const partitions = this.#tasks.map(task => task.stores.get(name)).filter(store => store !== undefined);
    if (partitions.length > 0) return new TestStore(name, partitions);
    throw new UsageError(
      `the topology has no store "${name}"${didYouMean(
        name,
        this.plan.stores.map(store => store.name),
      )}`,
    );
  }

  /** Records dropped by an operator (or by all): too late for their window, or without what it needs. */
  count(metric: 'late-records' | 'dropped-records', node?: string): number {
    let total = 0;
    for (const [name, count] of this.#counts) {
      if (node === undefined ? name.startsWith(`${metric} `) : name === `${metric} ${node}`) total += count;
    }
    return total;
  }

  advanceWallClock(by: Duration): void {
    this.#requireUsable();
    this.clock.advance(durationMs(by));
    for (const task of this.#tasks) {
      task.chain.advanceWallClock(this.clock.now());
      this.#endEpoch(task);
    }
    this.#process();
  }

  /** The input is complete: every open window closes, sub-topology after sub-topology. */
  finish(): void {
    this.#requireUsable();
    for (const subTopology of subTopologyOrder(this.plan)) {
      for (const task of this.#tasks.filter(each => each.subTopology === subTopology)) {
        task.chain.finish();
        this.#endEpoch(task);
      }
      this.#process();
    }
  }

  /** Needed where a `.rx` stage is asynchronous: resolves when all that was piped has been processed. */
  async settled(): Promise<void> {
    while (this.#pending !== undefined) {
      await this.#pending;
      this.#pending = undefined;
      this.#process();
    }
    await Promise.all(this.#checks.splice(0));
    for (const probe of this.#probes) await probe.check();
  }

  /** Runs every `.rx` stage again in epochs of 1, 7 and all its records; throws UsageError where the results differ. */
  close(): void {
    for (const probe of this.#probes) {
      const pending = probe.check();
      if (pending !== undefined) throw new UsageError('a .rx stage is asynchronous: await settled() before close()');
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #makeTopics(): void {
    const { partitions = 1 } = this.#options;
    const counts = repartitionCounts(this.plan, topic => partitionsOf(topic, partitions));
    for (const node of this.plan.nodes) {
      if (!('topic' in node) || this.#topics.has(node.topic)) continue;
      const count = counts.get(node.topic) ?? partitionsOf(node.topic, partitions);
      this.#topics.set(node.topic, new TopicLog(node.topic, count));
    }
    if (typeof partitions === 'number') return;
    for (const topic of Object.keys(partitions)) this.#topic(topic);
  }

  #makeTasks(): void {
    const host: TaskHost = {
      plan: this.plan,
      clock: this.clock,
      isStrict: this.#options.isStrict ?? true,
      write: (sink, key, value, timestamp, headers) => this.#write(sink, key, value, timestamp, headers),
      failed: failure => this.#failed(failure),
      count: (metric, node, by) => {
        const name = `${metric} ${node}`;
        this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
      },
    };
    for (const { id, sourceTopics } of this.plan.subTopologies) {
      const logs = sourceTopics.map(topic => this.#topic(topic));
      const partitionCount = Math.max(...logs.map(log => log.partitionCount));
      for (let partition = 0; partition < partitionCount; partition++) {
        const task = new TestTask(host, this.#probed(), id, partition);
        this.#tasks.push(task);
        for (const log of logs) log.readers[partition]?.push(record => task.enqueue(log.name, record));
      }
    }
  }

  /** The plan with each `.rx` stage watched: one probe a stage and task. */
  #probed(): TopologyPlan {
    const nodes = this.plan.nodes.map(node => {
      if (node.kind !== 'processor' || node.operator.kind !== 'rx') return node;
      const probe = new RxProbe(node.name, node.operator as RxPlan);
      this.#probes.push(probe);
      return { ...node, operator: probe.plan };
    });
    return { ...this.plan, nodes };
  }

  #write(sink: SinkPlan, key: unknown, value: unknown, timestamp: number, headers: Headers): void {
    const log = this.#topics.get(sink.topic)!;
    const keyBytes = encoded(sink.keySerde, key);
    const valueBytes = encoded(sink.valueSerde, value);
    const partition = choosePartition(keyBytes, log.partitionCount);
    log.append({ partition, key: keyBytes, value: valueBytes, timestamp, headers, sequence: this.#sequence++ });
  }

  #process(): void {
    while (this.#pending === undefined && this.#failure === undefined) {
      let least = Number.POSITIVE_INFINITY;
      let next: TestTask | undefined;
      for (const task of this.#tasks) {
        if (task.headTimestamp >= least) continue;
        least = task.headTimestamp;
        next = task;
      }
      if (next === undefined) break;
      this.#pending = next.processNext();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #endEpoch(task: TestTask): void {
    const pending = task.endEpoch();
    if (pending === undefined) return;
    const before = this.#pending ?? Promise.resolve();
    this.#pending = before.then(() => pending);
  }

  /** A failure of it is thrown from settled(). */
  #awaitCheck(check: Promise<void> | undefined): void {
    if (check === undefined) return;
    check.catch(() => {});
    this.#checks.push(check);
  }

  #failed(failure: ProcessingFailure): 'continue' | 'fail' {
    const decision = this.#options.onFailure?.(failure) ?? 'fail';
    if (decision === 'fail') this.#failure ??= failure;
    return decision;
  }

  #requireUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#pending !== undefined) {
      throw new UsageError('a .rx stage of the topology is asynchronous: await settled() after each pipe');
    }
  }

  #topic(name: string): TopicLog {
    const topic = this.#topics.get(name);
    if (topic !== undefined) return topic;
    throw new UsageError(
      `the topology neither reads nor writes a topic "${name}"${didYouMean(name, this.#topics.keys())}`,
    );
  }
}

function partitionsOf(topic: string, partitions: number | Readonly<Record<string, number>>): number {
  return typeof partitions === 'number' ? partitions : (partitions[topic] ?? 1);
}

/** Records without key all go to the first partition, so that a test is the same each time. */
function choosePartition(key: Uint8Array | null, partitionCount: number): number {
  return key === null ? 0 : partitionOf(key, 0, key.length, partitionCount);
}

function testRecord(key: AnySerde, value: AnySerde, record: StoredRecord): TestRecord {
  const { timestamp, headers, partition, offset, sequence } = record;
  const fields = { timestamp, headers, partition, offset, sequence };
  return { key: decoded(key, record.key), value: decoded(value, record.value), ...fields };
}
