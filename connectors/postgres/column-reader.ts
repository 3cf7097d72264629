// What a column's text becomes in a record: a JavaScript value where it holds exactly the same, the server's text otherwise. So a sink that casts
// the text back to the type has the very value again, extremes included: `infinity`, NaN, microseconds, 38 digits.

import { type ArrayItems, parseArrayLiteral } from './array-literal.js';
import type { PostgresSourceConfig } from './postgres-source-config.js';
import type { Column } from './table-shape.js';

export type ColumnReader = (text: string) => unknown;

export function columnReader(column: Column, config: PostgresSourceConfig): ColumnReader {
  if (column.category === 'A') return arrayReader(column.elementType ?? 'text', config);
  return readerOf(column.typeName, config);
}

function readerOf(typeName: string, config: PostgresSourceConfig): ColumnReader {
  switch (typeName) {
    case 'int2':
    case 'int4':
    case 'oid':
      return Number;
    case 'int8':
      return whole;
    case 'float4':
    case 'float8':
      return fraction;
    case 'bool':
      return text => text === 't' || text === 'true';
    case 'numeric':
      return config['numeric.mapping'] === 'best_fit' ? bestFit : asItIs;
    case 'json':
    case 'jsonb':
      return config['json.mapping'] === 'value' ? text => JSON.parse(text) as unknown : asItIs;
    case 'bytea':
      return text => Buffer.from(text.slice(2), 'hex').toString('base64');
    case 'timestamptz':
      return zonedTime;
    case 'timestamp':
      return text => text.replace(/^(\d+-\d+-\d+) /, '$1T');
    default:
      return asItIs;
  }
}

function asItIs(text: string): string {
  return text;
}

/** Beyond 2^53 as text: most readers of JSON would round it. */
function whole(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** NaN and the infinities are no JSON: they stay text. */
function fraction(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) && !Object.is(value, -0) ? value : text;
}

/** The zeros that a scale adds (`20.00`) are no part of the value. Fifteen digits are what every double keeps. */
function bestFit(text: string): number | string {
  const value = Number(text);
  const shortest = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  if (String(value) === shortest) return value;
  const digits = shortest.replace(/^-?0*\.?0*/, '').replace('.', '');
  const isNormal = Math.abs(value) > 1e-300 && Math.abs(value) < 1e300;
  return isNormal && digits.replace(/0+$/, '').length <= 15 ? value : text;
}

/** `2024-02-29 13:14:15.123456+00` in ISO 8601; infinities and years before Christ as the server writes them. */
function zonedTime(text: string): string {
  return /^\d{4,6}-[^ ]* [^ ]*\+00$/.test(text) ? `${text.slice(0, -3).replace(' ', 'T')}Z` : text;
}

function arrayReader(elementType: string, config: PostgresSourceConfig): ColumnReader {
  const read = elementType === 'bytea' ? asItIs : readerOf(elementType, config);
  const readAll = (items: ArrayItems): unknown[] =>
    items.map(item => (item === null ? null : typeof item === 'string' ? read(item) : readAll(item)));
  return text => {
    const items = parseArrayLiteral(text);
    return items === undefined ? text : readAll(items);
  };
}
