// Reads text as the value that it looks like, with its schema: how headers that are text get their types (Kafka Connect's `Values.parseString`).
// `true`, `12`, `1.5`, `[1,2]`, `{"a":1}`, `2017-01-03`, `06:30:01.864Z`; anything else is a text. Whole numbers take the narrowest type that holds them.

import { DataError } from '../errors.js';
import type { Schema } from '../schema.js';
import { DateFormat } from './date-format.js';
import { decodedDate } from './date-number.js';
import { Decimal } from './decimal.js';
import { mergedSchema, narrowestWhole } from './infer-schema.js';
import { dateSchema, decimalSchema, logicalTypeOf, timeSchema, timestampSchema } from './logical-type.js';
import { TokenReader } from './token-reader.js';
import { wholeNumber } from './whole-number.js';

export interface ParsedValue {
  readonly schema: Schema;
  readonly value: unknown;
}

const temporals = [
  { length: 10, schema: dateSchema, format: new DateFormat('yyyy-MM-dd') },
  { length: 13, schema: timeSchema, format: new DateFormat("HH:mm:ss.SSS'Z'") },
  { length: 24, schema: timestampSchema, format: new DateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'") },
] as const;
/** Zeros that are worth writing out. */
const exponentMax = 5_000;

/** Undefined for the text `null`. */
export function parseValue(text: string): ParsedValue | undefined {
  if (text === '') return { schema: { type: 'string' }, value: text };
  return parsed(new TokenReader(text), false);
}

function parsed(tokens: TokenReader, isInside: boolean): ParsedValue | undefined {
  if (!tokens.hasNext) return undefined;
  if (isInside && tokens.take('"')) return quotedText(tokens);
  if (isLiteral(tokens, 'null', isInside)) return undefined;
  if (isLiteral(tokens, 'true', isInside)) return { schema: { type: 'boolean' }, value: true };
  if (isLiteral(tokens, 'false', isInside)) return { schema: { type: 'boolean' }, value: false };
  const start = tokens.mark();
  try {
    if (tokens.take('[')) return list(tokens);
    if (tokens.take('{')) return map(tokens);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    tokens.rewind(start);
  }
  const token = tokens.next();
  const trimmed = token.trim();
  if (trimmed === '') return { schema: { type: 'string' }, value: token };
  return simple(tokens, trimmed, isInside);
}

/** At the outside the word stands alone; inside, what follows is looked at by the list or map. */
function isLiteral(tokens: TokenReader, literal: string, isInside: boolean): boolean {
  const start = tokens.mark();
  if (tokens.take(literal) && (isInside || !tokens.hasNext)) return true;
  tokens.rewind(start);
  return false;
}

function simple(tokens: TokenReader, token: string, isInside: boolean): ParsedValue {
  const startsWithDigit = /^\p{Nd}/u.test(token);
  const temporal = startsWithDigit ? temporalOf(tokens, token) : undefined;
  if (temporal !== undefined) return temporal;
  const number = startsWithDigit || /^[+-]/.test(token) ? numberOf(token) : undefined;
  if (number !== undefined) return number;
  if (isInside) throw new DataError(`"${token}" is no value inside a list or map: texts stand in quotes there`);
  return { schema: { type: 'string' }, value: tokens.text };
}

/** A colon ends a token: a time is five of them. */
function temporalOf(tokens: TokenReader, token: string): ParsedValue | undefined {
  const start = tokens.mark();
  const more = tokens.nextMany(4);
  const whole = more === undefined ? undefined : instant(token + more);
  if (whole !== undefined) return whole;
  tokens.rewind(start);
  return instant(token);
}

function instant(token: string): ParsedValue | undefined {
  const text = token.replaceAll('\\:', ':');
  const temporal = temporals.find(({ length }) => length === text.length);
  const ms = temporal?.format.parse(text);
  return ms === undefined ? undefined : { schema: temporal!.schema, value: new Date(ms) };
}

function numberOf(token: string): ParsedValue | undefined {
  let decimal: Decimal;
  try {
    decimal = Decimal.parse(token);
  } catch {
    return undefined;
  }
  const { scale } = decimal;
  if (Math.abs(scale) <= exponentMax) {
    const whole = decimal.toBigInt();
    const isWhole = scale <= 0 || whole * 10n ** BigInt(scale) === decimal.unscaled;
    const type = isWhole ? narrowestWhole(whole) : undefined;
    if (type !== undefined) return { schema: { type }, value: wholeNumber(whole) };
  }
  const double = decimal.toNumber();
  const float = Math.fround(double);
  if (Number.isFinite(float) && scale !== 0) return { schema: { type: 'float' }, value: float };
  if (Number.isFinite(double) && scale !== 0) return { schema: { type: 'double' }, value: double };
  return { schema: decimalSchema(scale), value: decimal };
}

function quotedText(tokens: TokenReader): ParsedValue {
  let text = '';
  while (tokens.hasNext && !tokens.take('"')) text += tokens.next();
  return instant(text) ?? { schema: { type: 'string' }, value: text };
}

function list(tokens: TokenReader): ParsedValue {
  const items: unknown[] = [];
  const merged = new MergedSchema();
  while (tokens.hasNext) {
    if (tokens.take(']')) {
      const { schema } = merged;
      if (schema === undefined) return { schema: { type: 'array' }, value: items };
      return { schema: { type: 'array', items: schema }, value: items.map(item => aligned(schema, item)) };
    }
    if (tokens.take(',')) throw new DataError('an element of the list is missing');
    const item = parsed(tokens, true);
    merged.add(item?.schema);
    items.push(item?.value ?? null);
    const behind = tokens.mark();
    if (tokens.take(']')) tokens.rewind(behind);
    else if (!tokens.take(',')) throw new DataError('a comma between the elements of the list is missing');
  }
  throw new DataError('the end of the list is missing');
}

function map(tokens: TokenReader): ParsedValue {
  const entries: [unknown, unknown][] = [];
  const [keys, values] = [new MergedSchema(), new MergedSchema()];
  while (tokens.hasNext) {
    if (tokens.take('}')) return mapOf(entries, keys.schema, values.schema);
    if (tokens.take(',')) throw new DataError('an entry of the map is missing');
    const key = parsed(tokens, true);
    if (key === undefined) throw new DataError('a key of the map is null');
    if (!tokens.take(':')) throw new DataError('a colon behind a key of the map is missing');
    const value = parsed(tokens, true);
    entries.push([key.value, value?.value ?? null]);
    tokens.take(',');
    keys.add(key.schema);
    values.add(value?.schema);
  }
  throw new DataError('the end of the map is missing');
}

function mapOf(
  entries: readonly (readonly [unknown, unknown])[],
  keys: Schema | undefined,
  values: Schema | undefined,
): ParsedValue {
  const all = new Map(
    entries.map(([key, value]) => [
      keys === undefined ? key : aligned(keys, key),
      keys === undefined || values === undefined ? value : aligned(values, value),
    ]),
  );
  const isText = [...all.keys()].every(key => typeof key === 'string');
  const value = isText ? Object.fromEntries(all as Map<string, unknown>) : all;
  return {
    schema: {
      type: 'map',
      ...(keys !== undefined && { keys }),
      ...(keys !== undefined && values !== undefined && { values }),
    },
    value,
  };
}

/** As wide as its neighbours. A null among them has no place, and makes the whole a text. */
function aligned(schema: Schema, value: unknown): unknown {
  if (value === null) throw new DataError('null stands among values that are not');
  const isTemporal = logicalTypeOf(schema) !== undefined && schema.type !== 'bytes';
  if (isTemporal && (typeof value === 'number' || typeof value === 'bigint')) return decodedDate(Number(value), schema);
  if (value instanceof Date && !isTemporal) throw new DataError('a date stands among numbers');
  if (schema.type === 'float') return Math.fround(Number(value));
  return schema.type === 'double' ? Number(value) : value;
}

class MergedSchema {
  schema: Schema | undefined;
  #isCompatible = true;

  add(next: Schema | undefined): void {
    if (next === undefined || !this.#isCompatible) return;
    this.schema = this.schema === undefined ? next : mergedSchema(this.schema, next);
    this.#isCompatible = this.schema !== undefined;
  }
}
