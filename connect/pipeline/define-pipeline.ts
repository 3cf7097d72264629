// Pipelines in TypeScript: the same as in YAML, and functions and definitions wherever YAML names a file.

import type { SinkDefinition, SourceDefinition } from '../api/index.js';
import type { FlowRecord } from './flow-record.js';
import type { ScheduleSpec, TestSpec } from './pipeline-shape.js';

/** An expression, an object or a list of them, or a function of the value and its record. */
export type Evaluated =
  | string
  | number
  | boolean
  | null
  // biome-ignore lint/suspicious/noExplicitAny: what a value is, the source and the steps before decide
  | ((value: any, record: FlowRecord) => unknown)
  | { readonly [field: string]: Evaluated }
  | readonly Evaluated[];

type Options = Readonly<Record<string, unknown>>;

/** One connector by its word, with its options. */
type Named = { readonly [connector: string]: Options };

// biome-ignore lint/suspicious/noExplicitAny: its configuration is checked when the pipeline is read
export type SourceOf = Named | { readonly connector: SourceDefinition<any>; readonly config?: Options };
// biome-ignore lint/suspicious/noExplicitAny: as above
export type SinkOf = Named | { readonly connector: SinkDefinition<any>; readonly config?: Options };

interface Lookup {
  readonly key: Evaluated;
  readonly from: SourceOf;
  readonly by?: string;
  readonly as?: string;
  readonly missing?: 'null' | 'drop' | 'error';
  readonly refresh?: string;
  readonly max?: number;
}

interface Branch {
  readonly name: string;
  readonly when: Evaluated;
  readonly steps?: readonly PipelineStep[];
  readonly sink: SinkOf;
  readonly copy?: boolean;
}

export type PipelineStep =
  | Evaluated
  | ({ readonly name?: string } & (
      | { readonly filter: Evaluated }
      | { readonly map: Evaluated }
      | { readonly flatMap: Evaluated }
      | { readonly key: Evaluated }
      | { readonly timestamp: Evaluated }
      | { readonly validate: object | string }
      | { readonly dedupe: Evaluated | { readonly key: Evaluated; readonly within?: string; readonly max?: number } }
      | { readonly lookup: Lookup }
      | { readonly branch: readonly Branch[] }
      | { readonly transform: Options & { readonly type: string } }
    ));

export interface PipelineDefinition {
  readonly name: string;
  readonly description?: string;
  readonly source: SourceOf;
  readonly steps?: readonly PipelineStep[];
  readonly sink?: SinkOf;
  readonly errors?: 'stop' | 'skip' | SinkOf;
  readonly schedule?: string | (Omit<ScheduleSpec, 'missed'> & Partial<Pick<ScheduleSpec, 'missed'>>);
  readonly tests?: readonly TestSpec[];
}

/** A pipeline in code; what is wrong with it is told when it is loaded. A file exports it as its default, and `millrace pipeline` takes the file. */
export function definePipeline(pipeline: PipelineDefinition): PipelineDefinition {
  return pipeline;
}
