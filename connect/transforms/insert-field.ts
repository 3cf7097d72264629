import { z } from 'zod';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import type { Schema } from '../api/schema.js';
import { defineTransform, type TransformRecord } from '../api/transform.js';
import { type FieldSchema, fieldValue, requireFields, requireStruct, structWith } from './data-shape.js';

const spec = z.object({
  'topic.field': option
    .text()
    .optional()
    .describe('Field for the topic. A ! behind it makes it required, a ? optional (the default).'),
  'partition.field': option.text().optional().describe('Field for the partition.'),
  'offset.field': option.text().optional().describe('Field for the offset: sinks only.'),
  'timestamp.field': option.text().optional().describe('Field for the timestamp.'),
  'static.field': option.text().optional().describe('Field for the value of static.value.'),
  'static.value': option.text().optional().describe('What static.field holds.'),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('A field that is not set has the default of its schema.'),
});
const purpose = 'field insertion';

interface Insertion {
  readonly name: string;
  readonly schema: Schema;
  /** With a schema, a timestamp is a Date. */
  read(record: TransformRecord, hasSchema: boolean): unknown;
}

/** Kafka Connect's InsertField. */
export const insertField = defineTransform({
  name: 'InsertField',
  hasSides: true,
  description: 'Facts about the record, or a fixed text, become fields of its key or value.',
  config: spec,
  start(options, { side }) {
    const insertions = insertionsOf(options);
    if (insertions.length === 0) throw new ConfigError('No field insertion configured');
    const replacesNull = options['replace.null.with.default'];
    return record => {
      const { schema, value } = record[side];
      if (value === null) return record;
      const inserted = insertions.map(each => [each.name, each.read(record, schema !== undefined)] as const);
      if (schema === undefined) {
        const added = inserted.filter(([, each]) => each !== undefined);
        const all = { ...requireFields(value, purpose), ...Object.fromEntries(added) };
        return { ...record, [side]: { schema, value: all } };
      }
      const struct = requireStruct(value, schema, purpose);
      const before = (schema.fields ?? []).map(
        field => [field.field, fieldValue(struct, field, replacesNull)] as const,
      );
      const fields = [...(schema.fields ?? []), ...insertions.map(fieldOfInsertion)];
      const all = Object.fromEntries([...before, ...inserted.map(([name, each]) => [name, each ?? null] as const)]);
      const unset = inserted.filter(([, each]) => each === undefined).map(([name]) => name);
      return { ...record, [side]: structWith(schema, fields, all, unset) };
    };
  },
});

function insertionsOf(options: z.output<typeof spec>): readonly Insertion[] {
  const text: Schema = { type: 'string' };
  const time: Schema = { type: 'int64', name: 'org.apache.kafka.connect.data.Timestamp', version: 1 };
  return [
    insertion(options['topic.field'], text, record => record.topic ?? null),
    insertion(options['partition.field'], { type: 'int32' }, record => record.partition),
    insertion(options['offset.field'], { type: 'int64' }, ({ offset }) => {
      if (offset === undefined)
        throw new DataError(`Only SinkRecord supported for [${purpose}]: a source's record has no offset yet`);
      return offset;
    }),
    insertion(options['timestamp.field'], time, ({ timestamp }, hasSchema) =>
      timestamp === undefined || !hasSchema ? timestamp : new Date(timestamp),
    ),
    options['static.value'] === undefined
      ? undefined
      : insertion(options['static.field'], text, () => options['static.value']),
  ].filter(each => each !== undefined);
}

function insertion(given: string | undefined, schema: Schema, read: Insertion['read']): Insertion | undefined {
  if (given === undefined) return undefined;
  const isRequired = given.endsWith('!');
  const name = isRequired || given.endsWith('?') ? given.slice(0, -1) : given;
  return { name, schema: isRequired ? schema : { ...schema, optional: true }, read };
}

function fieldOfInsertion({ name, schema }: Insertion): FieldSchema {
  return { ...schema, field: name };
}
