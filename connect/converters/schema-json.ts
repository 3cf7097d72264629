// The JSON text of a value with a schema, as Kafka Connect writes it: bytes in base64, decimals exact, `1.0` for a double that is whole, NaN as a text.

import { DataError } from '../api/errors.js';
import type { Schema } from '../api/schema.js';
import { encodedDate } from '../api/values/date-number.js';
import { Decimal } from '../api/values/decimal.js';
import { base64Json, doubleJson } from '../api/values/json-text.js';
import { logicalTypeOf, scaleOf } from '../api/values/logical-type.js';
import { numberText } from '../api/values/value-text.js';
import { fitsWhole, isWholeType } from '../api/values/whole-number.js';

export interface JsonWriting {
  readonly decimalFormat: 'BASE64' | 'NUMERIC';
  readonly replacesNull: boolean;
}

/** Throws DataError, with the place, where the value does not fit its schema. */
export function schemaJson(value: unknown, schema: Schema, writing: JsonWriting, place = 'value'): string {
  if (value === null || value === undefined) return absentJson(schema, writing, place);
  const logical = logicalTypeOf(schema);
  if (logical === 'Decimal') return decimalJson(value, schema, writing, place);
  if (logical !== undefined) {
    if (value instanceof Date) return String(encodedDate(value, schema));
    throw misfit(value, schema, place);
  }
  switch (schema.type) {
    case 'boolean':
    case 'string':
      if (typeof value === schema.type) return JSON.stringify(value);
      throw misfit(value, schema, place);
    case 'float':
    case 'double':
      if (typeof value === 'number') return doubleJson(numberText(value, schema));
      throw misfit(value, schema, place);
    case 'bytes':
      if (value instanceof Uint8Array) return base64Json(value);
      throw misfit(value, schema, place);
    case 'array':
      if (!Array.isArray(value) || schema.items === undefined) throw misfit(value, schema, place);
      return `[${value.map((item, at) => schemaJson(item, schema.items!, writing, `${place}[${at}]`)).join(',')}]`;
    case 'map':
      return schemaMapJson(value, schema, writing, place);
    case 'struct':
      return structJson(value, schema, writing, place);
    default:
      return wholeJson(value, schema, place);
  }
}

function absentJson(schema: Schema, writing: JsonWriting, place: string): string {
  if (schema.default !== undefined && schema.default !== null && writing.replacesNull) {
    return schemaJson(schema.default, schema, writing, place);
  }
  if (schema.optional === true) return 'null';
  throw new DataError(
    `Conversion error: null value for field that is required and has no default value: ${place} (${schema.type})`,
  );
}

function decimalJson(value: unknown, schema: Schema, { decimalFormat }: JsonWriting, place: string): string {
  if (!(value instanceof Decimal)) throw misfit(value, schema, place);
  if (decimalFormat === 'NUMERIC') return value.toString();
  if (value.scale === scaleOf(schema)) return base64Json(value.toBytes());
  throw new DataError(`${place} is ${value.toString()}, and its schema has the scale ${scaleOf(schema)}`);
}

function wholeJson(value: unknown, schema: Schema, place: string): string {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  const fits = isWhole && isWholeType(schema.type) && fitsWhole(BigInt(value as number | bigint), schema.type);
  if (fits) return String(Object.is(value, -0) ? 0 : value);
  throw misfit(value, schema, place);
}

function schemaMapJson(value: unknown, schema: Schema, writing: JsonWriting, place: string): string {
  const { keys, values } = schema;
  if (!isEntries(value) || keys === undefined || values === undefined) throw misfit(value, schema, place);
  const entries: readonly (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  const isText = keys.type === 'string';
  const texts = entries.map(([key, each]) => {
    const keyText = schemaJson(key, keys, writing, `${place} key`);
    return `${keyText}${isText ? ':' : ','}${schemaJson(each, values, writing, `${place}[${String(key)}]`)}`;
  });
  return isText ? `{${texts.join(',')}}` : `[${texts.map(text => `[${text}]`).join(',')}]`;
}

function structJson(value: unknown, schema: Schema, writing: JsonWriting, place: string): string {
  if (!isEntries(value) || value instanceof Map) throw misfit(value, schema, place);
  const fields = value as Readonly<Record<string, unknown>>;
  const texts = (schema.fields ?? []).map(
    field =>
      `${JSON.stringify(field.field)}:${schemaJson(fields[field.field], field, writing, `${place}.${field.field}`)}`,
  );
  return `{${texts.join(',')}}`;
}

function isEntries(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array) && !(value instanceof Date) && !(value instanceof Decimal);
}

function misfit(value: unknown, schema: Schema, place: string): DataError {
  const what =
    typeof value !== 'object' ? `${typeof value} ${String(value)}` : Array.isArray(value) ? 'an array' : 'an object';
  return new DataError(`${place} is ${what}, which does not fit its schema (${logicalTypeOf(schema) ?? schema.type})`);
}
