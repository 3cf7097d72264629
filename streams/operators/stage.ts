// How every operator becomes an RxJS OperatorFunction: one Subscriber per stage whose guard encloses the operator's own code.
// Subscriber is extended, not wrapped: RxJS passes such a subscriber through as it is, which makes a hop one virtual call, and
// lets a PoisonedEpoch unwind (the observers that RxJS makes of plain objects would swallow it).

import { Observable, type OperatorFunction, Subscriber } from 'rxjs';
import type { NodePlan } from '../topology/plan.js';
import type { OperatorEnvironment } from './environment.js';
import type { Guard } from './guard.js';
import type { StreamRecord } from './stream-record.js';

export type RecordOperator = OperatorFunction<StreamRecord, StreamRecord>;

/** What a stage is compiled with. */
export interface StageContext {
  readonly node: NodePlan;
  readonly environment: OperatorEnvironment;
  readonly guard: Guard;
  /** State that several nodes of one chain share (a split and its branches); made by whoever asks first. */
  shared<T>(key: string, make: () => T): T;
  /** The node's second output; undefined where nobody listens. */
  readonly lateRecords: { next(record: StreamRecord): void } | undefined;
  onFinish(action: () => void): void;
  onEpochEnd(action: () => Promise<void> | undefined): void;
  onWallClock(action: (nowMs: number) => void): void;
}

/** Pushes on with `next`, any number of times, before it returns. */
export type Process = (record: StreamRecord) => void;

/** An operator from a function that makes its `process` for one chain, given the subscriber downstream. */
export function stage(context: StageContext, make: (downstream: Subscriber<StreamRecord>) => Process): RecordOperator {
  return source =>
    new Observable(downstream => {
      const subscriber = new StageSubscriber(downstream, context);
      subscriber.process = make(downstream);
      return source.subscribe(subscriber);
    });
}

class StageSubscriber extends Subscriber<StreamRecord> {
  process: Process = () => {};
  readonly #guard: Guard;
  readonly #name: string;

  constructor(downstream: Subscriber<StreamRecord>, context: StageContext) {
    super(downstream);
    this.#guard = context.guard;
    this.#name = context.node.name;
  }

  protected override _next(record: StreamRecord): void {
    try {
      this.process(record);
    } catch (cause) {
      this.#guard.caught(cause, this.#name);
    }
  }
}
