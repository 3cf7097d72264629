// The topic that a sink is fed from, and what the sink must hold when it was: a model, kept in plain words.

import type { SinkBatch, SinkRecord, TopicPartition } from '../api/record.js';
import { expect, shown } from './conformance-failure.js';
import type { Held, SinkUnderTest } from './fixtures.js';

/** What the topic of every case is called. */
export const topicName = 'conformance';
const keyCount = 5;

export class SinkTopic {
  readonly name = topicName;
  readonly #under: SinkUnderTest;
  readonly #partitions = new Map<number, SinkRecord[]>();
  #valueCount = 0;

  constructor(under: SinkUnderTest) {
    this.#under = under;
  }

  partition(partition: number): TopicPartition {
    return { topic: this.name, partition };
  }

  end(partition: number): number {
    return this.#records(partition).length;
  }

  batch(partition: number, from: number, to: number): SinkBatch {
    return { ...this.partition(partition), records: this.#records(partition).slice(from, to) };
  }

  /** Appends records with keys that come again and again. Keys of one partition are in no other. */
  fill(partition: number, count: number): void {
    for (let at = 0; at < count; at++) this.add(partition, this.key(partition, at), this.value());
  }

  key(partition: number, at: number): string {
    return `p${partition}-key${at % keyCount}`;
  }

  /** A value that no other record has. */
  value(): unknown {
    const n = this.#valueCount++;
    return this.#under.value?.(n) ?? { n, text: `größe ${n} "😀"` };
  }

  add(partition: number, key: unknown, value: unknown): SinkRecord {
    const records = this.#records(partition);
    const record: SinkRecord = {
      ...this.partition(partition),
      offset: records.length,
      key,
      value,
      timestamp: 1_700_000_000_000 + records.length,
      headers: [],
    };
    records.push(record);
    return record;
  }

  /** Throws ConformanceFailure where the sink does not hold what these records (all, by default, less `without`) put there. */
  requireHeld(found: readonly Held[], without: ReadonlySet<SinkRecord> = new Set()): void {
    const records = [...this.#partitions.values()].map(each => each.filter(record => !without.has(record)));
    if (this.#under.keeps === 'last-of-key') requireLast(found, records.flat());
    else requireEvery(found, records, this.#under);
  }

  #records(partition: number): SinkRecord[] {
    let records = this.#partitions.get(partition);
    if (records === undefined) {
      records = [];
      this.#partitions.set(partition, records);
    }
    return records;
  }
}

function requireLast(found: readonly Held[], records: readonly SinkRecord[]): void {
  const wanted = new Map<string, string>();
  for (const { key, value } of records) {
    if (value === null) wanted.delete(String(key));
    else wanted.set(String(key), canonical(value));
  }
  const held = new Map<string, string>();
  for (const { key, value } of found) {
    expect(!held.has(String(key)), `the sink holds the key ${shown(key)} twice`);
    held.set(String(key), canonical(value));
  }
  for (const [key, value] of wanted) {
    const has = held.get(key);
    expect(has !== undefined, `the sink holds nothing for ${shown(key)}, which was put: ${value}`);
    expect(has === value, `for ${shown(key)} the sink holds ${has}, and the last record was ${value}`);
  }
  const strange = [...held].filter(([key]) => !wanted.has(key));
  expect(strange.length === 0, `the sink holds what it should not: ${shown(strange)}`);
}

function requireEvery(
  found: readonly Held[],
  partitions: readonly (readonly SinkRecord[])[],
  { guarantee, tombstones }: SinkUnderTest,
): void {
  const isExact = guarantee === 'exactly-once';
  const texts = found.map(({ value }) => canonical(value));
  const all = new Set<string>();
  let nullCount = 0;
  for (const records of partitions) {
    const values = records.filter(({ value }) => value !== null).map(({ value }) => canonical(value));
    nullCount += records.length - values.length;
    const own = new Set(values);
    const here = texts.filter(text => own.has(text));
    requireOrder(isExact ? here : [...new Set(here)], values);
    for (const text of values) all.add(text);
  }
  const strange = texts.filter(text => text !== 'null' && !all.has(text));
  expect(strange.length === 0, `the sink holds what nobody put there: ${shown(strange)}`);
  const held = texts.filter(text => text === 'null').length;
  const put = tombstones === 'keep' ? nullCount : 0;
  expect(isExact ? held === put : held >= put, `the sink holds ${held} records without a value instead of ${put}`);
}

/** These values of one partition, each once and in this order. */
function requireOrder(found: readonly string[], values: readonly string[]): void {
  const here = new Set(found);
  const missing = values.filter(text => !here.has(text));
  expect(missing.length === 0, `${missing.length} records are missing in the sink: ${shown(missing)}`);
  const seen = new Set<string>();
  const twice = found.filter(text => seen.has(text) || !seen.add(text));
  expect(twice.length === 0, `${twice.length} records are in the sink more than once: ${shown(twice)}`);
  const at = found.findIndex((text, index) => text !== values[index]);
  expect(at < 0, `out of order: the sink holds ${found[at]} where ${values[at]} should stand`);
}

/** JSON with the names of objects in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
