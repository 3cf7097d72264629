// Reads a few records of the real source and shows what each becomes. Sinks are not opened, nothing is stored, and the next run begins where it would have.

import type { Clock } from '../../core/index.js';
import type { Logger } from '../api/index.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import type { FlowRecord } from './flow-record.js';
import { flowRecord } from './piped-source.js';
import { readSource } from './read-source.js';
import { standaloneContext } from './standalone-context.js';
import { allSteps, applySteps, type Flow } from './step.js';

export interface Preview {
  /** What the source gave; a text where it could not be read. */
  readonly before: PreviewRecord | string | null;
  /** What it becomes; empty: it is left out. */
  readonly after: readonly (PreviewRecord & { readonly branch?: string })[];
  readonly errors: readonly { readonly step: string; readonly message: string }[];
}

export interface PreviewRecord {
  readonly key: unknown;
  readonly value: unknown;
  readonly topic?: string | undefined;
  readonly timestamp?: number | undefined;
}

export interface PreviewOptions {
  readonly count: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export async function* previewPipeline(pipeline: CompiledPipeline, options: PreviewOptions): AsyncGenerator<Preview> {
  const { count, clock, logger, signal } = options;
  const context = standaloneContext(`${pipeline.name}-preview`, { clock, logger, signal });
  const steps = allSteps(pipeline.steps);
  let left = count;
  try {
    for (const step of steps) await step.open?.({ context, remembered: () => [] });
    for await (const { records, bad } of readSource(pipeline.source, context)) {
      for (const { raw, error } of bad.slice(0, left)) {
        left--;
        const before = raw instanceof Uint8Array ? Buffer.from(raw).toString() : raw;
        yield { before, after: [], errors: [{ step: 'source', message: error.message }] };
      }
      for (const record of records.slice(0, left)) {
        left--;
        yield await previewOf(pipeline, flowRecord(record));
      }
      if (left === 0) return;
    }
  } finally {
    for (const step of steps) await step.close?.();
  }
}

async function previewOf(pipeline: CompiledPipeline, record: FlowRecord): Promise<Preview> {
  const after: (PreviewRecord & { branch?: string })[] = [];
  const errors: { step: string; message: string }[] = [];
  const flow: Flow = {
    fail: (step, _, error) => void errors.push({ step: step.name, message: error.message }),
    emit: (branch, made) => void after.push({ branch, ...shown(made) }),
    remember: () => {},
  };
  for (const made of await applySteps(pipeline.steps, [record], flow)) after.push(shown(made));
  return { before: shown(record), after, errors };
}

function shown({ key, value, topic, timestamp }: FlowRecord): PreviewRecord {
  return { key, value, ...(topic !== undefined && { topic }), ...(timestamp !== undefined && { timestamp }) };
}
