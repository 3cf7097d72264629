// The kinds of configuration options. Each takes its value typed (from code) or as text (from files, REST, the environment).
// `.default(...)` or `.optional()` say what happens when it is left out, `.describe(...)` what it is for.

import { z } from 'zod';

type Refuse = { addIssue(issue: { code: 'custom'; message: string }): void };

function refuse(context: Refuse, expected: string): never {
  context.addIssue({ code: 'custom', message: `must be ${expected}` });
  return z.NEVER;
}

const text = () => z.string({ error: 'must be a text' }).meta({ type: 'string' });

/** Those whose numbers 32 bits hold. Not among the facts of a schema: those are shown to editors. */
const int32 = new WeakSet<object>();

export function isInt32Option(schema: object): boolean {
  return int32.has(schema);
}

/** A whole number between `min` and `max`. */
function integer(min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  const range = `a whole number${min > Number.MIN_SAFE_INTEGER ? ` from ${min}` : ''}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}`;
  const schema = z
    .union([z.number(), z.string()], { error: `must be ${range}` })
    .transform((given, context) => {
      const value = typeof given === 'number' ? given : /^\s*-?\d+\s*$/.test(given) ? Number(given) : Number.NaN;
      return Number.isSafeInteger(value) && value >= min && value <= max ? value : refuse(context, range);
    })
    .meta({ type: 'integer' });
  if (min >= -(2 ** 31) && max < 2 ** 31) int32.add(schema);
  return schema;
}

const bool = () =>
  z
    .union([z.boolean(), z.string()], { error: 'must be true or false' })
    .transform((given, context) => {
      const value = String(given).trim().toLowerCase();
      return value === 'true' ? true : value === 'false' ? false : refuse(context, 'true or false');
    })
    .meta({ type: 'boolean' });

/** Milliseconds, or a text such as `500ms`, `10s`, `5m`. */
const durationMs = () =>
  z
    .union([z.number(), z.string()], { error: 'must be a duration' })
    .transform(
      (given, context) =>
        scaled(given, durationUnits) ?? refuse(context, 'a duration: milliseconds, or 500ms, 10s, 5m, 1h'),
    )
    .meta({ type: 'duration' });

/** Bytes, or a text such as `64KiB`, `1MiB`. */
const sizeBytes = () =>
  z
    .union([z.number(), z.string()], { error: 'must be a size' })
    .transform((given, context) => scaled(given, sizeUnits) ?? refuse(context, 'a size: bytes, or 64KiB, 1MiB, 1GiB'))
    .meta({ type: 'size' });

/** One of `words`; what is near to one of them is named in the message. */
function choice<const W extends readonly [string, ...string[]]>(words: W) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` }).meta({ type: 'choice' });
}

/** Several texts: a list, or a text with commas. */
const list = () =>
  z
    .union([z.array(z.string()), z.string()], { error: 'must be a list, or a text with commas' })
    .transform(given =>
      (Array.isArray(given) ? given : given.split(',')).map(item => item.trim()).filter(item => item !== ''),
    )
    .meta({ type: 'list' });

/** A function given in code; it cannot come from a file. */
function fn<F extends (...args: never[]) => unknown>() {
  return z.custom<F>(given => typeof given === 'function', { error: 'must be a function' }).meta({ type: 'function' });
}

/** A text that is never shown. */
const secret = () => z.string({ error: 'must be a text' }).meta({ type: 'password', isSecret: true });

const durationUnits: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const sizeUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
};

function scaled(given: string | number, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(String(given));
  const unit = match === null ? undefined : units[match[2]!.toLowerCase()];
  return unit === undefined ? undefined : Number(match![1]) * unit;
}

export const option = { text, integer, boolean: bool, durationMs, sizeBytes, choice, list, fn, secret };
