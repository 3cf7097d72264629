// The JSON text of a value that comes without schema: as JSON.stringify, which does the work where it can. Whole numbers of any size, bytes (base64),
// dates, decimals (texts) and maps are written besides.

import { DataError } from '../errors.js';
import { Decimal } from './decimal.js';

/** What JSON.stringify would give, for every value that flows through connectors. Throws DataError for what has no JSON, such as a function. */
export function jsonText(value: unknown): string {
  if (isPlain(value)) return JSON.stringify(value);
  const text = exactJson(value, 'value');
  if (text !== undefined) return text;
  throw new DataError(
    `the json converter cannot write a value of type ${typeof value}: null, or leaving the record out, says "nothing"`,
  );
}

/** Whether JSON.stringify writes it as it should be. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && (value !== 0 || !Object.is(value, -0));
    case 'object':
      return value === null || (Array.isArray(value) ? value.every(isPlainElement) : isPlainObject(value));
    default:
      return false;
  }
}

function isPlainElement(value: unknown): boolean {
  return value === undefined || isPlain(value);
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) {
    const part = (value as Readonly<Record<string, unknown>>)[key];
    if (part !== undefined && !isPlain(part)) return false;
  }
  return true;
}

/** Undefined for undefined, as JSON.stringify. */
function exactJson(value: unknown, place: string): string | undefined {
  if (value === undefined) return undefined;
  switch (typeof value) {
    case 'bigint':
      return String(value);
    case 'number':
      return doubleJson(Object.is(value, -0) ? '-0.0' : String(value));
    case 'function':
    case 'symbol':
      throw new DataError(`${place}: the json converter cannot write a ${typeof value}`);
    default:
      break;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof Uint8Array) return base64Json(value);
  if (value instanceof Decimal) return `"${value.toString()}"`;
  if (Array.isArray(value))
    return `[${value.map((item, at) => exactJson(item, `${place}[${at}]`) ?? 'null').join(',')}]`;
  if (value instanceof Map) return mapJson(value, place);
  const { toJSON } = value as { toJSON?: () => unknown };
  if (typeof toJSON === 'function') return exactJson(toJSON.call(value), place);
  return objectJson(Object.entries(value), place);
}

function objectJson(entries: readonly (readonly [string, unknown])[], place: string): string {
  const texts = entries.map(([key, each]) => [key, exactJson(each, `${place}.${key}`)] as const);
  const written = texts.filter(([, text]) => text !== undefined);
  return `{${written.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;
}

/** A list of pairs, where a key is no text. */
function mapJson(map: ReadonlyMap<unknown, unknown>, place: string): string {
  const entries = [...map];
  if (entries.every(([key]) => typeof key === 'string')) return objectJson(entries as [string, unknown][], place);
  return `[${entries.map(pair => exactJson(pair, place)).join(',')}]`;
}

/** JSON has no NaN and no infinities. */
export function doubleJson(text: string): string {
  return /^-?[\d]/.test(text) ? text : `"${text}"`;
}

/** As Connect's JSON has them. */
export function base64Json(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}"`;
}
