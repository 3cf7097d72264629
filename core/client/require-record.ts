// What a record must look like, for callers whose types nobody checks.

import { UsageError } from '../base/errors.js';
import type { RecordHeaders } from '../records/record-header.js';
import type { OffsetToSend } from './producer-options.js';

export function requireTopic(topic: unknown): void {
  if (typeof topic === 'string' && topic !== '') return;
  const name = typeof topic === 'object' && topic !== null ? (topic as { name?: unknown }).name : undefined;
  if (typeof name === 'string' && name !== '') return;
  throw new UsageError(`${describe(topic)} is no topic: give its name, or what topic(name) returns`);
}

export function requireRecord(record: unknown): void {
  if (typeof record === 'object' && record !== null) return;
  throw new UsageError(`${describe(record)} is no record: give an object such as { key, value }`);
}

export function requireRecords(records: unknown): void {
  if (!Array.isArray(records)) {
    throw new UsageError(
      `${describe(records)} is no list of records: give [{ key, value }, ...], or send() one record`,
    );
  }
  for (const record of records) requireRecord(record);
}

export function requireHeaders(headers: RecordHeaders): void {
  const isList = Array.isArray(headers);
  if (isList && headers.every(isHeader)) return;
  const what = isList ? 'a list that holds something else' : describe(headers);
  throw new UsageError(`${what} is no list of headers: give [{ key: 'a text', value: a Uint8Array or null }]`);
}

export function requireOffsets(offsets: readonly OffsetToSend[]): void {
  if (!Array.isArray(offsets)) throw new UsageError(`${describe(offsets)} is no list of offsets`);
  for (const { topic, partition, offset } of offsets) {
    requireTopic(topic);
    if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isInteger(partition) || partition < 0) {
      throw new UsageError(`offset ${offset} of ${topic}-${partition} cannot be committed: both are numbers from 0 on`);
    }
  }
}

function isHeader(header: unknown): boolean {
  if (typeof header !== 'object' || header === null) return false;
  const { key, value } = header as { key?: unknown; value?: unknown };
  return typeof key === 'string' && (value === null || value instanceof Uint8Array);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
