// Makes a value one of another type, as Kafka Connect's `Values.convertTo...` do: text is read, numbers are narrowed as Java narrows them, dates and
// their numbers become each other.

import { DataError } from '../errors.js';
import type { Schema } from '../schema.js';
import { modulo } from './civil-date.js';
import { decodedDate, encodedDate } from './date-number.js';
import { Decimal } from './decimal.js';
import { dayMs, logicalTypeOf, scaleOf } from './logical-type.js';
import { parseValue } from './parse-value.js';
import { javaText, valueText } from './value-text.js';
import { isWholeType, truncatedDouble, wrappedWhole } from './whole-number.js';

/**
 * `from`: the schema that the value has. Null stays null where `to` is optional or (as Kafka Connect's functions do) a boolean, number or text.
 * Throws DataError for what has no meaning in `to`.
 */
export function convertValue(to: Schema, value: unknown, from?: Schema): unknown {
  const logical = logicalTypeOf(to);
  if (value === null || value === undefined) return nullAs(to);
  if (logical === 'Decimal') return decimalOf(value, to, from);
  if (logical === 'Date') return dateOf(value, from);
  if (logical === 'Time') return timeOf(value, from);
  if (logical === 'Timestamp') return timestampOf(value, from);
  switch (to.type) {
    case 'boolean':
      return booleanOf(value, from);
    case 'float':
      return Math.fround(doubleOf(value, from));
    case 'double':
      return doubleOf(value, from);
    case 'string':
      return valueText(value, from);
    case 'bytes':
      return bytesOf(value);
    case 'array':
      return listOf(value, from);
    case 'map':
      return mapOf(value, from);
    case 'struct':
      if (from?.type === 'struct') return value;
      throw misfit(value, 'a struct', from);
    default:
      return isWholeType(to.type) ? wrappedWhole(longOf(value, from), to.type) : value;
  }
}

function nullAs(to: Schema): null {
  const needsValue = logicalTypeOf(to) !== undefined || /^(bytes|array|map|struct)$/.test(to.type);
  if (to.optional === true || !needsValue) return null;
  throw new DataError('Unable to convert a null value to a schema that requires a value');
}

function misfit(value: unknown, what: string, from: Schema | undefined, cause?: unknown): DataError {
  const shown = value instanceof Uint8Array ? 'bytes' : `"${javaText(value, from)}"`;
  return new DataError(`${shown} cannot be made ${what}`, cause === undefined ? undefined : { cause });
}

/** As 64 bits: what is larger wraps (a text's or a decimal's digits) or stops at the largest (a floating-point number). */
function longOf(value: unknown, from: Schema | undefined): bigint {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value);
  if (typeof value === 'number') return truncatedDouble(value, 64);
  if (value instanceof Decimal) return BigInt.asIntN(64, value.toBigInt());
  if (typeof value === 'string') {
    try {
      return BigInt.asIntN(64, Decimal.parse(value).toBigInt());
    } catch (cause) {
      throw misfit(value, 'a number', from, cause);
    }
  }
  if (value instanceof Date && logicalTypeOf(from) !== undefined) return BigInt(encodedDate(value, from!));
  throw misfit(value, 'a number', from);
}

function doubleOf(value: unknown, from: Schema | undefined): number {
  if (typeof value === 'number') return value;
  if (value instanceof Decimal) return value.toNumber();
  if (typeof value !== 'string') return Number(longOf(value, from));
  try {
    return Decimal.parse(value).toNumber();
  } catch (cause) {
    throw misfit(value, 'a number', from, cause);
  }
}

function booleanOf(value: unknown, from: Schema | undefined): boolean {
  if (typeof value === 'boolean') return value;
  const parsed = typeof value === 'string' ? parseValue(value)?.value : undefined;
  return typeof parsed === 'boolean' ? parsed : longOf(value, from) !== 0n;
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof Decimal) return value.toBytes();
  throw misfit(value, 'bytes', undefined);
}

function decimalOf(value: unknown, to: Schema, from: Schema | undefined): Decimal {
  if (value instanceof Uint8Array) return Decimal.fromBytes(value, scaleOf(to));
  if (value instanceof Decimal) return value;
  if (typeof value === 'string') return Decimal.parse(value);
  if (typeof value === 'bigint') return Decimal.of(Number(value));
  // As Java: by way of a double, whose text always has a fraction.
  if (typeof value === 'number') return Decimal.parse(javaText(value, { type: 'double' }));
  throw misfit(value, 'a decimal', from);
}

function parsedText(value: unknown): unknown {
  return typeof value === 'string' ? (parseValue(value)?.value ?? null) : value;
}

function intOf(value: unknown, from: Schema | undefined): number {
  return Number(BigInt.asIntN(32, longOf(value, from)));
}

function dateOf(given: unknown, from: Schema | undefined): Date {
  const value = parsedText(given);
  if (value instanceof Date) {
    if (from === undefined || logicalTypeOf(from) === 'Date' || typeof given === 'string') return value;
    if (logicalTypeOf(from) === 'Timestamp') return new Date(Math.trunc(value.getTime() / dayMs) * dayMs);
  }
  return decodedDate(intOf(value, from), { type: 'int32', name: 'org.apache.kafka.connect.data.Date' });
}

function timeOf(given: unknown, from: Schema | undefined): Date {
  const value = parsedText(given);
  if (value instanceof Date) {
    if (from === undefined || logicalTypeOf(from) === 'Time' || typeof given === 'string') return value;
    if (logicalTypeOf(from) === 'Timestamp') return new Date(modulo(value.getTime(), dayMs));
  }
  return decodedDate(intOf(value, from), { type: 'int32', name: 'org.apache.kafka.connect.data.Time' });
}

function timestampOf(given: unknown, from: Schema | undefined): Date {
  const value = parsedText(given);
  if (value instanceof Date) {
    if (from !== undefined && logicalTypeOf(from) !== undefined) encodedDate(value, from);
    return value;
  }
  return decodedDate(Number(longOf(value, from)), { type: 'int64' });
}

function listOf(given: unknown, from: Schema | undefined): readonly unknown[] {
  const value = parsedText(given);
  if (Array.isArray(value)) return value;
  throw misfit(given, 'a list', from);
}

function mapOf(given: unknown, from: Schema | undefined): object {
  const value = parsedText(given);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && from?.type !== 'struct';
  if (isObject && !(value instanceof Uint8Array) && !(value instanceof Date) && !(value instanceof Decimal))
    return value;
  throw misfit(given, 'a map', from);
}
