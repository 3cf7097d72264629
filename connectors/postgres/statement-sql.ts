// Writes many rows by one statement: a text array a column, unnested side by side. The server's input functions read the texts, so the columns'
// real types decide; arrays and composite values, which unnest would take apart, pass as text and are cast row by row.

import { quoted } from './identifier.js';
import type { PostgresSinkConfig } from './postgres-sink-config.js';
import type { Column } from './table-shape.js';
import type { StatementRows } from './waves.js';

export interface Statement {
  readonly text: string;
  readonly values: readonly string[];
}

export function statementFor(rows: StatementRows, mode: PostgresSinkConfig['insert.mode']): Statement {
  const columns = rows.columns.map(name => rows.table.columns.get(name)!);
  const values = columns.map((_, at) => arrayLiteral(rows, at));
  return { text: rows.isDelete ? deleteSql(rows, columns) : writeSql(rows, columns, mode), values };
}

function writeSql(rows: StatementRows, columns: readonly Column[], mode: PostgresSinkConfig['insert.mode']): string {
  if (mode === 'update') return updateSql(rows, columns);
  const names = rows.columns.map(quoted);
  const overriding = columns.some(column => column.isIdentityAlways) ? ' OVERRIDING SYSTEM VALUE' : '';
  const insert = `INSERT INTO ${rows.table.sql} (${names.join(', ')})${overriding} SELECT ${taken(columns)} FROM ${given(columns)}`;
  if (mode === 'insert') return insert;
  const key = names.slice(0, rows.keyCount);
  const set = names.slice(rows.keyCount).map(name => `${name} = EXCLUDED.${name}`);
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
    const text = rows[index]!.texts[at];
    if (index > 0) literal += ',';
    if (text === null || text === undefined) literal += 'NULL';
    else literal += special.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
  }
  return `${literal}}`;
}

const copySpecial = /[\\\n\r\t]/;
const copyEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** COPY's text format. */
export function copyText({ rows, columns }: StatementRows): string {
  let text = '';
  for (const row of rows) {
    for (let at = 0; at < columns.length; at++) {
      const field = row.texts[at];
      if (at > 0) text += '\t';
      if (field === null || field === undefined) text += '\\N';
      else text += copySpecial.test(field) ? field.replace(/[\\\n\r\t]/g, found => copyEscapes[found]!) : field;
    }
    text += '\n';
  }
  return text;
}

export function copySql({ table, columns }: StatementRows): string {
  return `COPY ${table.sql} (${columns.map(quoted).join(', ')}) FROM STDIN`;
}
