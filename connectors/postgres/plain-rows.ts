// The short way for the usual case: objects without schema that all have the same fields, each of them a column of a table that is there. Texts go
// straight from the values into the statement, with nothing kept for each row. Whatever is different, a bad value too, takes the long way.

import type { FlatObject, SinkRecord } from '../../connect/api/index.js';
import { ColumnItems } from './column-items.js';
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
  const flatColumns = new FlatColumns(columns);
  const lastOfKey = new Map<unknown, FlatObject | readonly string[]>();
  for (const record of records) {
    const { flat } = record;
    if (flat !== undefined && !flatColumns.fit(flat.shape)) return undefined;
    const isTaken = flat !== undefined && flatColumns.take(flat);
    const rowKey = isTaken ? flatKeyOf(flat, keyAt) : keyOf(record.value, key);
    const row = isTaken ? flat : itemsOf(record, names, columns);
    if (rowKey === undefined || row === undefined) return undefined;
    lastOfKey.set(rowKey, row); // where the first for the key stood
  }
  const items = new ColumnItems(flatColumns);
  for (const row of lastOfKey.values()) {
    if ('shape' in row) items.addFlat(row);
    else items.add(row);
  }
  return { kind: 'query', text: writeSql(table, columns, key.map(quoted), 'upsert'), values: items.texts() };
}

function itemsOf(
  { value, valueSchema }: SinkRecord,
  names: readonly string[],
  columns: readonly Column[],
): readonly string[] | undefined {
  if (valueSchema !== undefined || !isPlainObject(value)) return undefined;
  const items: string[] = [];
  for (const name in value) {
    const at = items.length;
    if (name !== names[at]) return undefined;
    items.push(itemOf(value[name], columns[at]!));
  }
  return items.length === names.length ? items : undefined;
}

function itemOf(value: unknown, column: Column): string {
  const isBare = (typeof value === 'number' || typeof value === 'bigint') && column.category === 'N';
  return isBare ? String(value) : literalItem(valueText(value, column));
}

/** Numbers and texts only: of these the same value is the same key for any type. Undefined: no key to go by. */
function keyOf(value: unknown, key: readonly string[]): unknown {
  return isPlainObject(value) ? joinedKey(key.map(name => value[name])) : undefined;
}

/** The same, of the bytes. */
function flatKeyOf({ bytes, bounds, boundsAt }: FlatObject, keyAt: readonly number[]): unknown {
  const only =
    keyAt.length === 1 ? wholeOf(bytes, bounds[boundsAt + keyAt[0]! * 2]!, bounds[boundsAt + keyAt[0]! * 2 + 1]!) : -1;
  if (only >= 0) return only;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return joinedKey(
    keyAt.map(at => {
      const text = view.toString('utf8', bounds[boundsAt + at * 2], bounds[boundsAt + at * 2 + 1]);
      const value: unknown = JSON.parse(text);
      // It would have been read as a bigint.
      return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value;
    }),
  );
}

/** -1: not a short whole number. */
function wholeOf(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > 15) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function joinedKey(parts: readonly unknown[]): unknown {
  if (!parts.every(part => typeof part === 'number' || typeof part === 'string')) return undefined;
  return parts.length === 1 ? parts[0] : parts.join('\0');
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
