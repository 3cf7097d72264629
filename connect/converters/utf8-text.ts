import type { ByteArena } from '../api/converter.js';
import { DataError } from '../api/errors.js';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Writes UTF-8 behind the arena's position. */
export function writeText(text: string, arena: ByteArena): void {
  arena.reserve(text.length * 3);
  arena.position += arena.bytes.write(text, arena.position, 'utf8');
}

export function writeBytes(bytes: Uint8Array, arena: ByteArena): void {
  arena.reserve(bytes.length);
  arena.bytes.set(bytes, arena.position);
  arena.position += bytes.length;
}

/** Reads a plain Uint8Array as well, through a view of it. What is not UTF-8 becomes U+FFFD. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  const view = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.toString('utf8', start, end);
}

/** As `readText`, but throws DataError for what is not UTF-8. */
export function readStrictText(bytes: Uint8Array, start: number, end: number): string {
  const text = readText(bytes, start, end);
  if (!text.includes('\ufffd')) return text;
  try {
    return strict.decode(bytes.subarray(start, end));
  } catch (cause) {
    throw new DataError('the bytes are not UTF-8', { cause });
  }
}
