import { InvalidInput } from './exit-code.js';

const isoTime = /^\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}.*)?)?$/;
const zone = /(Z|[+-]\d{2}:?\d{2})$/i;

/** Epoch milliseconds from themselves or from an ISO 8601 time. Without a zone that is local time, as everywhere in JavaScript, or UTC, as in Kafka's tools. */
export function parseTime(text: string, withoutZone: 'local' | 'UTC'): number {
  const timestampMs = /^\d+$/.test(text) ? Number(text) : isoMs(text, withoutZone);
  if (Number.isSafeInteger(timestampMs)) return timestampMs;
  throw new InvalidInput(`"${text}" is no time: write epoch milliseconds or ISO 8601, such as 2026-01-31T12:00:00Z`);
}

function isoMs(text: string, withoutZone: 'local' | 'UTC'): number {
  if (!isoTime.test(text)) return Number.NaN;
  const isLocal = withoutZone === 'UTC' && text.includes(':') && !zone.test(text);
  return Date.parse(isLocal ? `${text}Z` : text);
}
