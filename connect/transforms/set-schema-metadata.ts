import { z } from 'zod';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { defineTransform } from '../api/transform.js';
import { fieldValue, requireStruct, structWith } from './data-shape.js';

const spec = z.object({
  'schema.name': option.text().optional().describe('The name that the schema gets.'),
  'schema.version': option
    .integer(-(2 ** 31), 2 ** 31 - 1)
    .optional()
    .describe('The version that the schema gets.'),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('A field that is not set has the default of its schema.'),
});

/** Kafka Connect's SetSchemaMetadata. */
export const setSchemaMetadata = defineTransform({
  name: 'SetSchemaMetadata',
  hasSides: true,
  description: 'Another name or version for the schema of the key or value.',
  config: spec,
  start(options, { side }) {
    const name = options['schema.name'];
    const version = options['schema.version'];
    const replacesNull = options['replace.null.with.default'];
    if (name === undefined && version === undefined)
      throw new ConfigError('Neither schema name nor version configured');
    return record => {
      const { schema, value } = record[side];
      if (schema === undefined && value === null) return record;
      if (schema === undefined) throw new DataError('Schema required for [updating schema metadata]');
      if (schema.type !== 'struct') {
        throw new DataError(
          `SetSchemaMetadata works on structs, as Kafka Connect's does, and this is of type ${schema.type}`,
        );
      }
      const renamed = { ...schema, ...(name !== undefined && { name }), ...(version !== undefined && { version }) };
      if (value === null) return { ...record, [side]: { schema: renamed, value } };
      const struct = requireStruct(value, schema, 'updating schema metadata');
      const fields = schema.fields ?? [];
      const values = fields.map(field => [field.field, fieldValue(struct, field, replacesNull)] as const);
      const { value: valid } = structWith(schema, fields, Object.fromEntries(values));
      return { ...record, [side]: { schema: renamed, value: valid } };
    };
  },
});
