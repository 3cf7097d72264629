import type { Database } from './database.js';
import { quotedTable, type TableName } from './identifier.js';

/** A column as the server has it. */
export interface Column {
  readonly name: string;
  /** As `format_type` writes it, without length or precision: those apply when the value is stored. */
  readonly type: string;
  /** The server's own name of the type, such as `int8`, `_text`, `jsonb`. */
  readonly typeName: string;
  /** Its letter in pg_type: N number, A array, E enum, D date and time, B boolean ... */
  readonly category: string;
  /** Of an array: the type of its elements. */
  readonly elementType: string | undefined;
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  /** GENERATED ALWAYS AS (...): nobody may write it. */
  readonly isComputed: boolean;
  /** GENERATED ALWAYS AS IDENTITY. */
  readonly isIdentityAlways: boolean;
}

/** A table by the server's own number of it: another one of the same name has another. */
export interface NumberedTable {
  readonly oid: string;
  readonly name: TableName;
}

export interface TableShape extends NumberedTable {
  /** Quoted, ready for SQL. */
  readonly sql: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** In the order of the key; empty without one. */
  readonly primaryKey: readonly string[];
}

const columnsSql = `
  SELECT a.attrelid::text, a.attname, pg_catalog.format_type(b.oid, -1), b.typname, b.typcategory,
         e.typname, a.attnotnull AND NOT a.atthasdef AND a.attidentity = '', a.attgenerated <> '', a.attidentity = 'a',
         NOT a.attnotnull
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type b ON b.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
   WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY a.attrelid, a.attnum`;
const keySql = `
  SELECT i.indrelid::text, a.attname
    FROM pg_catalog.pg_index i
    JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) ON true
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
   WHERE i.indrelid = ANY($1::oid[]) AND i.indisprimary
   ORDER BY i.indrelid, k.place`;

/** Undefined when there is no such table (or view, or partitioned table). */
export async function readTable(database: Database, name: TableName): Promise<TableShape | undefined> {
  const sql = quotedTable(name);
  const found = await database.query('SELECT to_regclass($1)::oid AS oid', [sql]);
  const oid = (found.rows[0] as { oid: string | null }).oid;
  return oid === null ? undefined : (await readTables(database, [{ oid, name }]))[0];
}

/** All in two questions. A table without columns, or gone meanwhile, has none. */
export async function readTables(database: Database, tables: readonly NumberedTable[]): Promise<readonly TableShape[]> {
  if (tables.length === 0) return [];
  const values = [`{${tables.map(({ oid }) => oid).join(',')}}`];
  const client = await database.client();
  const columns = await client.query({ text: columnsSql, values, rowMode: 'array' });
  const keys = await client.query({ text: keySql, values, rowMode: 'array' });
  const columnsOf = byTable(columns.rows as Row[], columnOf);
  const keysOf = byTable(keys.rows as Row[], ([name]) => name!);
  return tables.map(({ oid, name }) => ({
    oid,
    name,
    sql: quotedTable(name),
    columns: new Map((columnsOf.get(oid) ?? []).map(column => [column.name, column])),
    primaryKey: keysOf.get(oid) ?? [],
  }));
}

type Row = readonly (string | null)[];

/** Rows begin with the number of their table. */
function byTable<T>(rows: readonly Row[], of: (row: Row) => T): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const [oid, ...row] of rows) {
    const own = found.get(oid!);
    if (own === undefined) found.set(oid!, [of(row)]);
    else own.push(of(row));
  }
  return found;
}

function columnOf(row: Row): Column {
  const [name, type, typeName, category, elementType, isRequired, isComputed, isIdentityAlways, isNullable] = row;
  return {
    name: name!,
    type: type!,
    typeName: typeName!,
    category: category!,
    elementType: elementType ?? undefined,
    isRequired: isRequired === 't',
    isNullable: isNullable === 't',
    isComputed: isComputed === 't',
    isIdentityAlways: isIdentityAlways === 't',
  };
}
