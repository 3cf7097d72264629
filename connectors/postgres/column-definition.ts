// Which column a field would have: by its schema where there is one, as Kafka Connect's JDBC sink maps them; by the values seen otherwise.

import type { Schema } from '../../connect/api/index.js';

const byType: Readonly<Record<string, string>> = {
  int8: 'smallint',
  int16: 'smallint',
  int32: 'integer',
  int64: 'bigint',
  float: 'real',
  double: 'double precision',
  boolean: 'boolean',
  string: 'text',
  bytes: 'bytea',
  map: 'jsonb',
  struct: 'jsonb',
};

const byName: Readonly<Record<string, (schema: Schema) => string>> = {
  'org.apache.kafka.connect.data.Decimal': schema => `numeric(1000, ${schema.parameters?.['scale'] ?? 0})`,
  'org.apache.kafka.connect.data.Date': () => 'date',
  'org.apache.kafka.connect.data.Time': () => 'time',
  'org.apache.kafka.connect.data.Timestamp': () => 'timestamp',
  'io.debezium.data.Json': () => 'jsonb',
  'io.debezium.data.Uuid': () => 'uuid',
  'io.debezium.time.ZonedTimestamp': () => 'timestamptz',
};

export function columnType(value: unknown, schema: Schema | undefined): string {
  if (schema !== undefined) return typeOfSchema(schema);
  return typeOfValue(value) ?? 'text';
}

function typeOfSchema(schema: Schema): string {
  const named = schema.name === undefined ? undefined : byName[schema.name];
  if (named !== undefined) return named(schema);
  if (schema.type !== 'array') return byType[schema.type] ?? 'text';
  const items = schema.items === undefined ? 'text' : typeOfSchema(schema.items);
  return items === 'jsonb' || items.endsWith('[]') ? 'jsonb' : `${items}[]`;
}

/** Undefined for null, which says nothing. */
function typeOfValue(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'boolean';
    case 'bigint':
      return 'bigint';
    case 'number':
      // A whole number now may have a fraction later, and a column’s type is for ever.
      return Number.isInteger(value) ? 'bigint' : 'double precision';
    case 'object':
      if (value === null) return undefined;
      if (value instanceof Date) return 'timestamptz';
      return value instanceof Uint8Array ? 'bytea' : 'jsonb';
    default:
      return 'text';
  }
}

/** Of several types seen in one batch the widest. */
export function widestType(types: readonly string[]): string {
  const distinct = new Set(types);
  if (distinct.size === 1) return types[0]!;
  const isNumbers = [...distinct].every(type => type === 'bigint' || type === 'double precision');
  return isNumbers ? 'double precision' : distinct.has('jsonb') ? 'jsonb' : 'text';
}
