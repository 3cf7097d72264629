import type { SinkRecord } from '../../connect/api/index.js';

/** One record in a hundred has no value; one is no JSON at all, one cannot name its folder. */
export const poisonAt = { unreadable: 777, homeless: 1234 };

/** The bytes of the n-th record's value. */
export function modelValue(n: number): string | null {
  if (n === poisonAt.unreadable) return '{"n":777,';
  if (n % 100 === 13) return null;
  const of = n === poisonAt.homeless ? { not: 'a text' } : `group ${(n * 7919) % 5}`;
  return JSON.stringify({ n, of, text: n % 10 === 3 ? null : `größe "${n}",\n😀` });
}

/** Half a minute a record: 2,880 of them a day. */
export function modelTimestamp(n: number): number {
  return 1_700_000_000_000 + n * 30_000;
}

/** The n-th record as the sink gets it; undefined for one that its converter refuses. */
export function modelRecord(n: number, partitionCount: number): SinkRecord | undefined {
  if (n === poisonAt.unreadable) return undefined;
  const text = modelValue(n);
  return {
    topic: 'values',
    partition: n % partitionCount,
    offset: Math.floor(n / partitionCount),
    key: `k${n % 50}`,
    value: text === null ? null : (JSON.parse(text) as unknown),
    timestamp: modelTimestamp(n),
    headers: [],
  };
}
