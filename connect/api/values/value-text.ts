// A value as text: as headers carry it (Kafka Connect's SimpleHeaderConverter), and as Java's toString has it (its StringConverter).
// With a schema, a floating-point number is written as Java does; without, as JavaScript does.

import { DataError } from '../errors.js';
import type { Schema } from '../schema.js';
import { DateFormat } from './date-format.js';
import { Decimal } from './decimal.js';
import { dayMs } from './logical-type.js';
import { doubleText, floatText } from './number-text.js';

const timeFormat = new DateFormat("HH:mm:ss.SSS'Z'");
const dateFormat = new DateFormat('yyyy-MM-dd');
const timestampFormat = new DateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'");
const javaFormat = new DateFormat("EEE MMM dd HH:mm:ss 'UTC' yyyy");

/** ISO 8601: a time of day within the first day of 1970 and before it, a date at midnight, both otherwise. */
export function isoText(date: Date): string {
  const ms = date.getTime();
  const format = ms < dayMs ? timeFormat : ms % dayMs === 0 ? dateFormat : timestampFormat;
  return format.format(ms);
}

export function numberText(value: number, schema?: Schema): string {
  if (schema?.type === 'double') return doubleText(value);
  if (schema?.type === 'float') return floatText(value);
  return Object.is(value, -0) ? '0' : String(value);
}

/** As a header's text: lists and maps look like JSON, bytes are base64, dates ISO 8601. */
export function valueText(value: unknown, schema?: Schema): string {
  return textOf(value, schema, false);
}

function textOf(value: unknown, schema: Schema | undefined, isInside: boolean): string {
  if (value === null || value === undefined) return 'null';
  const quoted = (text: string) => (isInside ? `"${text}"` : text);
  switch (typeof value) {
    case 'string':
      return quoted(isInside ? value.replace(/[\\"]/g, '\\$&') : value);
    case 'number':
      return numberText(value, schema);
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      break;
  }
  if (value instanceof Uint8Array) return quoted(base64(value));
  if (value instanceof Decimal) return value.toString();
  if (value instanceof Date) return isoText(value);
  if (Array.isArray(value)) return `[${value.map(item => textOf(item, schema?.items, true)).join(',')}]`;
  const entries = entriesOf(value, schema, true);
  return `{${entries.map(each => `${textOf(each.key, each.keySchema, true)}:${textOf(each.value, each.schema, true)}`).join(',')}}`;
}

/** As Java's toString: `{a=1, b=x}`, `[1, 2]`, `Struct{a=1,b=x}`. Bytes have none there; they are base64 inside something else. */
export function javaText(value: unknown, schema?: Schema): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return numberText(value, schema);
  if (typeof value !== 'object') return valueText(value);
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof Decimal) return value.toString();
  if (value instanceof Date) return javaFormat.format(value.getTime());
  if (Array.isArray(value)) return `[${value.map(item => javaText(item, schema?.items)).join(', ')}]`;
  const entries = entriesOf(value, schema, false).map(
    each => [javaText(each.key, each.keySchema), each.value, javaText(each.value, each.schema)] as const,
  );
  if (schema?.type !== 'struct') return `{${entries.map(([key, , text]) => `${key}=${text}`).join(', ')}}`;
  const set = entries.filter(([, held]) => held !== null);
  return `Struct{${set.map(([key, , text]) => `${key}=${text}`).join(',')}}`;
}

interface Entry {
  readonly key: unknown;
  readonly keySchema: Schema | undefined;
  readonly value: unknown;
  readonly schema: Schema | undefined;
}

function entriesOf(value: object, schema: Schema | undefined, hasDefaults: boolean): readonly Entry[] {
  if (schema?.type === 'struct') {
    const fields = value as Readonly<Record<string, unknown>>;
    return (schema.fields ?? []).map(field => {
      const held = fields[field.field] ?? (hasDefaults ? field.default : undefined) ?? null;
      return { key: field.field, keySchema: undefined, value: held, schema: field };
    });
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!(value instanceof Map) && prototype !== Object.prototype && prototype !== null) {
    throw new DataError(`a value of class ${value.constructor.name} has no text: map it to a text first`);
  }
  const entries: Iterable<readonly [unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  return [...entries].map(([key, each]) => ({ key, keySchema: schema?.keys, value: each, schema: schema?.values }));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
