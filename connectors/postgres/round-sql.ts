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
  readonly delayMs: number;
}

/** What a round may see: all transactions below `bound` that could write here have ended. */
export interface RoundLimits {
  readonly bound: bigint;
  /** No transaction from here on has ended yet. */
  readonly next: bigint;
}

export interface RoundQuery {
  readonly text: string;
  readonly values: readonly string[];
}

/** The rows of a round, in the order of their marks. */
export function roundQuery(criteria: Criteria, position: ReadPosition, limits: RoundLimits): RoundQuery {
  const values: string[] = [];
  const parameter = (value: string, type: string): string => `$${values.push(value)}::${type}`;
  const conditions: string[] = [];
  const { from, incrementing, timestamp, incrementingType, timestampType } = criteria;
  const id = incrementing === undefined ? undefined : ofRow(incrementing);
  const at = timeSql(timestamp);
  const marked: MarkSql = { id, at, incrementingType, timestampType, parameter };

  if (criteria.hasTransactions) {
    const xid = xidSql(parameter(String(limits.next), 'bigint'));
    conditions.push(`${xid} < ${parameter(String(limits.bound), 'bigint')}`);
    if (position.bound !== undefined) conditions.push(`${xid} >= ${parameter(String(position.bound), 'bigint')}`);
    if (position.round !== undefined) {
      const after = afterSql(marked, position.round.last, '>=');
      conditions.push(`(${xid} >= ${parameter(String(position.round.bound), 'bigint')} OR ${after})`);
    }
  }
  const { floor } = position;
  if (id !== undefined) {
    conditions.push(`${id} IS NOT NULL`);
    if (at === undefined && floor.incrementing !== undefined)
      conditions.push(`${id} > ${parameter(floor.incrementing, incrementingType)}`);
  }
  if (at !== undefined) {
    conditions.push(`${at} IS NOT NULL`);
    if (floor.timestamp !== undefined) {
      conditions.push(
        criteria.hasTransactions
          ? `${at} >= ${parameter(floor.timestamp, timestampType)}`
          : afterSql(marked, floor, '>'),
      );
    }
    if (criteria.delayMs > 0) conditions.push(`${at} < now() - interval '${criteria.delayMs} milliseconds'`);
  }
  const order = [at, id].filter(each => each !== undefined);
  const marks = [id === undefined ? 'NULL' : `${id}::text`, at === undefined ? 'NULL' : `(${at})::text`];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const text = `SELECT ${[...marks, ...criteria.columns.map(ofRow)].join(', ')} FROM ${from} AS t${where}${order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`}`;
  return { text, values };
}

interface MarkSql {
  readonly id: string | undefined;
  readonly at: string | undefined;
  readonly incrementingType: string;
  readonly timestampType: string;
  parameter(value: string, type: string): string;
}

/** Behind these marks in the order of the round. `tie` compares rows of the same time where no id tells them apart. */
function afterSql(marked: MarkSql, marks: Marks, tie: '>' | '>='): string {
  const { id, at, parameter } = marked;
  const isBehindId = (): string => `${id} > ${parameter(marks.incrementing!, marked.incrementingType)}`;
  const hasId = id !== undefined && marks.incrementing !== undefined;
  if (at !== undefined && marks.timestamp !== undefined) {
    const time = parameter(marks.timestamp, marked.timestampType);
    return hasId ? `(${at} > ${time} OR (${at} = ${time} AND ${isBehindId()}))` : `${at} ${tie} ${time}`;
  }
  return hasId ? isBehindId() : 'true';
}

function ofRow(column: string): string {
  return `t.${quoted(column)}`;
}

function timeSql(columns: readonly string[]): string | undefined {
  if (columns.length === 0) return undefined;
  if (columns.length === 1) return ofRow(columns[0]!);
  return `coalesce(${columns.map(ofRow).join(', ')})`;
}

/** The 64-bit id of the transaction that wrote a row; the row itself holds the lower 32 bits. */
function xidSql(next: string): string {
  return `(${next} - ((${next} & 4294967295) - t.xmin::text::bigint + 4294967296) % 4294967296)`;
}
