import { InvalidInput } from './exit-code.js';

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
  if (text.startsWith('@')) return { kind: 'time', timestampMs: parseTime(text.slice(1)) };
  throw new InvalidInput(
    `"${text}" is no position: write start, end, an offset, -10 (that many before the end) or @time`,
  );
}

/** Epoch milliseconds from themselves or from an ISO 8601 time; without a zone it is local time, as everywhere in JavaScript. */
function parseTime(text: string): number {
  const timestampMs = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isSafeInteger(timestampMs)) return timestampMs;
  throw new InvalidInput(`"${text}" is no time: write epoch milliseconds or ISO 8601, such as 2026-01-31T12:00:00Z`);
}
