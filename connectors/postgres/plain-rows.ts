// The short way for the usual case: objects without schema that all have the same fields, each of them a column of a table that is there. Texts go
// straight from the values into the statement, with nothing kept for each row. Whatever is different, a bad value too, takes the long way.

import type { SinkRecord } from '../../connect/api/index.js';
import { CopyRows } from './copy-rows.js';
import { FlatColumns } from './flat-columns.js';
import { quoted } from './identifier.js';
import type { PostgresSinkConfig } from './postgres-sink-config.js';
import { copySql, literalItem, type Statement, writeSql } from './statement-sql.js';
import type { Column, TableShape } from './table-shape.js';
import { valueText } from './value-text.js';

export type PlainStatement =
  | { readonly kind: 'copy'; readonly sql: string; readonly chunks: readonly Uint8Array[] }
  | ({ readonly kind: 'query' } & Statement);

/** Undefined: these records have to go the long way. */
export function plainStatement(
  records: readonly SinkRecord[],
  table: TableShape,
  config: PostgresSinkConfig,
): PlainStatement | undefined {
  const columns = columnsOf(records[0]!, table);
  if (columns === undefined || config['fields.include.list'].length > 0) return undefined;
  try {
    if (config['insert.mode'] === 'insert')
      return config['pk.mode'] === 'none' ? copied(records, table, columns) : undefined;
    return config['insert.mode'] === 'upsert' && config['pk.mode'] === 'record_value'
      ? upserted(records, table, columns, config['pk.fields'])
      : undefined;
  } catch {
    return undefined; // the long way finds out which record it is
  }
}

function columnsOf({ value, valueSchema }: SinkRecord, table: TableShape): readonly Column[] | undefined {
  if (valueSchema !== undefined || !isPlainObject(value)) return undefined;
  const columns = Object.keys(value).map(name => table.columns.get(name));
  if (columns.length === 0 || !columns.every(column => column !== undefined && !column.isComputed)) return undefined;
  return columns as Column[];
}

function copied(
  records: readonly SinkRecord[],
  table: TableShape,
  columns: readonly Column[],
): PlainStatement | undefined {
  const names = columns.map(column => column.name);
  const rows = new CopyRows();
  const flatColumns = new FlatColumns(columns);
  for (const record of records) {
    const { flat } = record;
    if (flat !== undefined) {
      if (!flatColumns.fit(flat.shape)) return undefined;
      if (rows.flatRow(flat, flatColumns)) continue;
    }
    const { value, valueSchema } = record;
    if (valueSchema !== undefined || !isPlainObject(value)) return undefined;
    let at = 0;
    for (const name in value) {
      if (name !== names[at]) return undefined;
      const field = value[name];
      if (typeof field === 'number' && columns[at]!.category === 'N') rows.number(field);
      else rows.field(valueText(field, columns[at]!));
      at++;
    }
    if (at !== names.length) return undefined;
    rows.endRow();
  }
  return { kind: 'copy', sql: copySql(table, names), chunks: rows.chunks() };
}

/** One statement must not touch a row twice: what comes later for a key takes the place of the earlier. */
function upserted(
  records: readonly SinkRecord[],
  table: TableShape,
  columns: readonly Column[],
  pkFields: readonly string[],
): PlainStatement | undefined {
  const names = columns.map(column => column.name);
  const key = pkFields.length > 0 ? pkFields : table.primaryKey;
  const keyAt = key.map(name => names.indexOf(name));
  if (keyAt.length === 0 || keyAt.includes(-1)) return undefined;
  const items = columns.map(() => [] as string[]);
  const rowOfKey = new Map<unknown, number>();
  for (const { value, valueSchema } of records) {
    if (valueSchema !== undefined || !isPlainObject(value)) return undefined;
    const rowKey = keyOf(value, key);
    if (rowKey === undefined) return undefined;
    let row = rowOfKey.get(rowKey);
    if (row === undefined) {
      row = rowOfKey.size;
      rowOfKey.set(rowKey, row);
    }
    let at = 0;
    for (const name in value) {
      if (name !== names[at]) return undefined;
      items[at]![row] = itemOf(value[name], columns[at]!);
      at++;
    }
    if (at !== names.length) return undefined;
  }
  const text = writeSql(table, columns, key.map(quoted), 'upsert');
  return { kind: 'query', text, values: items.map(each => `{${each.join(',')}}`) };
}

function itemOf(value: unknown, column: Column): string {
  return typeof value === 'number' && column.category === 'N' ? `${value}` : literalItem(valueText(value, column));
}

/** Numbers and texts only: of these the same value is the same key for any type. Undefined: no key to go by. */
function keyOf(value: Readonly<Record<string, unknown>>, key: readonly string[]): unknown {
  const only = value[key[0]!];
  if (typeof only !== 'number' && typeof only !== 'string') return undefined;
  if (key.length === 1) return only;
  let text = `${only}`;
  for (let at = 1; at < key.length; at++) {
    const part = value[key[at]!];
    if (typeof part !== 'number' && typeof part !== 'string') return undefined;
    text += `\0${part}`;
  }
  return text;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
