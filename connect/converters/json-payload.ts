// What a JSON payload means by its schema. Where it does not fit, the record is refused with the place; Kafka Connect makes 0, "" or [] of it, or
// takes the last bits of a number that is too large.

import { DataError } from '../api/errors.js';
import type { Schema } from '../api/schema.js';
import { decodedDate } from '../api/values/date-number.js';
import { Decimal } from '../api/values/decimal.js';
import { JsonNumber } from '../api/values/json-text-reader.js';
import { logicalTypeOf, scaleOf } from '../api/values/logical-type.js';
import { fitsWhole, isWholeType, wholeNumber } from '../api/values/whole-number.js';

export interface PayloadOptions {
  readonly replacesNull: boolean;
}

/** Throws DataError, with the place, where it does not fit. */
export function fromPayload(payload: unknown, schema: Schema, options: PayloadOptions, place = 'payload'): unknown {
  if (payload === null || payload === undefined) return absent(schema, options, place);
  const logical = logicalTypeOf(schema);
  if (logical === 'Decimal') return decimal(payload, schema, place);
  if (logical !== undefined) return decodedDate(instant(payload, schema, place), schema);
  switch (schema.type) {
    case 'boolean':
    case 'string':
      if (typeof payload === schema.type) return payload;
      throw misfit(payload, schema, place);
    case 'float':
      return Math.fround(floating(payload, schema, place));
    case 'double':
      return floating(payload, schema, place);
    case 'bytes':
      return base64(payload, schema, place);
    case 'array':
      if (!Array.isArray(payload)) throw misfit(payload, schema, place);
      return payload.map((item, index) => fromPayload(item, schema.items!, options, `${place}[${index}]`));
    case 'map':
      return map(payload, schema, options, place);
    case 'struct':
      return struct(payload, schema, options, place);
    default:
      return whole(payload, schema, place);
  }
}

/** A payload without schema: what the text says, without the exact text of its numbers. */
export function plainPayload(payload: unknown): unknown {
  if (payload instanceof JsonNumber) return payload.toNumber();
  if (Array.isArray(payload)) return payload.map(plainPayload);
  if (typeof payload !== 'object' || payload === null) return payload;
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, plainPayload(value)]));
}

function absent(schema: Schema, { replacesNull }: PayloadOptions, place: string): unknown {
  if (schema.default !== undefined && replacesNull) return schema.default;
  if (schema.optional === true) return null;
  throw new DataError(`Invalid null value for required ${schema.type.toUpperCase()} field: ${place} is null`);
}

function whole(payload: unknown, schema: Schema, place: string): number | bigint {
  const exact = exactWhole(payload);
  if (exact === undefined || !isWholeType(schema.type) || !fitsWhole(exact, schema.type)) {
    throw misfit(payload, schema, place);
  }
  return wholeNumber(exact);
}

/** `1.0` and `1e3` are whole numbers too. */
function exactWhole(payload: unknown): bigint | undefined {
  if (typeof payload === 'bigint') return payload;
  const number = payload instanceof JsonNumber ? payload.toNumber() : payload;
  return Number.isSafeInteger(number) ? BigInt(number as number) : undefined;
}

function floating(payload: unknown, schema: Schema, place: string): number {
  if (typeof payload === 'number') return payload;
  if (typeof payload === 'bigint') return Number(payload);
  if (payload instanceof JsonNumber) return payload.toNumber();
  // As they are written.
  if (payload === 'NaN' || payload === 'Infinity' || payload === '-Infinity') return Number(payload);
  throw misfit(payload, schema, place);
}

function instant(payload: unknown, schema: Schema, place: string): number {
  const exact = payload instanceof JsonNumber ? undefined : exactWhole(payload);
  if (exact !== undefined && isWholeType(schema.type) && fitsWhole(exact, schema.type)) return Number(exact);
  throw misfit(payload, schema, place);
}

/** A number with just these digits, or base64 of those without the point. */
function decimal(payload: unknown, schema: Schema, place: string): Decimal {
  if (payload instanceof JsonNumber) return Decimal.parse(payload.text);
  if (typeof payload === 'number' || typeof payload === 'bigint') return Decimal.of(payload);
  const bytes = base64(payload, schema, place);
  if (bytes.length === 0) throw misfit(payload, schema, place);
  return Decimal.fromBytes(bytes, scaleOf(schema));
}

function base64(payload: unknown, schema: Schema, place: string): Buffer {
  const isBase64 = typeof payload === 'string' && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}={0,2})?$/.test(payload);
  if (!isBase64) throw misfit(payload, schema, place);
  return Buffer.from(payload, 'base64');
}

function map(payload: unknown, schema: Schema, options: PayloadOptions, place: string): unknown {
  const { keys, values } = schema;
  const isText = keys!.type === 'string';
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload) === isText) {
    throw misfit(payload, schema, place);
  }
  const pairs = isText ? Object.entries(payload) : (payload as readonly unknown[]).map(pair => pairOf(pair, place));
  const entries = pairs.map(
    ([key, value]) =>
      [
        isText ? key : fromPayload(key, keys!, options, `${place} key`),
        fromPayload(value, values!, options, `${place}[${String(key)}]`),
      ] as const,
  );
  return isText ? Object.fromEntries(entries as (readonly [string, unknown])[]) : new Map(entries);
}

function pairOf(pair: unknown, place: string): readonly [unknown, unknown] {
  if (Array.isArray(pair) && pair.length === 2) return pair as [unknown, unknown];
  throw new DataError(`${place}: a map whose keys are no texts is a list of pairs, each of a key and a value`);
}

function struct(payload: unknown, schema: Schema, options: PayloadOptions, place: string): Record<string, unknown> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload) || payload instanceof JsonNumber) {
    throw misfit(payload, schema, place);
  }
  const values: Record<string, unknown> = {};
  for (const field of schema.fields ?? []) {
    const given = (payload as Readonly<Record<string, unknown>>)[field.field];
    values[field.field] = fromPayload(given, field, options, `${place}.${field.field}`);
  }
  return values;
}

function misfit(payload: unknown, schema: Schema, place: string): DataError {
  const shown = payload instanceof JsonNumber ? payload.text : (JSON.stringify(payload, digits) ?? 'nothing');
  const type = logicalTypeOf(schema) ?? schema.type;
  return new DataError(`${place} is ${shown.slice(0, 60)}, which does not fit its schema (${type})`);
}

function digits(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
