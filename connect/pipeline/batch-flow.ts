// What becomes of one batch of the source: records for the topics of the sinks, bad records for the topic of errors, and what steps want remembered.
// All of it goes into the log in one transaction with the source's offset.

import { type BadRecord, DataError, type SourceRecord } from '../api/index.js';
import { errorHeaders, excerpt, type Misfortune } from './errors-record.js';
import type { FlowRecord } from './flow-record.js';
import type { PipelineTopics } from './pipeline-topics.js';
import { routedHeaders } from './routed-record.js';
import type { Flow, Step } from './step.js';

/** Counts of a run. */
export interface FlowCounts {
  read: number;
  /** On their way to the sinks. */
  written: number;
  failed: number;
}

/** What `errors: stop` stops with; the message tells where, what and which. */
export class BadRecordError extends DataError {}

export interface BatchFlowOptions {
  readonly pipeline: string;
  readonly topics: PipelineTopics;
  readonly errors: 'stop' | 'skip' | 'keep';
  readonly counts: FlowCounts;
  warn(message: string): void;
}

export class BatchFlow implements Flow {
  readonly records: SourceRecord[] = [];
  readonly #options: BatchFlowOptions;
  /** Throwing from within a step would leave its other records unlooked at; the first failure is thrown at the end. */
  #fatal: Error | undefined;

  constructor(options: BatchFlowOptions) {
    this.#options = options;
  }

  fail(step: Step, record: FlowRecord, error: Error): void {
    const where = step.place === undefined ? '' : `${step.place}: `;
    const what = `${where}step "${step.name}": ${error.message}`;
    this.#bad(
      record,
      { pipeline: this.#options.pipeline, stage: 'TRANSFORMATION', step: step.name, error },
      what,
      excerpt(record),
    );
  }

  /** What the source could not make a record of. */
  unreadable({ raw, error, position }: BadRecord): void {
    const value = raw instanceof Uint8Array ? Buffer.from(raw).toString() : raw;
    const where = Object.entries(position).map(([name, fact]) => `${name} ${fact}`);
    const what = `the source, at ${where.join(', ')}: ${error.message}`;
    const record = { key: null, value, headers: [] };
    this.#bad(record, { pipeline: this.#options.pipeline, stage: 'TASK_POLL', error, position }, what, excerpt(record));
  }

  emit(output: string, record: FlowRecord): void {
    this.#options.counts.written++;
    this.#append(this.#options.topics.ofOutput(output), record);
  }

  remember(step: Step, key: string, value: unknown): void {
    this.records.push({ topic: this.#options.topics.state, key: [step.name, key], value });
  }

  throwFailure(): void {
    if (this.#fatal !== undefined) throw this.#fatal;
  }

  #bad(record: FlowRecord, misfortune: Misfortune, what: string, shown: string): void {
    const { errors, counts, topics, warn } = this.#options;
    counts.failed++;
    if (errors === 'stop') {
      this.#fatal ??= new BadRecordError(
        `${what}\n  the record: ${shown}\n  mend the pipeline or the record, or say "errors: skip" to leave such records out, or "errors: { file: { directory: ... } }" to keep them`,
        { cause: misfortune.error },
      );
      return;
    }
    warn(`${what}; the record: ${shown}`);
    if (errors === 'keep')
      this.#append(topics.errors, { ...record, headers: errorHeaders(record.headers, misfortune) });
  }

  #append(topic: string, record: FlowRecord): void {
    const { key, value, timestamp, keySchema, valueSchema } = record;
    const headers = routedHeaders(record.headers, record.topic);
    this.records.push({ topic, key, value, timestamp, headers, keySchema, valueSchema });
  }
}
