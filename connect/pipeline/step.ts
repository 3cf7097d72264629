// A step takes a batch of records and gives those that go on, in order. It never throws for a record: what is wrong with one is told to the
// flow, which knows what shall become of it.

import type { TaskContext } from '../api/index.js';
import type { FlowRecord } from './flow-record.js';

/** What happens to records beside going on to the next step. */
export interface Flow {
  fail(step: Step, record: FlowRecord, error: Error): void;
  /** Leaves the chain for the sink of a branch. */
  emit(output: string, record: FlowRecord): void;
  /** Becomes durable together with the batch; null forgets it. */
  remember(step: Step, key: string, value: unknown): void;
  /** Shows what a step gave, to tests and previews. */
  readonly watch?: ((step: Step, records: readonly FlowRecord[]) => void) | undefined;
}

export interface StepRuntime {
  readonly context: TaskContext;
  /** Of a test: what lookup steps find, by their names. */
  readonly lookups?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  /** What a step had told its flow to remember. */
  remembered(step: Step): Iterable<readonly [key: string, value: unknown]>;
}

export interface Step {
  /** Unique in its pipeline: given, or its word and place, such as `filter-2`. */
  readonly name: string;
  /** Where it stands, as it is shown to people. */
  readonly place?: string | undefined;
  /** Before the first batch, and again when the run goes on after a failure. */
  open?(runtime: StepRuntime): Promise<void>;
  apply(records: readonly FlowRecord[], flow: Flow): readonly FlowRecord[] | Promise<readonly FlowRecord[]>;
  close?(): Promise<void>;
  /** The steps inside a branch. */
  readonly inner?: readonly Step[];
}

/** Passes a batch through the steps. No promise where no step needs one. */
export function applySteps(
  steps: readonly Step[],
  records: readonly FlowRecord[],
  flow: Flow,
): readonly FlowRecord[] | Promise<readonly FlowRecord[]> {
  let current = records;
  for (const [index, step] of steps.entries()) {
    if (current.length === 0) return current;
    const given = step.apply(current, flow);
    if (given instanceof Promise) return continued(steps, index, given, flow);
    flow.watch?.(step, given);
    current = given;
  }
  return current;
}

async function continued(
  steps: readonly Step[],
  index: number,
  pending: Promise<readonly FlowRecord[]>,
  flow: Flow,
): Promise<readonly FlowRecord[]> {
  const given = await pending;
  flow.watch?.(steps[index]!, given);
  return await applySteps(steps.slice(index + 1), given, flow);
}

/** All steps, those inside branches included, in the order in which they are written. */
export function allSteps(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap(step => [step, ...allSteps(step.inner ?? [])]);
}
