import { z } from 'zod';
import { DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { namedList } from '../api/read-settings.js';
import { defineTransform, type Valued } from '../api/transform.js';
import { fieldOf, fieldValue, requireFields, requireStruct, structWith } from './data-shape.js';

const spec = z.object({
  fields: namedList('Fields of the value that make the key.'),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('A field that is not set has the default of its schema.'),
});
const purpose = 'copying fields from value to key';

/** Kafka Connect's ValueToKey. */
export const valueToKey = defineTransform({
  name: 'ValueToKey',
  description: 'The key becomes an object of some fields of the value.',
  config: spec,
  start(options) {
    const replacesNull = options['replace.null.with.default'];
    return record => ({ ...record, key: keyOf(record.value, options.fields, replacesNull) });
  },
});

function keyOf({ schema, value }: Valued, names: readonly string[], replacesNull: boolean): Valued {
  if (schema === undefined) {
    const fields = requireFields(value, purpose);
    return { schema, value: Object.fromEntries(names.map(name => [name, fields[name] ?? null])) };
  }
  const struct = requireStruct(value, schema, purpose);
  const fields = [...new Set(names)].map(name => {
    const field = fieldOf(schema, name);
    if (field === undefined) throw new DataError(`Field does not exist: ${name}`);
    return field;
  });
  const values = fields.map(field => [field.field, fieldValue(struct, field, replacesNull)] as const);
  return structWith({ type: 'struct' }, fields, Object.fromEntries(values));
}
