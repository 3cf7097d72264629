import type { z } from 'zod';
import type { PipelineLookup } from './compiled-pipeline.js';
import type { Evaluator } from './evaluator.js';
import type { Path } from './fault.js';
import type { FaultList } from './fault-list.js';
import type { Step } from './step.js';

/** What a step is made with. */
export interface StepMaking {
  readonly name: string;
  /** Of what stands behind the step's word. */
  readonly path: Path;
  readonly faults: FaultList;
  /** An expression, an object of expressions, or a function. Undefined, with the faults noted, for what is none. */
  evaluator(given: unknown, path: Path): Promise<Evaluator | undefined>;
  steps(given: unknown, path: Path): Promise<readonly Step[]>;
  /** The sink of a branch; its records are told to the flow under this name. */
  output(name: string, sink: unknown, path: Path): Promise<void>;
  lookup(given: unknown, path: Path): Promise<PipelineLookup | undefined>;
  /** What `./FILE#NAME` names. */
  load(reference: string, path: Path): Promise<unknown>;
}

/** A word that a step may begin with. */
export interface StepKind {
  readonly word: string;
  readonly description: string;
  /** For editors; what can be checked without it is checked by `make`, with better words. */
  readonly spec: z.ZodType;
  /** Undefined, with the faults noted, for what cannot be meant. */
  make(given: unknown, making: StepMaking): Promise<Step | undefined>;
}
