import { z } from 'zod';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { namedList } from '../api/read-settings.js';
import { defineTransform, type TransformHeader, type Valued } from '../api/transform.js';
import { fieldOf, fieldValue, requireFields, requireStruct, schemaOfField, structWith } from './data-shape.js';

const spec = z.object({
  fields: namedList('Fields whose values become headers.'),
  headers: namedList('Names of those headers, in the same order.'),
  operation: option.choice(['move', 'copy']).describe('Whether the fields stay.'),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('A field that is not set has the default of its schema.'),
});
const purpose = 'header from';

/** Kafka Connect's HeaderFrom. */
export const headerFrom = defineTransform({
  name: 'HeaderFrom',
  hasSides: true,
  description: 'Fields of the key or value become headers.',
  config: spec,
  start(options, { side }) {
    const { fields, headers, operation } = options;
    if (fields.length !== headers.length)
      throw new ConfigError("'fields' config must have the same number of elements as 'headers' config.");
    const replacesNull = options['replace.null.with.default'];
    return record => {
      const added = fields.map((field, index) => headerOf(record[side], field, headers[index]!, replacesNull));
      const rest = operation === 'move' ? without(record[side], fields, replacesNull) : record[side];
      return { ...record, [side]: rest, headers: [...record.headers, ...added] };
    };
  },
});

function headerOf({ schema, value }: Valued, name: string, key: string, replacesNull: boolean): TransformHeader {
  if (schema === undefined) return { key, schema, value: requireFields(value, purpose)[name] ?? null };
  const struct = requireStruct(value, schema, purpose);
  const field = fieldOf(schema, name);
  if (field === undefined) throw new DataError(`Field does not exist: ${name}`);
  const held = fieldValue(struct, field, replacesNull);
  if (held === null && field.optional !== true) {
    throw new DataError(`A null value requires an optional schema but was that of the required field ${name}`);
  }
  return { key, schema: schemaOfField(field), value: held };
}

function without({ schema, value }: Valued, names: readonly string[], replacesNull: boolean): Valued {
  if (schema === undefined) {
    const entries = Object.entries(requireFields(value, purpose)).filter(([field]) => !names.includes(field));
    return { schema, value: Object.fromEntries(entries) };
  }
  const struct = requireStruct(value, schema, purpose);
  const fields = (schema.fields ?? []).filter(({ field }) => !names.includes(field));
  const values = fields.map(field => [field.field, fieldValue(struct, field, replacesNull)] as const);
  return structWith(schema, fields, Object.fromEntries(values));
}
