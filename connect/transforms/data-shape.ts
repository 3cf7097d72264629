// What transforms ask of a value: an object of fields without schema, or a struct with one.

import { DataError } from '../api/errors.js';
import type { Schema } from '../api/schema.js';
import { isValidValue } from '../api/values/valid-value.js';

export type Fields = Readonly<Record<string, unknown>>;
export type FieldSchema = Schema & { readonly field: string };

/** An object (or a Map) of fields, without schema. Throws DataError for anything else. */
export function requireFields(value: unknown, purpose: string): Fields {
  if (value instanceof Map) return Object.fromEntries(value) as Fields;
  if (isPlainObject(value)) return value;
  throw new DataError(`Only Map objects supported in absence of schema for [${purpose}], found: ${kindOf(value)}`);
}

/** A struct, as its schema says. */
export function requireStruct(value: unknown, schema: Schema, purpose: string): Fields {
  if (schema.type === 'struct' && isPlainObject(value)) return value;
  throw new DataError(`Only Struct objects supported for [${purpose}], found: ${kindOf(value)}`);
}

export function isPlainObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function fieldOf(schema: Schema, name: string): FieldSchema | undefined {
  return schema.fields?.find(({ field }) => field === name);
}

/**
 * A struct with other fields: schema and value. What its schema says beside its fields stays, but not that it is optional, as in Kafka Connect.
 * Throws DataError for fields without a name or with one name, for a required field that is not set and is not among `unset`, and for a value
 * that is not of its field's type.
 */
export function structWith(
  { name, version, doc, parameters }: Schema,
  fields: readonly FieldSchema[],
  values: Fields | null,
  unset: readonly string[] = [],
): { readonly schema: Schema; readonly value: Fields | null } {
  const basics = { name, version, doc, parameters };
  const said = Object.fromEntries(Object.entries(basics).filter(([, each]) => each !== undefined));
  for (const [index, { field }] of fields.entries()) {
    if (field === '') throw new DataError('a field needs a name');
    if (fields.findIndex(each => each.field === field) === index) continue;
    throw new DataError(`Cannot create field because of field name duplication ${field}`);
  }
  if (values !== null)
    for (const field of fields) if (!unset.includes(field.field)) requireValid(field, values[field.field] ?? null);
  return { schema: { type: 'struct', ...said, fields }, value: values };
}

function requireValid(field: FieldSchema, value: unknown): void {
  if (value === null && field.optional !== true) {
    throw new DataError(
      `Invalid value: null used for required field: "${field.field}", schema type: ${field.type.toUpperCase()}`,
    );
  }
  if (isValidValue(value, field)) return;
  throw new DataError(
    `field ${field.field} is of type ${field.type}, and what it holds (${kindOf(value)}) does not fit`,
  );
}

/** The schema of a field, without the field's name. */
export function schemaOfField({ field: _field, ...schema }: FieldSchema): Schema {
  return schema;
}

/** The value of a field; where it is not set, its default, if that is wanted. */
export function fieldValue(struct: Fields, field: FieldSchema, replacesNull: boolean): unknown {
  const value = struct[field.field] ?? null;
  return value === null && replacesNull && field.default !== undefined ? field.default : value;
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Uint8Array) return 'bytes';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
