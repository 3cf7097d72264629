// Leaves out records whose key was seen before. What was seen is remembered with the batch, so a restart forgets nothing and remembers nothing
// that was not written. Time is that of the records; a record without one is as old as the youngest before it.

import { z } from 'zod';
import { durationMs } from '../../../core/index.js';
import { evaluateAll, Failed } from '../evaluator.js';
import type { FlowRecord } from '../flow-record.js';
import type { Flow, Step } from '../step.js';
import type { StepKind } from '../step-kind.js';

const keysMaxDefault = 100_000;

const shape = z.strictObject({
  key: z.unknown().describe('What makes two records the same: an expression, an object of expressions, or a function.'),
  within: z.string().optional().describe('A duration such as 10m, by the time of the records. Default: without end.'),
  max: z
    .number()
    .int()
    .min(1)
    .default(keysMaxDefault)
    .describe('How many keys are remembered; the oldest is forgotten first.'),
});

export const dedupeStep: StepKind = {
  word: 'dedupe',
  description:
    'Leaves out records whose key was seen before: an expression, or { key, within: 10m, max: 100000 }. A restart forgets nothing.',
  spec: z.union([z.string(), shape]),
  async make(given, { name, path, faults, evaluator }) {
    const isShort = typeof given !== 'object' || given === null;
    const read = faults.read(shape, isShort ? { key: given } : given, path);
    if (read === undefined) return undefined;
    const key = await evaluator(read.key, isShort ? path : [...path, 'key']);
    try {
      const withinMs = read.within === undefined ? Number.POSITIVE_INFINITY : durationMs(read.within);
      return key && new DedupeStep(name, key, { withinMs, keysMax: read.max });
    } catch (error) {
      faults.add([...path, 'within'], (error as Error).message);
      return undefined;
    }
  },
};

interface Bounds {
  readonly withinMs: number;
  readonly keysMax: number;
}

class DedupeStep implements Step {
  readonly name: string;
  readonly #key: Parameters<typeof evaluateAll>[0];
  readonly #bounds: Bounds;
  /** When each key was last let through, oldest first. */
  #seen = new Map<string, number>();
  #latestMs = 0;

  constructor(name: string, key: Parameters<typeof evaluateAll>[0], bounds: Bounds) {
    this.name = name;
    this.#key = key;
    this.#bounds = bounds;
  }

  async open({ remembered }: Parameters<NonNullable<Step['open']>>[0]): Promise<void> {
    const entries = [...remembered(this)].map(([key, time]) => [key, Number(time)] as const);
    this.#seen = new Map(entries.sort(([, a], [, b]) => a - b));
    this.#latestMs = entries.at(-1)?.[1] ?? 0;
  }

  apply(records: readonly FlowRecord[], flow: Flow): readonly FlowRecord[] | Promise<readonly FlowRecord[]> {
    const keys = evaluateAll(this.#key, records);
    return keys instanceof Promise
      ? keys.then(all => this.#apply(records, all, flow))
      : this.#apply(records, keys, flow);
  }

  #apply(records: readonly FlowRecord[], keys: readonly unknown[], flow: Flow): readonly FlowRecord[] {
    return records.filter((record, index) => {
      const key = keys[index];
      if (key instanceof Failed) {
        flow.fail(this, record, key.error);
        return false;
      }
      if (key === undefined || key === null) {
        flow.fail(this, record, new Error('the record has no key to tell it apart by'));
        return false;
      }
      return this.#isNew(typeof key === 'string' ? key : JSON.stringify(key), record, flow);
    });
  }

  #isNew(key: string, { timestamp }: FlowRecord, flow: Flow): boolean {
    const now = timestamp ?? this.#latestMs;
    this.#latestMs = Math.max(this.#latestMs, now);
    const before = this.#seen.get(key);
    if (before !== undefined && Math.abs(now - before) < this.#bounds.withinMs) return false;
    this.#seen.delete(key);
    this.#seen.set(key, now);
    flow.remember(this, key, now);
    this.#forgetOldest(flow);
    return true;
  }

  #forgetOldest(flow: Flow): void {
    for (const [key, time] of this.#seen) {
      const isOld = this.#latestMs - time >= this.#bounds.withinMs;
      if (!isOld && this.#seen.size <= this.#bounds.keysMax) return;
      this.#seen.delete(key);
      flow.remember(this, key, null);
    }
  }
}
