// What a compiled chain is given by whoever runs it: a task of the runtime, or the test driver.

import type { Clock } from '../../core/index.js';
import type { KeyValueStore, WindowStore } from '../state/store.js';
import type { Headers, SinkPlan } from '../topology/plan.js';
import type { ProcessingFailure, RecordPosition } from './processing-failure.js';

/** Writes one record to a sink's topic; may throw (a serde, a record too large), which the chain's guard takes. */
export type SinkWriter = (key: unknown, value: unknown, timestamp: number, headers: Headers) => void;

// biome-ignore lint/suspicious/noExplicitAny: the plan's operators know the types of their store
export type AnyStore = KeyValueStore<any, any> | WindowStore<any, any>;

/** A number that is part of an operator's state (its stream time): kept over restarts with the task's commit. -1 at first. */
export interface TimeCell {
  value: number;
}

export interface OperatorEnvironment {
  /** One object per task, set by the runner before each push. */
  readonly position: RecordPosition;
  /** In strict mode every value that is handed on goes through its serde, where one is known, and is frozen. */
  readonly isStrict: boolean;
  readonly clock: Clock;
  store(name: string): AnyStore;
  timeCell(name: string): TimeCell;
  /** Called once per sink when the chain is compiled. */
  sink(sink: SinkPlan): SinkWriter;
  /** 'continue' drops the record; 'fail' poisons the epoch: the chain takes nothing more until the next one, which must not begin before an abort. */
  failed(failure: ProcessingFailure): 'continue' | 'fail';
  count(metric: 'late-records' | 'dropped-records', node: string, by: number): void;
}
