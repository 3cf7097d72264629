// What the source reads: tables, or one query. Works out which columns tell what is new, and refuses what cannot be read that way.

import { ConfigError, type SourcePartition } from '../../connect/api/index.js';
import { type ColumnReader, columnReader } from './column-reader.js';
import type { Database } from './database.js';
import { connectorError } from './database-error.js';
import { shownTable } from './identifier.js';
import type { PostgresSourceConfig } from './postgres-source-config.js';
import type { Criteria } from './round-sql.js';
import type { Column, TableShape } from './table-shape.js';

export interface ReadTarget {
  /** As it is called in errors and logs. */
  readonly name: string;
  /** The server's number of the table; undefined for a query. */
  readonly oid: string | undefined;
  readonly partition: SourcePartition;
  readonly topic: string;
  readonly criteria: Criteria;
  readonly columns: readonly { readonly name: string; readonly read: ColumnReader }[];
  /** Positions of the key's columns among them. */
  readonly key: readonly number[];
  /** What its reader should know of it. */
  readonly hints: readonly string[];
}

export function tableTarget(table: TableShape, config: PostgresSourceConfig): ReadTarget {
  const name = shownTable(table.name);
  const topic = topicOf(config, table.name.schema ?? 'public', table.name.table);
  return target(
    {
      name,
      oid: table.oid,
      topic,
      from: table.sql,
      hasTransactions: true,
      partition: { protocol: '1', table: name },
    },
    table,
    config,
  );
}

export async function queryTarget(database: Database, config: PostgresSourceConfig): Promise<ReadTarget> {
  const from = `(${config.query!.replace(/;\s*$/, '')})`;
  const columns = await queryColumns(database, from);
  const shape = { columns, primaryKey: [] };
  const partition = { query: 'query' };
  return target(
    { name: 'the query', oid: undefined, topic: config['topic.prefix'], from, hasTransactions: false, partition },
    shape,
    config,
  );
}

interface Place {
  readonly name: string;
  readonly oid: string | undefined;
  readonly topic: string;
  readonly from: string;
  readonly hasTransactions: boolean;
  readonly partition: SourcePartition;
}

function target(
  place: Place,
  shape: Pick<TableShape, 'columns' | 'primaryKey'>,
  config: PostgresSourceConfig,
): ReadTarget {
  const names = [...shape.columns.keys()];
  const keyColumns = config['key.columns'].length > 0 ? config['key.columns'] : shape.primaryKey;
  const criteria = criteriaOf(place, shape, config);
  return {
    name: place.name,
    oid: place.oid,
    partition: place.partition,
    topic: place.topic,
    criteria,
    hints: hintsOf(place, criteria, shape.columns),
    columns: [...shape.columns.values()].map(column => ({ name: column.name, read: columnReader(column, config) })),
    key: keyColumns.map(name => {
      required(shape.columns, name, 'key.columns', place.name);
      return names.indexOf(name);
    }),
  };
}

function criteriaOf(
  { name, from, hasTransactions }: Place,
  { columns, primaryKey }: Pick<TableShape, 'columns' | 'primaryKey'>,
  config: PostgresSourceConfig,
): Criteria {
  const isTimed = config.mode.startsWith('timestamp');
  const isGrowing = config.mode.endsWith('incrementing');
  const timestamp = isTimed ? config['timestamp.column.name'] : [];
  const times = timestamp.map(each => required(columns, each, 'timestamp.column.name', name));
  for (const column of times) {
    if (
      column.category !== 'D' ||
      column.typeName === 'interval' ||
      (column.typeName.startsWith('time') === false && column.typeName !== 'date')
    )
      throw new ConfigError(
        `timestamp.column.name: column "${column.name}" of ${name} is ${column.type}, which is no time of change`,
      );
  }
  const growing = isGrowing ? growingColumn(columns, primaryKey, config['incrementing.column.name'], name) : undefined;
  return {
    from,
    columns: [...columns.keys()],
    incrementing: growing?.name,
    timestamp,
    incrementingType: growing?.type ?? 'bigint',
    timestampType: times.length === 1 ? times[0]!.type : 'timestamptz',
    hasTransactions: hasTransactions && config.mode !== 'bulk',
    areIdsKept: hasTransactions && config.mode === 'incrementing' && /^int[248]$/.test(growing!.typeName),
    // Who is told apart by transaction need not be old: what was left for later would be left for ever.
    delayMs: isTimed && !hasTransactions ? config['timestamp.delay.interval.ms'] : 0,
  };
}

