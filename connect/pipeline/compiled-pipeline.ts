import type { LookupDefinition, SinkDefinition, SourceDefinition } from '../api/index.js';
import type { Fault } from './fault.js';
import type { ScheduleSpec, TestSpec } from './pipeline-shape.js';
import type { Step } from './step.js';

type Config = Readonly<Record<string, unknown>>;

export interface PipelineSource {
  readonly connector: SourceDefinition;
  readonly config: Config;
  /** Where it stands, as it is shown to people: `late.yaml:3:3: source.file`. */
  readonly place: string;
}

export interface PipelineSink {
  readonly connector: SinkDefinition;
  readonly config: Config;
  readonly place: string;
}

/** What a lookup step asks. */
export type PipelineLookup =
  | PipelineSource
  | { readonly connector: LookupDefinition; readonly config: Config; readonly place: string };

/** What happens with bad records. */
export type ErrorPolicy =
  | { readonly kind: 'stop' }
  | { readonly kind: 'skip' }
  | { readonly kind: 'sink'; readonly sink: PipelineSink };

/** A pipeline that has been read and found to be one; nothing is connected yet. */
export interface CompiledPipeline {
  readonly name: string;
  readonly file: string | undefined;
  readonly source: PipelineSource;
  readonly steps: readonly Step[];
  /** By output: '' is the pipeline's own sink, all others are those of branches. */
  readonly sinks: ReadonlyMap<string, PipelineSink>;
  readonly errors: ErrorPolicy;
  readonly schedule: ScheduleSpec | undefined;
  readonly tests: readonly TestSpec[];
  readonly warnings: readonly Fault[];
}
