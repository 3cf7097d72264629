// `.rx`: any RxJS operators of the user's, applied to the records of one epoch: they are given an Observable that completes with the
// epoch, and the epoch is not over before their result is. So offsets and commits hold for whatever they do; state in them (scan, take,
// pairwise) dies with the epoch. A throw in them ends the epoch's stream, so it cannot be forgiven record by record; from
// an asynchronous stage it carries the position of the epoch's first record and says so, as nobody knows whose it is.

import { type Observable, Subject, Subscriber } from 'rxjs';
import { UsageError } from '../../core/index.js';
import type { Headers, OperatorPlan } from '../topology/plan.js';
import type { FailurePlace } from './guard.js';
import type { RecordPosition } from './processing-failure.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { StreamRecord } from './stream-record.js';

/** A record of its own, to keep and to hand on; `with` makes another that inherits what is not given. */
export class RxRecord<K = unknown, V = unknown> {
  readonly key: K;
  readonly value: V;
  readonly timestamp: number;
  readonly headers: Headers;
  readonly position: Readonly<RecordPosition>;

  constructor(fields: Pick<RxRecord<K, V>, 'key' | 'value' | 'timestamp' | 'headers' | 'position'>) {
    this.key = fields.key;
    this.value = fields.value;
    this.timestamp = fields.timestamp;
    this.headers = fields.headers;
    this.position = fields.position;
  }

  with<K2 = K, V2 = V>(change: { key?: K2; value?: V2; timestamp?: number; headers?: Headers }): RxRecord<K2, V2> {
    return new RxRecord<K2, V2>({ ...(this as unknown as RxRecord<K2, V2>), ...change });
  }
}

export type RxStage = (records$: Observable<RxRecord>) => Observable<RxRecord>;

export interface RxPlan extends OperatorPlan {
  readonly kind: 'rx';
  readonly apply: RxStage;
}

export function rx(plan: RxPlan, context: StageContext): RecordOperator {
  const { guard, environment, node } = context;
  return stage(context, downstream => {
    let epoch: RxEpoch | undefined;
    context.onEpochEnd(() => {
      const ended = epoch;
      epoch = undefined;
      return ended?.end();
    });
    const out = new StreamRecord();
    const push = (record: RxRecord): void => {
      if (!(record instanceof RxRecord)) throw new UsageError(notARecord(node.name));
      Object.assign(environment.position, record.position);
      out.key = record.key;
      out.value = record.value;
      out.timestamp = record.timestamp;
      out.headers = record.headers;
      downstream.next(out);
    };
    return record => {
      epoch ??= new RxEpoch(plan.apply, push, (cause, at) => guard.caughtForGood(cause, node.name, at));
      const { key, value, timestamp, headers } = record;
      epoch.next(new RxRecord({ key, value, timestamp, headers, position: { ...environment.position } }));
      // RxJS has swallowed the throw of a stage behind this one; the guard has not.
      if (guard.isPoisoned) guard.poison();
    };
  });
}

type Failed = (cause: unknown, at: FailurePlace | undefined) => void;

/** One epoch's run of the user's operators. */
class RxEpoch {
  readonly #input = new Subject<RxRecord>();
  #isDone = false;
  #resolve: (() => void) | undefined;
  #first: RxRecord | undefined;
  #count = 0;
  #isTaking = false;

  constructor(apply: RxStage, push: (record: RxRecord) => void, failed: Failed) {
    const done = () => {
      this.#isDone = true;
      this.#resolve?.();
    };
    const told = (cause: unknown) => failed(cause, this.#isTaking ? undefined : this.#place());
    apply(this.#input).subscribe(new RxResult(push, told, done));
  }

  next(record: RxRecord): void {
    this.#first ??= record;
    this.#count++;
    this.#isTaking = true;
    this.#input.next(record);
    this.#isTaking = false;
  }

  /** Where an asynchronous failure may be: at the first record, if there is no other. */
  #place(): FailurePlace | undefined {
    return this.#first && { position: this.#first.position, isExact: this.#count === 1 };
  }

  end(): Promise<void> | undefined {
    this.#input.complete();
    if (this.#isDone) return undefined;
    return new Promise(resolve => {
      this.#resolve = resolve;
    });
  }
}

/** Takes what the user's operators hand on. A throw behind it ends their stream as an error would. */
class RxResult extends Subscriber<RxRecord> {
  readonly #push: (record: RxRecord) => void;
  readonly #failed: (cause: unknown) => void;
  readonly #done: () => void;

  constructor(push: (record: RxRecord) => void, failed: (cause: unknown) => void, done: () => void) {
    super();
    this.#push = push;
    this.#failed = failed;
    this.#done = done;
  }

  protected override _next(record: RxRecord): void {
    try {
      this.#push(record);
    } catch (cause) {
      this.error(cause);
    }
  }

  protected override _error(cause: unknown): void {
    this.#failed(cause);
    this.#done();
    this.unsubscribe();
  }

  protected override _complete(): void {
    this.#done();
    this.unsubscribe();
  }
}

const notARecord = (node: string): string =>
  `${node} handed on something that is no record: map to record.with({ value }) inside .rx`;
