import { z } from 'zod';
import { DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { defineTransform, type Valued } from '../api/transform.js';
import { fieldOf, fieldValue, isPlainObject, requireFields, requireStruct, schemaOfField } from './data-shape.js';
import { fieldPath } from './field-path.js';

const spec = z.object({
  field: option.text().describe('The field to take.'),
  'field.syntax.version': option
    .choice(['V1', 'V2'])
    .default('V1')
    .describe('V2: dots lead into nested fields, backticks hold names with dots.'),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('A field that is not set has the default of its schema.'),
});
const purpose = 'field extraction';

/** Kafka Connect's ExtractField. */
export const extractField = defineTransform({
  name: 'ExtractField',
  hasSides: true,
  description: 'The key or value becomes one of its fields.',
  config: spec,
  start(options, { side }) {
    const path = fieldPath(options.field, options['field.syntax.version']);
    const replacesNull = options['replace.null.with.default'];
    return record => ({ ...record, [side]: extracted(record[side], path, options.field, replacesNull) });
  },
});

function extracted({ schema, value }: Valued, path: readonly string[], given: string, replacesNull: boolean): Valued {
  if (schema === undefined) {
    let found: unknown = value === null ? null : requireFields(value, purpose);
    for (const step of path) found = isPlainObject(found) ? (found[step] ?? null) : null;
    return { schema, value: found };
  }
  let [current, found] = [schema, value];
  if (value !== null) requireStruct(value, schema, purpose);
  for (const step of path) {
    const field = fieldOf(current, step);
    if (field === undefined) throw new DataError(`Unknown field: ${given}`);
    found = isPlainObject(found) ? fieldValue(found, field, replacesNull) : null;
    current = schemaOfField(field);
  }
  return { schema: current, value: found };
}
