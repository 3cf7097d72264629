import { quoted } from './identifier.js';
import type { Marks, ReadPosition } from './read-position.js';

/** What tells new rows from old ones in one table or query. */
export interface Criteria {
  /** What stands behind FROM. */
  readonly from: string;
  /** Named one by one: a column added or dropped meanwhile must not move the others. */
  readonly columns: readonly string[];
  readonly incrementing: string | undefined;
  readonly timestamp: readonly string[];
  /** The columns' own types: an index is of use only to a value of the same type. */
  readonly incrementingType: string;
  readonly timestampType: string;
  /** Whether rows have an xmin: tables have, queries and views have not. */
  readonly hasTransactions: boolean;
  /** Whether a row is new is told by its id alone, a whole number: a row that was updated is not. */
  readonly areIdsKept: boolean;
  readonly delayMs: number;
}

/** Of a snapshot of the database. */
export interface RoundLimits {
  /** All transactions below that could write here have ended. */
  readonly bound: bigint;
  /** No transaction from here on has ended yet. */
  readonly next: bigint;
}

export interface RoundQuery {
  readonly text: string;
  readonly values: readonly string[];
}

/**
 * The rows of a round, in the order of their marks. Each begins with its marks: id, time, place.
 * A sweep looks at the whole table, any other round above the floor only.
 */
export function roundQuery(
  criteria: Criteria,
  position: ReadPosition,
  limits: RoundLimits,
  isSweep: boolean,
): RoundQuery {
  const values: string[] = [];
  const parameter = (value: string, type: string): string => `$${values.push(value)}::${type}`;
  const order = orderOf(criteria);
  const conditions = order.filter(term => term.isMark).map(({ sql }) => `${sql} IS NOT NULL`);
  if (criteria.hasTransactions)
    conditions.push(...byTransaction(criteria, order, position, limits, isSweep, parameter));
  else conditions.push(...behind(order, position.floor, '>', parameter));
  if (position.round !== undefined) {
    // Rows of a query that have the same time are told apart by nothing: they are read again rather than left out.
    const isTie = !criteria.hasTransactions && criteria.incrementing === undefined;
    conditions.push(...behind(order, position.round.last, isTie ? '>=' : '>', parameter));
  }
  if (criteria.delayMs > 0) conditions.push(`${order[0]!.sql} < now() - interval '${criteria.delayMs} milliseconds'`);
  const id = criteria.incrementing === undefined ? 'NULL' : `${ofRow(criteria.incrementing)}::text`;
  const at = criteria.timestamp.length === 0 ? 'NULL' : `(${timeSql(criteria.timestamp)})::text`;
  const row = criteria.hasTransactions ? `t.tableoid::text || ' ' || t.ctid::text` : 'NULL';
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const orderBy = order.length === 0 ? '' : ` ORDER BY ${order.map(({ sql }) => sql).join(', ')}`;
  const text = `SELECT ${[id, at, row, ...criteria.columns.map(ofRow)].join(', ')} FROM ${criteria.from} AS t${where}${orderBy}`;
  return { text, values };
}

type Parameter = (value: string, type: string) => string;

interface OrderTerm {
  readonly sql: string;
  /** A column that tells what is new, not the place of the row. */
  readonly isMark: boolean;
  readonly type: string;
  of(marks: Marks): string | undefined;
}

function orderOf(criteria: Criteria): readonly OrderTerm[] {
  const { incrementing, timestamp, incrementingType, timestampType } = criteria;
  const terms: OrderTerm[] = [];
  if (timestamp.length > 0) {
    terms.push({ sql: timeSql(timestamp), isMark: true, type: timestampType, of: marks => marks.timestamp });
  }
  if (incrementing !== undefined) {
    terms.push({ sql: ofRow(incrementing), isMark: true, type: incrementingType, of: marks => marks.incrementing });
  }
  if (!criteria.hasTransactions) return terms;
  return [
    ...terms,
    { sql: 't.tableoid', isMark: false, type: 'oid', of: marks => marks.row?.split(' ')[0] },
    { sql: 't.ctid', isMark: false, type: 'tid', of: marks => marks.row?.split(' ')[1] },
  ];
}

/** Rows above the floor of transactions from the position's bound up to the limits'; a sweep: and those below it from `swept`. */
function byTransaction(
  { timestamp }: Criteria,
  order: readonly OrderTerm[],
  { bound, swept, floor }: ReadPosition,
  limits: RoundLimits,
  isSweep: boolean,
  parameter: Parameter,
): string[] {
  const xid = xidSql(parameter(String(limits.next), 'bigint'));
  const conditions = [`${xid} < ${parameter(String(limits.bound), 'bigint')}`];
  const from = (id: bigint): string => `${xid} >= ${parameter(String(id), 'bigint')}`;
  if (isSweep && bound !== undefined && bound === swept) return [...conditions, from(bound)];
  // Times may be the same; ids that grow are not, and of an offset set by hand the last row was read.
  const above = behind(order.slice(0, 1), floor, timestamp.length > 0 ? '>=' : '>', parameter);
  if (!isSweep || bound === undefined || swept === undefined || above.length === 0) {
    return [...conditions, ...above, ...(bound === undefined ? [] : [from(bound)])];
  }
  return [...conditions, `(${from(bound)} OR (${from(swept)} AND NOT ${above[0]}))`];
}

/** Behind these marks in the order of the round. */
function behind(order: readonly OrderTerm[], marks: Marks, operator: '>' | '>=', parameter: Parameter): string[] {
  const known = order.filter(term => term.of(marks) !== undefined);
  if (known.length === 0) return [];
  const given = known.map(term => parameter(term.of(marks)!, term.type));
  return [`(${known.map(({ sql }) => sql).join(', ')}) ${operator} (${given.join(', ')})`];
}

function ofRow(column: string): string {
  return `t.${quoted(column)}`;
}

function timeSql(columns: readonly string[]): string {
  return columns.length === 1 ? ofRow(columns[0]!) : `coalesce(${columns.map(ofRow).join(', ')})`;
}

/** The 64-bit id of the transaction that wrote a row; the row itself holds the lower 32 bits. */
function xidSql(next: string): string {
  return `(${next} - ((${next} & 4294967295) - t.xmin::text::bigint + 4294967296) % 4294967296)`;
}