/** Rows without a mark are in no round. */
function hintsOf({ name }: Place, criteria: Criteria, columns: ReadonlyMap<string, Column>): readonly string[] {
  const { incrementing, timestamp } = criteria;
  const isNullable = (column: string): boolean => columns.get(column)!.isNullable;
  const hints: string[] = [];
  if (timestamp.length > 0 && timestamp.every(isNullable)) {
    hints.push(`${name}: rows without a time in ${timestamp.join(' or ')} are not read (the column may be null)`);
  }
  if (incrementing !== undefined && isNullable(incrementing)) {
    hints.push(`${name}: rows without a value in ${incrementing} are not read (the column may be null)`);
  }
  return hints;
}

function growingColumn(
  columns: ReadonlyMap<string, Column>,
  primaryKey: readonly string[],
  given: string,
  name: string,
): Column {
  const chosen = given !== '' ? given : primaryKey.length === 1 ? primaryKey[0]! : undefined;
  if (chosen === undefined) {
    throw new ConfigError(`incrementing.column.name must be set: ${name} has no primary key of one column`);
  }
  const column = required(columns, chosen, 'incrementing.column.name', name);
  if (column.category === 'N') return column;
  throw new ConfigError(
    `incrementing.column.name: column "${chosen}" of ${name} is ${column.type}, which does not grow`,
  );
}

function required(columns: ReadonlyMap<string, Column>, name: string, option: string, place: string): Column {
  const found = columns.get(name);
  if (found !== undefined) return found;
  throw new ConfigError(`${option}: ${place} has no column "${name}"`, { given: name, known: columns.keys() });
}

/** Characters that no topic may have become `_`, as with Debezium. */
export function topicOf(config: PostgresSourceConfig, schema: string, table: string): string {
  const parts: Readonly<Record<string, string>> = { prefix: config['topic.prefix'], schema, table };
  const topic = config['topic.format'].replace(/\$\{(\w+)\}/g, (found, name: string) => {
    if (parts[name] === undefined)
      throw new ConfigError(`topic.format: there is no ${found}`, { given: name, known: Object.keys(parts) });
    return parts[name];
  });
  return topic.replace(/[^a-zA-Z0-9._-]/gu, '_');
}

const typesSql = `SELECT b.oid::text AS oid, pg_catalog.format_type(b.oid, -1) AS type, b.typname AS name, b.typcategory AS category, e.typname AS element
  FROM pg_catalog.pg_type b LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
 WHERE b.oid = ANY($1::oid[])`;

async function queryColumns(database: Database, from: string): Promise<ReadonlyMap<string, Column>> {
  try {
    const { fields } = await database.query(`SELECT * FROM ${from} AS t LIMIT 0`);
    const { rows } = await database.query(typesSql, [fields.map(field => String(field.dataTypeID))]);
    const types = new Map((rows as Record<string, string>[]).map(row => [row['oid']!, Object.values(row)]));
    return new Map(
      fields.map(({ name, dataTypeID }) => {
        const [, type, typeName, category, elementType] = types.get(String(dataTypeID))!;
        const column: Column = {
          name,
          type: type!,
          typeName: typeName!,
          category: category!,
          elementType: elementType ?? undefined,
          isRequired: false,
          isNullable: false,
          isComputed: false,
          isIdentityAlways: false,
        };
        return [name, column];
      }),
    );
  } catch (error) {
    throw connectorError(error, 'looking at the query');
  }
}
