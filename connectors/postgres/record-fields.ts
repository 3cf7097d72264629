import { DataError, type Schema, type SinkRecord } from '../../connect/api/index.js';
import type { PostgresSinkConfig } from './postgres-sink-config.js';

/** What a record says of one row. The fields of the key come first. */
export interface RecordFields {
  readonly record: SinkRecord;
  readonly names: readonly string[];
  readonly values: readonly unknown[];
  readonly schemas: readonly (Schema | undefined)[];
  readonly keyCount: number;
  readonly isDelete: boolean;
}

interface Field {
  readonly name: string;
  readonly value: unknown;
  readonly schema: Schema | undefined;
}

const kafkaColumns = ['__connect_topic', '__connect_partition', '__connect_offset'];
const kafkaSchemas: readonly Schema[] = [{ type: 'string' }, { type: 'int32' }, { type: 'int64' }];

/**
 * Takes a record apart. `primaryKey` is the table's own, where there is a table. Throws DataError for a record without the
 * key that the configuration asks for.
 */
export function recordFields(
  record: SinkRecord,
  config: PostgresSinkConfig,
  primaryKey: readonly string[],
): RecordFields {
  if (record.value === null || record.value === undefined) return deletion(record, config, primaryKey);
  const all = valueFields(record, config);
  const key = keyFields(record, all, config, primaryKey);
  const keyNames = new Set(key.map(field => field.name));
  const included = config['fields.include.list'];
  const others = all.filter(
    field => !keyNames.has(field.name) && (included.length === 0 || included.includes(field.name)),
  );
  const fields = [...key, ...others];
  if (fields.length === 0) throw new DataError(`the record has no field to write${amongIncluded(included)}`);
  return fieldsOf(record, fields, key.length, false);
}

function amongIncluded(included: readonly string[]): string {
  return included.length === 0 ? '' : `: none of its fields is in fields.include.list (${included.join(', ')})`;
}

function deletion(record: SinkRecord, config: PostgresSinkConfig, primaryKey: readonly string[]): RecordFields {
  if (!config['delete.enabled'])
    throw new DataError('the record has no value; delete.enabled=true makes such a record delete the row of its key');
  const key = keyFields(record, [], config, primaryKey);
  return fieldsOf(record, key, key.length, true);
}

function fieldsOf(record: SinkRecord, fields: readonly Field[], keyCount: number, isDelete: boolean): RecordFields {
  return {
    record,
    names: fields.map(field => field.name),
    values: fields.map(field => field.value),
    schemas: fields.map(field => field.schema),
    keyCount,
    isDelete,
  };
}

function valueFields(record: SinkRecord, config: PostgresSinkConfig): readonly Field[] {
  const { value, valueSchema } = record;
  if (isStruct(value)) return structFields(value, valueSchema);
  return [{ name: config['string.output.value.column.name'], value, schema: valueSchema }];
}

function keyFields(
  record: SinkRecord,
  all: readonly Field[],
  config: PostgresSinkConfig,
  primaryKey: readonly string[],
): readonly Field[] {
  const names = config['pk.fields'];
  switch (config['pk.mode']) {
    case 'none':
      return [];
    case 'kafka': {
      const values = [record.topic, record.partition, record.offset];
      return (names.length === 0 ? kafkaColumns : names).map((name, index) => ({
        name,
        value: values[index],
        schema: kafkaSchemas[index],
      }));
    }
    case 'record_key':
      return recordKeyFields(record, names, primaryKey);
    case 'record_value':
      return chosen(all, names.length > 0 ? names : primaryKey, 'value');
  }
}

function recordKeyFields(
  record: SinkRecord,
  names: readonly string[],
  primaryKey: readonly string[],
): readonly Field[] {
  const { key, keySchema } = record;
  if (key === null || key === undefined) throw new DataError('pk.mode=record_key, and the record has no key');
  if (isStruct(key)) {
    const fields = structFields(key, keySchema);
    return names.length === 0 ? fields : chosen(fields, names, 'key');
  }
  const only = names.length === 0 ? primaryKey : names;
  if (only.length !== 1) {
    throw new DataError(
      `the record’s key is no object, so pk.fields must name exactly one column (it names ${only.length})`,
    );
  }
  return [{ name: only[0]!, value: key, schema: keySchema }];
}

function chosen(fields: readonly Field[], names: readonly string[], where: 'key' | 'value'): readonly Field[] {
  if (names.length === 0)
    throw new DataError('pk.fields must name the columns of the key: the table has no primary key');
  return names.map(name => {
    const found = fields.find(field => field.name === name);
    if (found !== undefined && found.value !== null && found.value !== undefined) return found;
    const given = fields.map(field => field.name).join(', ');
    throw new DataError(
      `the record’s ${where} has no field "${name}", which is part of the row’s key (it has ${given})`,
    );
  });
}

function structFields(value: Readonly<Record<string, unknown>>, schema: Schema | undefined): readonly Field[] {
  if (schema?.fields !== undefined) {
    return schema.fields.map(field => ({ name: field.field, value: value[field.field], schema: field }));
  }
  return Object.entries(value).map(([name, each]) => ({ name, value: each, schema: undefined }));
}

function isStruct(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}
