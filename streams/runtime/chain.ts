// Compiles a sub-topology into one synchronous push chain of RxJS operators, fed by Subjects, for one task.

import { AssertionFailure } from '../../core/index.js';
import type { OperatorEnvironment } from '../operators/environment.js';
import type { Headers, TopologyPlan } from '../topology/plan.js';

/** Takes one decoded record and runs it through the whole chain before it returns. */
export type ChainInput = (key: unknown, value: unknown, timestamp: number, headers: Headers) => void;

export interface TaskChain {
  /** The input of one source topic of the sub-topology, named as in the plan. */
  input(topic: string): ChainInput;
  /** Ends the epoch: completes the `.rx` stages. A promise where one of them is asynchronous. */
  endEpoch(): Promise<void> | undefined;
  /** The bounded input has ended: every open window closes and is emitted. */
  finish(): void;
  /** Work that wall-clock time drives (idle windows). */
  advanceWallClock(nowMs: number): void;
}

export function compileChain(plan: TopologyPlan, subTopology: number, environment: OperatorEnvironment): TaskChain {
  throw new AssertionFailure(`no chain yet for ${plan.name}/${subTopology} ${environment.isStrict}`);
}
