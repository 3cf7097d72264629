// Schemas as the envelope spells them: {"type":"struct","fields":[...],"optional":false,"name":...}.

import { DataError } from '../api/errors.js';
import type { Schema, SchemaType } from '../api/schema.js';

const types: ReadonlySet<string> = new Set<SchemaType>([
  'boolean',
  'int8',
  'int16',
  'int32',
  'int64',
  'float',
  'double',
  'bytes',
  'string',
  'array',
  'map',
  'struct',
]);

type Json = Readonly<Record<string, unknown>>;

/** `presetOf`: what a default stands for. Throws DataError for what is no schema. */
export function readSchema(json: unknown, presetOf: (payload: unknown, schema: Schema) => unknown): Schema {
  const { type } = isObject(json) ? json : { type: undefined };
  if (!isObject(json) || typeof type !== 'string') throw new DataError("Schema must contain 'type' field");
  if (!types.has(type)) throw new DataError(`Unknown schema type: ${type}`);
  const { optional, name, version, doc, parameters } = json;
  const schema: Schema = {
    type: type as SchemaType,
    ...parts(json, type as SchemaType, presetOf),
    ...(optional === true && { optional }),
    ...(typeof name === 'string' && { name }),
    ...(Number.isInteger(version) && { version: version as number }),
    ...(typeof doc === 'string' && { doc }),
    ...(parameters !== undefined && parameters !== null && { parameters: readParameters(parameters) }),
  };
  if (json['default'] === undefined) return schema;
  const preset = presetOf(json['default'], schema);
  return preset === null ? schema : { ...schema, default: preset };
}

function parts(json: Json, type: SchemaType, presetOf: (payload: unknown, schema: Schema) => unknown): Partial<Schema> {
  const part = (name: string, missing: string) => {
    if (json[name] === undefined || json[name] === null) throw new DataError(missing);
    return readSchema(json[name], presetOf);
  };
  switch (type) {
    case 'array':
      return { items: part('items', 'Array schema did not specify the element type') };
    case 'map':
      return {
        keys: part('keys', 'Map schema did not specify the key type'),
        values: part('values', 'Map schema did not specify the value type'),
      };
    case 'struct':
      return { fields: readFields(json['fields'], presetOf) };
    default:
      return {};
  }
}

function readFields(json: unknown, presetOf: (payload: unknown, schema: Schema) => unknown): Schema['fields'] {
  if (!Array.isArray(json)) throw new DataError('Struct schema\'s "fields" argument is not an array.');
  const names = new Set<string>();
  return (json as readonly unknown[]).map(each => {
    const field = isObject(each) ? each['field'] : undefined;
    if (typeof field !== 'string' || field === '')
      throw new DataError("Struct schema's field name not specified properly");
    if (names.has(field)) throw new DataError(`Cannot create field because of field name duplication ${field}`);
    names.add(field);
    return { ...readSchema(each, presetOf), field };
  });
}

function readParameters(json: unknown): Schema['parameters'] {
  if (!isObject(json)) throw new DataError('Schema parameters must be an object.');
  if (Object.values(json).every(value => typeof value === 'string')) return json as Readonly<Record<string, string>>;
  throw new DataError('Schema parameters must have string values.');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON text of a schema, in Kafka Connect's order of its parts. `textOf`: that of a default. */
export function schemaText(schema: Schema, textOf: (value: unknown, schema: Schema) => string, field?: string): string {
  const { type, items, keys, values, fields, name, version, doc, parameters } = schema;
  const texts: string[] = [`"type":"${type}"`];
  if (items !== undefined) texts.push(`"items":${schemaText(items, textOf)}`);
  if (keys !== undefined) texts.push(`"keys":${schemaText(keys, textOf)}`);
  if (values !== undefined) texts.push(`"values":${schemaText(values, textOf)}`);
  if (type === 'struct') {
    const each = (fields ?? []).map(one => schemaText(one, textOf, one.field));
    texts.push(`"fields":[${each.join(',')}]`);
  }
  texts.push(`"optional":${schema.optional === true}`);
  if (name !== undefined) texts.push(`"name":${JSON.stringify(name)}`);
  if (version !== undefined) texts.push(`"version":${version}`);
  if (doc !== undefined) texts.push(`"doc":${JSON.stringify(doc)}`);
  if (parameters !== undefined) texts.push(`"parameters":${JSON.stringify(parameters)}`);
  if (schema.default !== undefined) texts.push(`"default":${textOf(schema.default, schema)}`);
  if (field !== undefined) texts.push(`"field":${JSON.stringify(field)}`);
  return `{${texts.join(',')}}`;
}
