// Hands batches to a sink's task: again and again where it says that it will pass; and where it says that a record is bad, in ever smaller parts, until
// the bad one stands alone and goes to the dead letters. The records around it are written, in their order.

import type { SinkContext } from '../../api/context.js';
import { DataError, RetriableError } from '../../api/errors.js';
import type { SinkBatch } from '../../api/record.js';
import type { SinkTask } from '../../api/sink.js';
import type { Backoff } from '../task/backoff.js';
import type { TaskLife } from '../task/task-supervisor.js';

export interface BatchPutterParts {
  readonly task: Pick<SinkTask, 'put'>;
  readonly context: SinkContext;
  readonly life: TaskLife;
  readonly backoff: Backoff;
  /** Bad records are kept aside. */
  readonly isTolerant: boolean;
  /** Of one `put`. */
  readonly recordsMax: number | undefined;
  /** Waits; false when the batches are no longer this task's to put. */
  pause(delayMs: number): Promise<boolean>;
}

export class BatchPutter {
  readonly #parts: BatchPutterParts;

  constructor(parts: BatchPutterParts) {
    this.#parts = parts;
  }

  /** False: given up, as the batches are no longer this task's. Throws what fails the task. */
  async put(batches: readonly SinkBatch[]): Promise<boolean> {
    const { recordsMax = Number.POSITIVE_INFINITY } = this.#parts;
    let left = batches;
    while (countOf(left) > recordsMax) {
      const [first, others] = parted(left, recordsMax);
      if (!(await this.#putAll(first))) return false;
      left = others;
    }
    return this.#putAll(left);
  }

  async #putAll(batches: readonly SinkBatch[]): Promise<boolean> {
    const { task, context, life, backoff, isTolerant, pause } = this.#parts;
    for (;;) {
      life.working('put has not returned');
      try {
        await task.put(batches);
        backoff.reset();
        return true;
      } catch (error) {
        if (error instanceof DataError && isTolerant) return this.#isolate(batches, error);
        if (!(error instanceof RetriableError)) throw error;
        const delayMs = backoff.nextMs();
        life.failing(`put fails: ${error.message}`);
        context.logger.warn(`connector ${context.connector}: ${error.message}; trying again in ${delayMs} ms`);
        if (!(await pause(delayMs))) return false;
      }
    }
  }

  async #isolate(batches: readonly SinkBatch[], error: DataError): Promise<boolean> {
    const count = countOf(batches);
    if (count === 1) {
      await this.#parts.context.reject(batches[0]!.records[0]!, error);
      return true;
    }
    const [first, second] = parted(batches, Math.floor(count / 2));
    return (await this.#putAll(first)) && (await this.#putAll(second));
  }
}

function countOf(batches: readonly SinkBatch[]): number {
  return batches.reduce((sum, batch) => sum + batch.records.length, 0);
}

/** The first `count` records, and the others; in the order in which they stand. */
function parted(batches: readonly SinkBatch[], count: number): readonly [readonly SinkBatch[], readonly SinkBatch[]] {
  const first: SinkBatch[] = [];
  const second: SinkBatch[] = [];
  let left = count;
  for (const batch of batches) {
    const taken = Math.min(left, batch.records.length);
    left -= taken;
    if (taken > 0) first.push({ ...batch, records: batch.records.slice(0, taken) });
    if (taken < batch.records.length) second.push({ ...batch, records: batch.records.slice(taken) });
  }
  return [first, second];
}
