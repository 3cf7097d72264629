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
  /** GENERATED ALWAYS AS (...): nobody may write it. */
  readonly isComputed: boolean;
  /** GENERATED ALWAYS AS IDENTITY. */
  readonly isIdentityAlways: boolean;
}

export interface TableShape {
  readonly name: TableName;
  /** Quoted, ready for SQL. */
  readonly sql: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** In the order of the key; empty without one. */
  readonly primaryKey: readonly string[];
}

const columnsSql = `
  SELECT a.attname, pg_catalog.format_type(b.oid, -1), b.typname, b.typcategory,
         e.typname, a.attnotnull AND NOT a.atthasdef AND a.attidentity = '', a.attgenerated <> '', a.attidentity = 'a'
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type b ON b.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
   WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY a.attnum`;
const keySql = `
  SELECT a.attname
    FROM pg_catalog.pg_index i
    JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) ON true
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
   WHERE i.indrelid = $1::oid AND i.indisprimary
   ORDER BY k.place`;

/** Undefined when there is no such table (or view, or partitioned table). */
export async function readTable(database: Database, name: TableName): Promise<TableShape | undefined> {
  const sql = quotedTable(name);
  const found = await database.query('SELECT to_regclass($1)::oid AS oid', [sql]);
  const oid = (found.rows[0] as { oid: string | null }).oid;
  if (oid === null) return undefined;
  const client = await database.client();
  const columns = await client.query({ text: columnsSql, values: [oid], rowMode: 'array' });
  const key = await client.query({ text: keySql, values: [oid], rowMode: 'array' });
  const entries = (columns.rows as (string | null)[][]).map(row => [row[0]!, columnOf(row)] as const);
  return { name, sql, columns: new Map(entries), primaryKey: (key.rows as string[][]).map(row => row[0]!) };
}

function columnOf(row: readonly (string | null)[]): Column {
  const [name, type, typeName, category, elementType, isRequired, isComputed, isIdentityAlways] = row;
  return {
    name: name!,
    type: type!,
    typeName: typeName!,
    category: category!,
    elementType: elementType ?? undefined,
    isRequired: isRequired === 't',
    isComputed: isComputed === 't',
    isIdentityAlways: isIdentityAlways === 't',
  };
}
