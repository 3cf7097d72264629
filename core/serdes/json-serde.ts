// JSON text in UTF-8. What has no JSON (undefined, a function, NaN or an infinity as the whole value) is refused, since it would
// come back as something else or not at all. Inside of a value JSON.stringify's own rules hold: undefined properties are
// left out, NaN becomes null, a Date becomes a string.

import { ProtocolError, UsageError } from '../base/errors.js';
import type { Serde } from './serde.js';
import { readText, writeText } from './string-serde.js';

/** JSON of type T. The type is a promise of the caller's: nothing checks it (see `validatedJson`). */
export function json<T>(): Serde<T> {
  return {
    name: 'json',
    readsCopies: true,
    write: (value, arena) => writeText(jsonText(value), arena),
    read: readJson as Serde<T>['read'],
  };
}

/** The JSON text of `value`. Throws UsageError for what has none. */
export function jsonText(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw noJson(String(value));
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw noJson(typeof value);
  return text;
}

/** The value of the JSON text in bytes[start, end). Throws ProtocolError INVALID_RECORD when it is none. */
export function readJson(bytes: Uint8Array, start: number, end: number): unknown {
  const text = readText(bytes, start, end);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('INVALID_RECORD', `no JSON: ${(cause as Error).message}`, { cause });
  }
}

function noJson(what: string): UsageError {
  return new UsageError(`${what} has no JSON: write null (a tombstone) or a JSON value`);
}
