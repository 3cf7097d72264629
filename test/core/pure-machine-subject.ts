import type fc from 'fast-check';

/** What all pure machines have in common. */
export interface PureMachine<C, R> {
  decide(command: C, nowMs: number): Decision<R>;
  accept(decision: Decision<R>): void;
  apply(record: R): void;
}

export interface Decision<R> {
  readonly records: readonly R[];
  readonly reply: unknown;
  readonly effects: readonly unknown[];
}

/** Asks what a machine knows; `about` is shown when two machines answer differently. */
export interface Question<C, R> {
  readonly about: string;
  ask(machine: PureMachine<C, R>): unknown;
}

/** A machine as the property sees it. An operation is drawn blindly; the pilot makes it a command that fits what was answered. */
export interface Subject<C, R, O> {
  readonly operation: fc.Arbitrary<O>;
  create(): PureMachine<C, R>;
  pilot(): Pilot<C, R, O>;
  throughBytes(record: R): R;
  questions(live: PureMachine<C, R>, rebuilt: PureMachine<C, R>): readonly Question<C, R>[];
}

export interface Pilot<C, R, O> {
  readonly nowMs: number;
  command(operation: O): C;
  /** The same again, as a client sends it that has seen no answer. */
  retry(command: C): C;
  learn(command: C, decision: Decision<R>): void;
}
