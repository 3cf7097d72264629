// The source of a pipeline with its steps behind it, as one connector: what a poll gives has passed the steps.

import type {
  Polled,
  SourceBatch,
  SourceContext,
  SourceDefinition,
  SourceOffset,
  SourceRecord,
  SourceTask,
} from '../api/index.js';
import { canonicalJson } from '../runtime/canonical-json.js';
import { BatchFlow, type BatchFlowOptions } from './batch-flow.js';
import type { PipelineSource } from './compiled-pipeline.js';
import type { FlowRecord } from './flow-record.js';
import { allSteps, applySteps, type Step } from './step.js';

export interface PipedSourceOptions extends Omit<BatchFlowOptions, 'warn'> {
  readonly source: PipelineSource;
  readonly steps: readonly Step[];
  /** Resolves when the sinks are near enough behind; before each poll. `isSettled`: all that was given until now is in the log. */
  room(signal: AbortSignal, isSettled: () => boolean): Promise<void> | undefined;
  /** How far the source was read for good. */
  committed(offsets: Parameters<NonNullable<SourceTask['committed']>>[0]): void;
  /** What a step told its flow to remember, in this run and before. */
  remembered(step: Step): Promise<Iterable<readonly [string, unknown]>>;
}

export function pipedSource(options: PipedSourceOptions): SourceDefinition {
  const { connector } = options.source;
  return {
    ...connector,
    async start(config, context) {
      await openSteps(options, context);
      const task = await connector.start(config, context);
      return pipedTask(task, options, context);
    },
  };
}

async function openSteps({ steps, remembered }: PipedSourceOptions, context: SourceContext): Promise<void> {
  for (const step of allSteps(steps)) {
    if (step.open === undefined) continue;
    const entries = await remembered(step);
    await step.open({ context, remembered: () => entries });
  }
}

function pipedTask(task: SourceTask, options: PipedSourceOptions, context: SourceContext): SourceTask {
  const warn = boundedWarning(message => context.logger.warn(message));
  const flowOptions: BatchFlowOptions = { ...options, warn };
  /** By source partition: the last offset that was given and is not committed. */
  const underWay = new Map<string, SourceOffset>();
  const room = (signal: AbortSignal) => options.room(signal, () => underWay.size === 0);
  const through = (batch: SourceBatch) => {
    underWay.set(canonicalJson(batch.partition), batch.offset);
    return passBatch(batch, options.steps, flowOptions);
  };
  return {
    ...(task.poll !== undefined && {
      async poll(signal: AbortSignal): Promise<Polled> {
        await room(signal);
        if (signal.aborted) return [];
        const polled = await task.poll!(signal);
        if (polled === 'ended') return polled;
        const passed: SourceBatch[] = [];
        for (const batch of polled) passed.push(await through(batch));
        return passed;
      },
    }),
    ...(task.batches !== undefined && {
      async *batches(signal: AbortSignal): AsyncIterable<SourceBatch> {
        await room(signal);
        if (signal.aborted) return;
        for await (const batch of task.batches!(signal)) {
          yield await through(batch);
          await room(signal);
        }
      },
    }),
    wake: () => task.wake?.(),
    isResting: () => task.isResting?.() ?? false,
    async committed(offsets) {
      for (const { partition, offset } of offsets) {
        const key = canonicalJson(partition);
        if (underWay.get(key) === offset) underWay.delete(key);
      }
      options.committed(offsets);
      await task.committed?.(offsets);
    },
    async close() {
      for (const step of allSteps(options.steps)) await step.close?.();
      await task.close?.();
    },
  };
}

/** Who leaves out thousands of bad records does not want to read of each. */
const warningsMax = 20;

function boundedWarning(warn: (message: string) => void): (message: string) => void {
  let count = 0;
  return message => {
    count++;
    if (count <= warningsMax) warn(message);
    else if (count === warningsMax + 1) warn('further bad records are counted, and not shown');
  };
}

async function passBatch(batch: SourceBatch, steps: readonly Step[], options: BatchFlowOptions): Promise<SourceBatch> {
  const flow = new BatchFlow(options);
  options.counts.read += batch.records.length + (batch.bad?.length ?? 0);
  for (const bad of batch.bad ?? []) flow.unreadable(bad);
  const left = await applySteps(steps, batch.records.map(flowRecord), flow);
  for (const record of left) flow.emit('', record);
  flow.throwFailure();
  return { ...batch, records: flow.records, bad: undefined };
}

export function flowRecord({
  key,
  value,
  topic,
  timestamp,
  headers,
  keySchema,
  valueSchema,
}: SourceRecord): FlowRecord {
  return { key: key ?? null, value: value ?? null, topic, timestamp, headers: headers ?? [], keySchema, valueSchema };
}
