// What a column of a parquet file holds. Where a record has a schema, that says it; otherwise the values do, and a column whose values are
// of several kinds is JSON text.

import type { SchemaElement } from 'hyparquet-writer';
import { DataError, exactJson, type Schema } from '../../connect/api/index.js';
import { jsonText } from './json-text.js';

export type ParquetKind =
  | 'boolean'
  | 'int32'
  | 'int64'
  /** int64 too, with numbers that no double holds. */
  | 'wide'
  | 'float'
  | 'double'
  | 'string'
  | 'bytes'
  | 'json'
  | 'date'
  | 'time'
  | 'timestamp';

const elements: Readonly<Record<ParquetKind, Omit<SchemaElement, 'name'>>> = {
  boolean: { type: 'BOOLEAN' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  wide: { type: 'INT64' },
  float: { type: 'FLOAT' },
  double: { type: 'DOUBLE' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  bytes: { type: 'BYTE_ARRAY' },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON' },
  date: { type: 'INT32', converted_type: 'DATE' },
  time: { type: 'INT32', converted_type: 'TIME_MILLIS' },
  timestamp: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
};

export function parquetElement(name: string, kind: ParquetKind): SchemaElement {
  return { name, repetition_type: 'OPTIONAL', ...elements[kind] };
}

/** The kind of a value without a schema; undefined for none. */
export function kindOfValue(value: unknown): ParquetKind | undefined {
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? 'int64' : 'wide';
    case 'number':
      return Number.isSafeInteger(value) ? 'int64' : 'double';
    case 'string':
      return 'string';
    default:
      if (value === null || value === undefined) return undefined;
      if (value instanceof Date) return 'timestamp';
      return value instanceof Uint8Array ? 'bytes' : 'json';
  }
}

/** The kind that holds both; a large whole number has no place among fractions. */
export function mergedKind(one: ParquetKind | undefined, other: ParquetKind | undefined): ParquetKind | undefined {
  if (one === undefined || one === other) return other;
  if (other === undefined) return one;
  const kinds = [one, other];
  if (kinds.every(kind => kind === 'int64' || kind === 'wide')) return 'wide';
  return kinds.every(kind => kind === 'int64' || kind === 'double') ? 'double' : 'json';
}

const logical: Readonly<Record<string, ParquetKind>> = {
  'org.apache.kafka.connect.data.Date': 'date',
  'org.apache.kafka.connect.data.Time': 'time',
  'org.apache.kafka.connect.data.Timestamp': 'timestamp',
  // As its digits: no number of JavaScript holds them all.
  'org.apache.kafka.connect.data.Decimal': 'string',
};

export function kindOfSchema({ type, name }: Schema): ParquetKind {
  const named = name === undefined || !Object.hasOwn(logical, name) ? undefined : logical[name];
  if (named !== undefined) return named;
  switch (type) {
    case 'int8':
    case 'int16':
    case 'int32':
      return 'int32';
    case 'array':
    case 'map':
    case 'struct':
      return 'json';
    default:
      return type;
  }
}

/** A value as hyparquet-writer takes it for a column of this kind. */
export function parquetValue(value: unknown, kind: ParquetKind): unknown {
  if (value === null || value === undefined) return undefined;
  switch (kind) {
    case 'int64':
    case 'wide':
      return typeof value === 'bigint' ? value : BigInt(value as number);
    case 'int32':
    case 'float':
    case 'double':
      return Number(value);
    case 'time':
      return value instanceof Date ? value.getTime() : Number(value);
    case 'string':
      return typeof value === 'string' ? value : typeof value === 'object' ? jsonText(value) : String(value);
    case 'json':
      // A plain copy: bytes, large numbers and maps are not known to those who write JSON there.
      return withTexts(exactJson(jsonText(value)));
    default:
      return value;
  }
}

/** About how many bytes a value takes. Throws DataError for one that a column of this kind cannot hold. */
export function requireFit(value: unknown, kind: ParquetKind, column: string): number {
  if (value === null || value === undefined) return 1;
  if (!fits(value, kind)) {
    const what = typeof value === 'object' ? 'an object' : `${typeof value} ${String(value)}`;
    throw new DataError(`the field "${column}" is ${what}, which a parquet column of ${kind} cannot hold`);
  }
  if (typeof value === 'string') return value.length + 4;
  if (value instanceof Uint8Array) return value.length + 4;
  return typeof value === 'object' && !(value instanceof Date) ? jsonText(value).length : 8;
}

function fits(value: NonNullable<unknown>, kind: ParquetKind): boolean {
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'int32':
      return ((value as number) | 0) === value;
    case 'int64':
    case 'wide':
      return Number.isSafeInteger(value) || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value);
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'bytes':
      return value instanceof Uint8Array;
    case 'date':
    case 'time':
    case 'timestamp':
      return value instanceof Date ? !Number.isNaN(value.getTime()) : Number.isSafeInteger(value);
    case 'string':
    case 'json':
      return typeof value !== 'function' && typeof value !== 'symbol';
    default:
      return unreachable(kind);
  }
}

/** Numbers that would lose digits are texts. */
function withTexts(value: unknown): unknown {
  if (typeof value === 'bigint') return BigInt(Number(value)) === value ? Number(value) : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withTexts);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withTexts(each)]));
}

function unreachable(kind: never): never {
  throw new Error(`no such kind: ${String(kind)}`);
}
