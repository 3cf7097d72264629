import { UsageError } from './errors.js';

const unitBytes: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Bytes, or a text such as `'64KiB'`, `'1MiB'`, `'1g'` (units are powers of 1024). */
export type Size = number | string;

/** A size in bytes (a whole number, never negative). Throws UsageError for anything else. */
export function sizeBytes(size: Size): number {
  const bytes = typeof size === 'number' ? size : textBytes(size);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw invalidSize(size);
  return bytes;
}

function textBytes(text: string): number {
  const match = /^\s*(\d+)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(text);
  if (match === null) throw invalidSize(text);
  return Number(match[1]) * unitBytes[match[2]!.toLowerCase()]!;
}

function invalidSize(given: Size): UsageError {
  return new UsageError(`"${given}" is no size: write a number of bytes, or 64KiB, 1MiB, 1GiB`);
}
