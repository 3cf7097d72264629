// The payload of Connect's JSON envelope: bytes are base64, a map whose keys are not text is a list of pairs, int64 beyond 2^53 is refused
// (JSON numbers would lose its last digits) rather than rounded.

import { DataError } from '../api/errors.js';
import type { Schema } from '../api/schema.js';

/** What JSON.stringify is given for `value`. Throws DataError, with the place, where the value does not fit its schema. */
export function toPayload(value: unknown, schema: Schema, place = 'value'): unknown {
  if (value === null || value === undefined) return absent(schema, place);
  switch (schema.type) {
    case 'bytes':
      if (value instanceof Uint8Array)
        return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
      throw misfit(value, schema, place);
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
      return integer(typeof value === 'bigint' ? Number(value) : value, schema, place);
    case 'float':
    case 'double':
      return fitting(value, 'number', schema, place);
    case 'boolean':
      return fitting(value, 'boolean', schema, place);
    case 'string':
      return fitting(value, 'string', schema, place);
    case 'array':
      return array(value, schema, place).map((item, index) => toPayload(item, schema.items!, `${place}[${index}]`));
    case 'map':
      return mapPayload(value, schema, place);
    case 'struct':
      return struct(value, schema, place, toPayload);
  }
}

/** The value that a payload stands for. Throws DataError, with the place, where it does not fit its schema. */
export function fromPayload(payload: unknown, schema: Schema, place = 'payload'): unknown {
  if (payload === null || payload === undefined) return absent(schema, place);
  switch (schema.type) {
    case 'bytes':
      return Buffer.from(fitting(payload, 'string', schema, place) as string, 'base64');
    case 'array':
      return array(payload, schema, place).map((item, index) => fromPayload(item, schema.items!, `${place}[${index}]`));
    case 'map':
      return payloadMap(payload, schema, place);
    case 'struct':
      return struct(payload, schema, place, fromPayload);
    default:
      return toPayload(payload, schema, place);
  }
}

function absent(schema: Schema, place: string): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.optional === true) return null;
  throw new DataError(`${place} is null, and its schema (${schema.type}) is neither optional nor has a default`);
}

function integer(value: unknown, schema: Schema, place: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw misfit(value, schema, place);
}

function fitting(value: unknown, type: 'number' | 'boolean' | 'string', schema: Schema, place: string): unknown {
  if (typeof value === type) return value;
  throw misfit(value, schema, place);
}

function array(value: unknown, schema: Schema, place: string): readonly unknown[] {
  if (Array.isArray(value) && schema.items !== undefined) return value;
  throw misfit(value, schema, place);
}

function struct(value: unknown, schema: Schema, place: string, field: typeof toPayload): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw misfit(value, schema, place);
  const entries = (schema.fields ?? []).map(each => {
    return [each.field, field((value as Record<string, unknown>)[each.field], each, `${place}.${each.field}`)] as const;
  });
  return Object.fromEntries(entries);
}

function mapPayload(value: unknown, schema: Schema, place: string): unknown {
  if (typeof value !== 'object' || value === null || schema.keys === undefined || schema.values === undefined)
    throw misfit(value, schema, place);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const pairs = entries.map(([key, item]) => [
    toPayload(key, schema.keys!, `${place} key`),
    toPayload(item, schema.values!, `${place}[${String(key)}]`),
  ]);
  return schema.keys.type === 'string' ? Object.fromEntries(pairs) : pairs;
}

function payloadMap(payload: unknown, schema: Schema, place: string): unknown {
  if (typeof payload !== 'object' || payload === null || schema.keys === undefined || schema.values === undefined)
    throw misfit(payload, schema, place);
  const entries: readonly (readonly [unknown, unknown])[] = Array.isArray(payload) ? payload : Object.entries(payload);
  const pairs = entries.map(
    ([key, item]) =>
      [
        fromPayload(key, schema.keys!, `${place} key`),
        fromPayload(item, schema.values!, `${place}[${String(key)}]`),
      ] as const,
  );
  return schema.keys.type === 'string' ? Object.fromEntries(pairs as (readonly [string, unknown])[]) : new Map(pairs);
}

function misfit(value: unknown, schema: Schema, place: string): DataError {
  const shown =
    typeof value === 'object' ? (Array.isArray(value) ? 'an array' : 'an object') : `${typeof value} ${String(value)}`;
  return new DataError(`${place} is ${shown}, which does not fit its schema (${schema.type})`);
}
