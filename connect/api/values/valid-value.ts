import type { Schema } from '../schema.js';
import { Decimal } from './decimal.js';
import { logicalTypeOf } from './logical-type.js';

/** Whether a value is of the kind that its schema says, inside as well; null fits what is optional. Ranges are not looked at. */
export function isValidValue(value: unknown, schema: Schema): boolean {
  if (value === null || value === undefined) return schema.optional === true;
  const logical = logicalTypeOf(schema);
  if (logical === 'Decimal') return value instanceof Decimal;
  if (logical !== undefined) return value instanceof Date;
  switch (schema.type) {
    case 'boolean':
    case 'string':
      return typeof value === schema.type;
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'bytes':
      return value instanceof Uint8Array;
    case 'array':
      return (
        Array.isArray(value) && value.every(item => schema.items === undefined || isValidValue(item, schema.items))
      );
    case 'map':
    case 'struct':
      return isValidObject(value, schema);
    default:
      return typeof value === 'bigint' || Number.isInteger(value);
  }
}

function isValidObject(value: unknown, { type, keys, values, fields }: Schema): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return false;
  if (value instanceof Date || value instanceof Decimal) return false;
  if (type === 'struct') {
    const held = value as Readonly<Record<string, unknown>>;
    return (fields ?? []).every(field => {
      const each = held[field.field] ?? null;
      return each === null ? field.optional === true || field.default !== undefined : isValidValue(each, field);
    });
  }
  const entries: readonly (readonly [unknown, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  return entries.every(
    ([key, each]) =>
      (keys === undefined || isValidValue(key, keys)) && (values === undefined || isValidValue(each, values)),
  );
}
