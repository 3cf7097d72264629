import { DataError } from '../../connect/api/index.js';

export type TimestampFormat = 'ms' | 's' | 'iso';

/** Milliseconds since the epoch. Throws DataError, naming the column, for what is no time in that format. */
export function timestampOf(value: unknown, format: TimestampFormat, column: string): number {
  const ms = format === 'iso' ? isoMs(value) : numberOf(value) * (format === 's' ? 1000 : 1);
  if (!Number.isFinite(ms) || ms < 0)
    throw new DataError(`column "${column}" holds ${JSON.stringify(value)}, no time of the format ${format}`);
  return Math.round(ms);
}

function numberOf(value: unknown): number {
  return typeof value === 'number'
    ? value
    : typeof value === 'string' && value.trim() !== ''
      ? Number(value)
      : Number.NaN;
}

const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

function isoMs(value: unknown): number {
  const match = typeof value === 'string' ? iso.exec(value.trim()) : null;
  if (match === null) return Number.NaN;
  // Date.parse would take a time without a zone for local time: what a record means must not hang on the machine that reads it.
  return Date.parse(`${match[1]}T${(match[2] ?? '00:00').replace(',', '.')}${(match[3] ?? 'Z').toUpperCase()}`);
}
