import { z } from 'zod';
import type { StepKind } from '../step-kind.js';
import { evaluatedStep } from './evaluated-step.js';

/** Sets the key: what rows of a table, keys of Redis and partitions go by. */
export const keyStep: StepKind = {
  word: 'key',
  description: 'The new key of the record: an expression, an object of expressions by field, or a function.',
  spec: z.union([z.string(), z.record(z.string(), z.unknown())]),
  async make(given, { name, path, evaluator }) {
    const made = await evaluator(given, path);
    return (
      made && evaluatedStep(name, made, (record, result) => ({ ...record, key: result ?? null, keySchema: undefined }))
    );
  },
};

/** Sets the time of the record: milliseconds, or ISO 8601. */
export const timestampStep: StepKind = {
  word: 'timestamp',
  description: 'The time of the record: an expression, or a function, that gives milliseconds since 1970 or ISO 8601.',
  spec: z.string(),
  async make(given, { name, path, evaluator }) {
    const made = await evaluator(given, path);
    return made && evaluatedStep(name, made, (record, result) => ({ ...record, timestamp: millisecondsOf(result) }));
  },
};

function millisecondsOf(result: unknown): number {
  const time = result instanceof Date ? result.getTime() : typeof result === 'string' ? Date.parse(result) : result;
  if (typeof time === 'number' && Number.isFinite(time)) return Math.trunc(time);
  throw new Error(`${JSON.stringify(result)} is no time: give milliseconds since 1970, or ISO 8601`);
}
