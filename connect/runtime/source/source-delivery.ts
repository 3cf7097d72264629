import type { Log, Producer } from '../../../core/index.js';
import type { SourceBatch } from '../../api/record.js';
import type { SourceTask } from '../../api/source.js';
import type { SourceRuntimeOptions } from '../runtime-options.js';
import type { ProgressMeter } from '../task/progress-meter.js';
import type { TaskLife } from '../task/task-supervisor.js';
import type { RecordWriter } from './record-writer.js';
import type { SourceOffsetStore } from './source-offset-store.js';

/** How what a source hands out comes to its topics, and its offsets to theirs. */
export interface SourceDelivery {
  /** Takes what one poll gave, in order. Throws what cannot be written. */
  take(batches: readonly SourceBatch[]): Promise<void>;
  /** All that was taken is written, and its offsets committed. */
  finish(): Promise<void>;
  /** A bad record ends this life: keeps what stands before it, as far as it can. */
  salvage(): Promise<void>;
  /** Nothing is under way any more. */
  stop(): Promise<void>;
}

export interface DeliveryParts {
  readonly log: Log;
  readonly runtime: SourceRuntimeOptions;
  readonly life: TaskLife;
  readonly task: SourceTask;
  readonly producer: Producer;
  /** Of the offsets: another one where the records are written on a connection of their own. */
  readonly offsetProducer: Producer;
  readonly writer: RecordWriter;
  readonly offsets: SourceOffsetStore;
  readonly meter: ProgressMeter;
  /** Aborts when this life ends. */
  readonly signal: AbortSignal;
  /** What went wrong while nobody was waiting for it. */
  readonly failed: (error: unknown) => void;
}
