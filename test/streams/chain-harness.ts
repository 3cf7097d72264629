// Runs one sub-topology's chain as a task does, with an environment that writes down what happens.

import type { ProcessingFailure, Topology } from '../../streams/index.js';
import type { OperatorEnvironment } from '../../streams/operators/environment.js';
import { compileChain, type TaskChain } from '../../streams/runtime/chain.js';
import { createStore } from '../../streams/state/create-store.js';
import type { ManagedStore } from '../../streams/state/managed-store.js';
import { encoded } from '../../streams/testing/stored-record.js';
import { VirtualClock } from '../../streams/testing/virtual-clock.js';

export interface Written {
  readonly topic: string;
  readonly key: unknown;
  readonly value: unknown;
  readonly timestamp: number;
}

export class ChainHarness {
  readonly written: Written[] = [];
  readonly failures: ProcessingFailure[] = [];
  readonly counts: Record<string, number> = {};
  readonly timeCells = new Map<string, { value: number }>();
  readonly stores = new Map<string, ManagedStore>();
  readonly clock = new VirtualClock(0);
  readonly position = { topic: '', partition: 3, offset: -1 };
  readonly chain: TaskChain;

  constructor(
    topology: Topology,
    options: { decision?: 'continue' | 'fail'; subTopology?: number; isStrict?: boolean } = {},
  ) {
    const plan = topology.build();
    for (const spec of plan.stores) this.stores.set(spec.name, createStore(spec, { isStrict: true }));
    const environment: OperatorEnvironment = {
      position: this.position,
      isStrict: options.isStrict ?? false,
      clock: this.clock,
      store: name => this.stores.get(name)!,
      timeCell: name => {
        const cell = this.timeCells.get(name) ?? { value: -1 };
        this.timeCells.set(name, cell);
        return cell;
      },
      sink: sink => (key, value, timestamp) => {
        encoded(sink.keySerde, key);
        encoded(sink.valueSerde, value);
        this.written.push({ topic: sink.topic, key, value, timestamp });
      },
      failed: failure => {
        this.failures.push(failure);
        return options.decision ?? 'fail';
      },
      count: (metric, node, by) => {
        this.counts[`${metric} ${node}`] = (this.counts[`${metric} ${node}`] ?? 0) + by;
      },
    };
    this.chain = compileChain(plan, options.subTopology ?? 0, environment);
  }

  push(topic: string, key: unknown, value: unknown, timestamp: number): void {
    this.position.topic = topic;
    this.position.offset++;
    this.chain.input(topic)(key, value, timestamp, []);
  }

  /** Values written to a topic. */
  values(topic: string): unknown[] {
    return this.written.filter(record => record.topic === topic).map(record => record.value);
  }
}
