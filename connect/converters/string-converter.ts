// Kafka Connect's StringConverter: UTF-8 text. It writes what is text or has an obvious one; an object would lose its shape, so it is refused.

import type { ByteArena, Converter } from '../api/converter.js';
import { DataError } from '../api/errors.js';

export const stringConverter: Converter = {
  name: 'string',
  write: (value, arena) => writeText(textOf(value), arena),
  read: (bytes, start, end) => ({ value: readText(bytes, start, end) }),
};

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  const what =
    value instanceof Uint8Array ? 'bytes' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  throw new DataError(
    `the string converter cannot write ${what}: use the json or the bytes converter, or map the value to a text`,
  );
}

/** Writes UTF-8 behind the arena's position. */
export function writeText(text: string, arena: ByteArena): void {
  arena.reserve(text.length * 3);
  arena.position += arena.bytes.write(text, arena.position, 'utf8');
}

/** Reads a plain Uint8Array as well, through a view of it. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  const view = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.toString('utf8', start, end);
}
