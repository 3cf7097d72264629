// A value as the text that PostgreSQL's own input function of the column's type reads. So every type of the server can be written, those of
// extensions too: no list of types decides, only what a JavaScript value can mean for the type that the column really has.

import { DataError, Decimal, type Schema } from '../../connect/api/index.js';
import type { Column } from './table-shape.js';

const connectData = 'org.apache.kafka.connect.data.';
const dayMs = 86_400_000;

/** Null stays null. Throws DataError for what cannot be meant by the column. */
export function valueText(value: unknown, column: Column, schema?: Schema): string | null {
  if (value === null || value === undefined) return null;
  if (schema?.name !== undefined) {
    const logical = logicalText(value, schema);
    if (logical !== undefined) return logical;
  }
  switch (typeof value) {
    case 'string':
      return column.typeName === 'bytea' ? byteaOf(value, column) : withoutZero(value, column);
    case 'number':
      return column.category === 'D'
        ? timeText(value, column)
        : column.typeName === 'json' || column.typeName === 'jsonb'
          ? jsonText(value)
          : String(value);
    case 'bigint':
      return String(value);
    case 'boolean':
      return column.category === 'N' ? String(Number(value)) : String(value);
    case 'object':
      return objectText(value, column, schema);
    default:
      throw new DataError(`column ${column.name}: a ${typeof value} cannot be written`);
  }
}

function objectText(value: object, column: Column, schema: Schema | undefined): string {
  if (value instanceof Decimal) return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (column.typeName === 'json' || column.typeName === 'jsonb') return jsonText(value);
  if (value instanceof Uint8Array) {
    if (column.typeName === 'bytea')
      return `\\x${Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex')}`;
    throw new DataError(`column ${column.name} (${column.type}): bytes can only be written to bytea`);
  }
  if (column.category === 'A' && Array.isArray(value)) return arrayText(value, column, schema);
  if (column.typeName === 'hstore') return hstoreText(value);
  if (column.category === 'S') return jsonText(value);
  const what = Array.isArray(value) ? 'an array' : 'an object';
  throw new DataError(`column ${column.name} (${column.type}): ${what} can only be written to json, jsonb or text`);
}

function logicalText(value: unknown, schema: Schema): string | undefined {
  if (!schema.name!.startsWith(connectData)) return undefined;
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  switch (schema.name!.slice(connectData.length)) {
    case 'Decimal':
      return value instanceof Uint8Array ? decimalText(value, Number(schema.parameters?.['scale'] ?? 0)) : undefined;
    case 'Date':
      if (value instanceof Date) return isoOf(value.getTime()).replace(/T.*Z/, '');
      return isNumber ? isoOf(Number(value) * dayMs).replace(/T.*Z/, '') : undefined;
    case 'Time':
      return isNumber || value instanceof Date ? isoOf(Number(value)).replace(/^.*T|Z/g, '') : undefined;
    case 'Timestamp':
      return isNumber || value instanceof Date ? isoOf(Number(value)) : undefined;
    default:
      return undefined;
  }
}

/** Big-endian two's complement, as Connect's Decimal keeps it. */
function decimalText(bytes: Uint8Array, scale: number): string {
  const hex = Buffer.from(bytes).toString('hex');
  const unscaled = hex === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A bare number in a column of date or time counts milliseconds since 1970, as everywhere in Kafka. */
function timeText(value: number, column: Column): string {
  if (column.typeName === 'interval') return `${value} milliseconds`;
  const text = isoOf(value);
  if (column.typeName === 'time' || column.typeName === 'timetz') return text.replace(/^.*T/, '');
  return text;
}

function isoOf(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new DataError(`${ms} is no time in milliseconds since 1970`);
  const text = date.toISOString();
  if (text.startsWith('-')) return `${String(1 - date.getUTCFullYear()).padStart(4, '0')}${text.slice(7)} BC`;
  return text.startsWith('+') ? text.slice(1) : text;
}

/** Text in a bytea column: `\x` and hexadecimal digits, else base64 as JSON converters write bytes. */
function byteaOf(value: string, column: Column): string {
  if (value.startsWith('\\x')) return value;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') === value.replace(/=+$/, '')) return `\\x${bytes.toString('hex')}`;
  throw new DataError(`column ${column.name} (bytea): the text is neither base64 nor \\x and hexadecimal digits`);
}

function withoutZero(value: string, column: Column): string {
  if (value.includes('\0'))
    throw new DataError(`column ${column.name}: PostgreSQL keeps no text with a zero byte in it`);
  return value;
}

function arrayText(values: readonly unknown[], column: Column, schema: Schema | undefined): string {
  const element: Column = {
    ...column,
    typeName: column.elementType ?? 'text',
    category: elementCategory(column.elementType),
  };
  const items = values.map(item => {
    if (Array.isArray(item) && element.typeName !== 'json' && element.typeName !== 'jsonb')
      return arrayText(item, column, schema?.items);
    const text = valueText(item, element, schema?.items);
    return text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${items.join(',')}}`;
}

function elementCategory(typeName: string | undefined): string {
  if (typeName === undefined) return 'S';
  if (/^(int[248]|float[48]|numeric|money|oid)$/.test(typeName)) return 'N';
  if (/^(date|time|timetz|timestamp|timestamptz|interval)$/.test(typeName)) return 'D';
  return typeName === 'bool' ? 'B' : 'S';
}

function hstoreText(value: object): string {
  const entries: [unknown, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
  const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  return entries
    .map(
      ([key, item]) => `${quote(String(key))}=>${item === null || item === undefined ? 'NULL' : quote(String(item))}`,
    )
    .join(',');
}

/** As JSON.stringify, with bigint as a number and bytes as base64. */
export function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object' || value instanceof Date) return JSON.stringify(value) ?? 'null';
  if (value instanceof Decimal) return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const entries: [unknown, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${JSON.stringify(String(key))}:${jsonText(item)}`)
    .join(',')}}`;
}
