// One task of the test driver: a sub-topology on one partition, with the chain and the stores that the real runtime compiles.

import { didYouMean, UsageError } from '../../core/index.js';
import type { OperatorEnvironment, SinkWriter, TimeCell } from '../operators/environment.js';
import { ProcessingFailure, type RecordPosition } from '../operators/processing-failure.js';
import { frozen } from '../operators/value-difference.js';
import { compileChain, type TaskChain } from '../runtime/chain.js';
import { createStore } from '../state/create-store.js';
import type { ManagedStore } from '../state/managed-store.js';
import type { SinkPlan, SourcePlan, TopologyPlan } from '../topology/plan.js';
import { decoded, type StoredRecord } from './stored-record.js';
import type { VirtualClock } from './virtual-clock.js';

/** What the tasks of a driver share. */
export interface TaskHost {
  readonly plan: TopologyPlan;
  readonly clock: VirtualClock;
  readonly isStrict: boolean;
  write(sink: SinkPlan, key: unknown, value: unknown, timestamp: number, headers: StoredRecord['headers']): void;
  failed(failure: ProcessingFailure): 'continue' | 'fail';
  count(metric: string, node: string, by: number): void;
}

interface Queued {
  readonly key: unknown;
  readonly value: unknown;
  readonly timestamp: number;
  readonly stored: StoredRecord;
}

interface SourceQueue {
  readonly source: SourcePlan;
  readonly records: Queued[];
}

export class TestTask {
  readonly subTopology: number;
  readonly partition: number;
  readonly stores = new Map<string, ManagedStore>();
  readonly chain: TaskChain;
  readonly #host: TaskHost;
  readonly #queues: SourceQueue[];
  readonly #position: RecordPosition = { topic: '', partition: 0, offset: -1 };
  readonly #timeCells = new Map<string, TimeCell>();

  constructor(host: TaskHost, plan: TopologyPlan, subTopology: number, partition: number) {
    this.#host = host;
    this.subTopology = subTopology;
    this.partition = partition;
    const own = plan.subTopologies[subTopology]!;
    for (const name of own.stores) {
      const spec = plan.stores.find(store => store.name === name)!;
      this.stores.set(name, createStore(spec, { isStrict: host.isStrict }));
    }
    const sources = plan.nodes.filter(node => node.kind === 'source' && node.subTopology === subTopology);
    this.#queues = sources.map(source => ({ source: source as SourcePlan, records: [] }));
    this.chain = compileChain(plan, subTopology, this.#environment());
  }

  /** Decodes and queues; a record that cannot be decoded goes to the failure handler at once, one with a negative timestamp is dropped. */
  enqueue(topic: string, stored: StoredRecord): void {
    const queue = this.#queues.find(each => each.source.topic === topic)!;
    const { source } = queue;
    try {
      const key = this.#value(decoded(source.keySerde, stored.key));
      const value = this.#value(decoded(source.valueSerde, stored.value));
      const timestamp =
        source.timestamp === undefined || value === null ? stored.timestamp : source.timestamp(value, key);
      if (timestamp < 0) this.#host.count('dropped-records', source.name, 1);
      else queue.records.push({ key, value, timestamp, stored });
    } catch (cause) {
      const position = { topic, partition: stored.partition, offset: stored.offset };
      this.#host.failed(new ProcessingFailure('deserialization', source.name, position, cause));
    }
  }

  /** The timestamp of the record it would take next. */
  get headTimestamp(): number {
    return this.#next()?.records[0]?.timestamp ?? Number.POSITIVE_INFINITY;
  }

  /** Processes its next record, as an epoch of its own. */
  processNext(): Promise<void> | undefined {
    const queue = this.#next()!;
    const { key, value, timestamp, stored } = queue.records.shift()!;
    this.#position.topic = queue.source.topic;
    this.#position.partition = stored.partition;
    this.#position.offset = stored.offset;
    this.chain.input(queue.source.topic)(key, value, timestamp, stored.headers);
    return this.endEpoch();
  }

  endEpoch(): Promise<void> | undefined {
    const pending = this.chain.endEpoch();
    for (const store of this.stores.values()) store.markClean();
    return pending;
  }

  #next(): SourceQueue | undefined {
    let least: SourceQueue | undefined;
    for (const queue of this.#queues) {
      if (queue.records.length === 0) continue;
      if (least === undefined || queue.records[0]!.timestamp < least.records[0]!.timestamp) least = queue;
    }
    return least;
  }

  #value(value: unknown): unknown {
    return this.#host.isStrict ? frozen(value) : value;
  }

  #environment(): OperatorEnvironment {
    const host = this.#host;
    return {
      position: this.#position,
      isStrict: host.isStrict,
      clock: host.clock,
      store: name => {
        const store = this.stores.get(name);
        if (store === undefined) throw new UsageError(`no store ${name} here${didYouMean(name, this.stores.keys())}`);
        return store;
      },
      timeCell: name => this.#timeCell(name),
      sink:
        (sink): SinkWriter =>
        (key, value, timestamp, headers) =>
          host.write(sink, key, value, timestamp, headers),
      failed: failure => host.failed(failure),
      count: (metric, node, by) => host.count(metric, node, by),
    };
  }

  #timeCell(name: string): TimeCell {
    const known = this.#timeCells.get(name) ?? { value: -1 };
    this.#timeCells.set(name, known);
    return known;
  }
}
