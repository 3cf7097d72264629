// What a step asks of each record: an expression, or a function of the user's. It answers at once or by a promise; a batch of records
// waits once for all its promises, except that a function of the user's is called in the order of the records, one call after the other.

import type { FlowRecord } from './flow-record.js';
import { placedInFile } from './placed-in-file.js';

export interface Evaluator {
  /** Each call waits for the one before. */
  readonly isInOrder: boolean;
  /** Of a function that `./FILE#NAME` names: the file, for the places of what it throws. */
  readonly file?: string | undefined;
  /** Undefined: nothing. */
  evaluate(record: FlowRecord): unknown;
}

/** What an evaluator threw. */
export class Failed {
  readonly error: Error;

  constructor(thrown: unknown, file: string | undefined) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.error = file === undefined ? error : placedInFile(error, file);
  }
}

/** A result, or `Failed`, for each record. No promise where no call gave one. */
export function evaluateAll(
  evaluator: Evaluator,
  records: readonly FlowRecord[],
): readonly unknown[] | Promise<readonly unknown[]> {
  const results: unknown[] = [];
  let isAwaited = false;
  for (const record of records) {
    const result = guarded(evaluator, record);
    if (result instanceof Promise) {
      if (evaluator.isInOrder) return restInOrder(evaluator, records, results, result);
      isAwaited = true;
    }
    results.push(result);
  }
  return isAwaited ? Promise.all(results) : results;
}

/** As `evaluateAll`, for one. */
export function guarded(evaluator: Evaluator, record: FlowRecord): unknown {
  try {
    const result = evaluator.evaluate(record);
    return isThenable(result) ? settled(result, evaluator.file) : result;
  } catch (error) {
    return new Failed(error, evaluator.file);
  }
}

async function restInOrder(
  evaluator: Evaluator,
  records: readonly FlowRecord[],
  results: unknown[],
  pending: Promise<unknown>,
): Promise<readonly unknown[]> {
  results.push(await pending);
  for (const record of records.slice(results.length)) results.push(await guarded(evaluator, record));
  return results;
}

async function settled(result: PromiseLike<unknown>, file: string | undefined): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    return new Failed(error, file);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
