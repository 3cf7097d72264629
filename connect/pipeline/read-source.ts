// Reads a source without running it: nothing is stored, and where it can end by itself it does. For tables that are looked into, and for previews.

import {
  type BadRecord,
  type Polled,
  RetriableError,
  type SourceContext,
  type SourceRecord,
  type SourceTask,
  type TaskContext,
} from '../api/index.js';
import type { PipelineSource } from './compiled-pipeline.js';
import { endingOf } from './source-ending.js';

export interface ReadBatch {
  readonly records: readonly SourceRecord[];
  readonly bad: readonly BadRecord[];
}

const emptyPollsMax = 3;
const retriesMax = 5;
const retryDelayMs = 500;

/** What the source gives from its start, until it ends, finds nothing for a while, or the context's signal aborts. */
export async function* readSource(source: PipelineSource, context: TaskContext): AsyncGenerator<ReadBatch> {
  const { connector } = source;
  const task = await connector.start(connector.config.parse(boundedConfig(source)), withoutOffsets(context));
  try {
    if (task.batches !== undefined) {
      for await (const { records, bad } of task.batches(context.signal)) yield { records, bad: bad ?? [] };
      return;
    }
    for (let empty = 0; empty < emptyPollsMax && !context.signal.aborted; ) {
      const polled = await pollPatiently(task, context);
      if (polled === 'ended') return;
      empty = polled.length === 0 ? empty + 1 : 0;
      for (const { records, bad } of polled) yield { records, bad: bad ?? [] };
    }
  } finally {
    await task.close?.();
  }
}

async function pollPatiently(task: SourceTask, { clock, signal }: TaskContext): Promise<Polled> {
  for (let tries = 1; ; tries++) {
    try {
      return await task.poll!(signal);
    } catch (error) {
      if (!(error instanceof RetriableError) || tries === retriesMax) throw error;
      await clock.sleep(retryDelayMs, signal);
    }
  }
}

function boundedConfig(source: PipelineSource): Record<string, unknown> {
  const { shape } = source.connector.config;
  const own = Object.entries(source.config).filter(([key]) => Object.hasOwn(shape, key));
  return { ...Object.fromEntries(own), ...endingOf(source) };
}

function withoutOffsets(context: TaskContext): SourceContext {
  return { ...context, offset: () => undefined, offsets: () => [] };
}
