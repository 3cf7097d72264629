import { InvalidInput } from './exit-code.js';
import { parseTime } from './parse-time.js';

/** Where `consume` begins in each partition. */
export type StartPosition =
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'before-end'; readonly count: number }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'time'; readonly timestampMs: number };

/** Reads `start`, `end`, an offset, `-10` (that many before the end) or `@time` (ISO 8601 or epoch milliseconds). */
export function parseStartPosition(text: string): StartPosition {
  if (text === 'start' || text === 'beginning') return { kind: 'start' };
  if (text === 'end') return { kind: 'end' };
  if (/^-\d+$/.test(text)) return { kind: 'before-end', count: Number(text.slice(1)) };
  if (/^\d+$/.test(text)) return { kind: 'offset', offset: Number(text) };
  if (text.startsWith('@')) return { kind: 'time', timestampMs: parseTime(text.slice(1), 'local') };
  throw new InvalidInput(
    `"${text}" is no position: write start, end, an offset, -10 (that many before the end) or @time`,
  );
}
