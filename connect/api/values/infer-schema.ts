// What a value that comes without schema is. A plain number has no width: whole ones are int64, others double.

import type { Schema, SchemaType } from '../schema.js';
import { isWholeType, type WholeType } from './whole-number.js';

/** Undefined where a schema cannot be told: of dates and decimals, of empty lists and maps, and of those whose elements differ. */
export function inferSchema(value: unknown): Schema | undefined {
  switch (typeof value) {
    case 'string':
      return { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
      return { type: Number.isSafeInteger(value) && !Object.is(value, -0) ? 'int64' : 'double' };
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? { type: 'int64' } : undefined;
    default:
      break;
  }
  if (value instanceof Uint8Array) return { type: 'bytes' };
  if (Array.isArray(value)) {
    const items = inferredElement(value);
    return items && { type: 'array', items };
  }
  if (!isMap(value)) return undefined;
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  const keys = inferredElement(entries.map(([key]) => key));
  const values = inferredElement(entries.map(([, each]) => each));
  return keys && values && { type: 'map', keys, values };
}

function isMap(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return value instanceof Map || prototype === Object.prototype || prototype === null;
}

/** Of elements of one type; null makes it optional. */
function inferredElement(elements: readonly unknown[]): Schema | undefined {
  const known = elements.filter(element => element !== null).map(inferSchema);
  const [first] = known;
  if (first === undefined || known.some(each => each?.type !== first.type)) return undefined;
  // As Kafka Connect's: the type alone, not what is inside.
  return { type: first.type, ...(known.length < elements.length && { optional: true }) };
}

const ranks: readonly SchemaType[] = ['int8', 'int16', 'int32', 'int64', 'float', 'double'];

/** A schema for values of either; undefined where there is none. */
export function mergedSchema(first: Schema, second: Schema): Schema | undefined {
  if (first.type === second.type) return second;
  const [low, high] = [ranks.indexOf(first.type), ranks.indexOf(second.type)];
  if (low < 0 || high < 0) return undefined;
  return low > high ? first : second;
}

/** The narrowest whole type that holds it; undefined beyond int64. */
export function narrowestWhole(value: bigint): WholeType | undefined {
  return ranks.filter(isWholeType).find(type => BigInt.asIntN(Number(type.slice(3)), value) === value);
}
