import { UsageError } from './errors.js';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds, or a text such as `'500ms'`, `'60s'`, `'5m'`, `'1h'`, `'1d'`. */
export type Duration = number | string;

/** A duration in milliseconds (a whole number, never negative). Throws UsageError for anything else. */
export function durationMs(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : textMs(duration);
  if (!Number.isSafeInteger(ms) || ms < 0) throw invalidDuration(duration);
  return ms;
}

function textMs(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/.exec(text);
  if (match === null) throw invalidDuration(text);
  return Number(match[1]) * unitMs[match[2] ?? 'ms']!;
}

function invalidDuration(given: Duration): UsageError {
  return new UsageError(`"${given}" is no duration: write a number of ms, or 500ms, 60s, 5m, 1h, 1d`);
}
