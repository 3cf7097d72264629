// Writes many rows by one statement: a text array a column, unnested side by side. The server's input functions read the texts, so the columns'
// real types decide; arrays and composite values, which unnest would take apart, pass as text and are cast row by row.

import { CopyRows } from './copy-rows.js';
import { quoted } from './identifier.js';
import type { PostgresSinkConfig } from './postgres-sink-config.js';
import type { Column, TableShape } from './table-shape.js';
import type { StatementRows } from './waves.js';

export interface Statement {
  readonly text: string;
  readonly values: readonly string[];
}

export function statementFor(rows: StatementRows, mode: PostgresSinkConfig['insert.mode']): Statement {
  const columns = rows.columns.map(name => rows.table.columns.get(name)!);
  const values = columns.map((_, at) => arrayLiteral(rows, at));
  return { text: textOf(rows, columns, mode), values };
}

function textOf(rows: StatementRows, columns: readonly Column[], mode: PostgresSinkConfig['insert.mode']): string {
  if (rows.isDelete) return deleteSql(rows, columns);
  if (mode === 'update') return updateSql(rows, columns);
  return writeSql(rows.table, columns, rows.columns.slice(0, rows.keyCount).map(quoted), mode);
}

/** `key`: quoted. */
export function writeSql(
  table: TableShape,
  columns: readonly Column[],
  key: readonly string[],
  mode: 'insert' | 'upsert',
): string {
  const names = columns.map(column => quoted(column.name));
  const overriding = columns.some(column => column.isIdentityAlways) ? ' OVERRIDING SYSTEM VALUE' : '';
  const insert = `INSERT INTO ${table.sql} (${names.join(', ')})${overriding} SELECT ${taken(columns)} FROM ${given(columns)}`;
  if (mode === 'insert') return insert;
  const set = names.filter(name => !key.includes(name)).map(name => `${name} = EXCLUDED.${name}`);
  const action = set.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${set.join(', ')}`;
  return `${insert} ON CONFLICT (${key.join(', ')}) ${action}`;
}

function updateSql(rows: StatementRows, columns: readonly Column[]): string {
  const set = columns
    .slice(rows.keyCount)
    .map((column, at) => `${quoted(column.name)} = ${cast(column, rows.keyCount + at)}`);
  if (set.length === 0) return `SELECT 1 FROM ${given(columns)}`;
  return `UPDATE ${rows.table.sql} AS t SET ${set.join(', ')} FROM ${given(columns)} WHERE ${sameKey(rows, columns)}`;
}

function deleteSql(rows: StatementRows, columns: readonly Column[]): string {
  return `DELETE FROM ${rows.table.sql} AS t USING ${given(columns)} WHERE ${sameKey(rows, columns)}`;
}

function sameKey(rows: StatementRows, columns: readonly Column[]): string {
  return columns
    .slice(0, rows.keyCount)
    .map((column, at) => `t.${quoted(column.name)} = ${cast(column, at)}`)
    .join(' AND ');
}

function given(columns: readonly Column[]): string {
  const arrays = columns.map((column, at) => `$${at + 1}::${isTakenApart(column) ? 'text' : column.type}[]`);
  return `unnest(${arrays.join(', ')}) AS r(${columns.map((_, at) => `c${at}`).join(', ')})`;
}

function taken(columns: readonly Column[]): string {
  return columns.map(cast).join(', ');
}

function cast(column: Column, at: number): string {
  return isTakenApart(column) ? `r.c${at}::${column.type}` : `r.c${at}`;
}

/** Arrays and composite values: unnest would make several rows or columns of them. */
function isTakenApart({ category }: Column): boolean {
  return category === 'A' || category === 'C';
}

const special = /["\\]/;

/** `{"a","b",NULL}` */
function arrayLiteral({ rows }: StatementRows, at: number): string {
  let literal = '{';
  for (let index = 0; index < rows.length; index++) {
    if (index > 0) literal += ',';
    literal += literalItem(rows[index]!.texts[at]);
  }
  return `${literal}}`;
}

export function literalItem(text: string | null | undefined): string {
  if (text === null || text === undefined) return 'NULL';
  return special.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

/** COPY's text format. */
export function copyChunks({ rows, columns }: StatementRows): readonly Uint8Array[] {
  const copied = new CopyRows();
  for (const row of rows) {
    for (let at = 0; at < columns.length; at++) copied.field(row.texts[at] ?? null);
    copied.endRow();
  }
  return copied.chunks();
}

export function copySql(table: TableShape, columns: readonly string[]): string {
  return `COPY ${table.sql} (${columns.map(quoted).join(', ')}) FROM STDIN`;
}
