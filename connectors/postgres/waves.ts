// The order in which the changes of a batch are written. Rows of different keys do not touch each other, so many records become few statements:
// a wave holds one change a key; what comes again for a key waits for the next wave, unless it writes the same columns and so simply takes
// the place of the earlier one (one statement must not touch a row twice).

import type { TableShape } from './table-shape.js';

/** One row to write or to delete; texts stand in the order of the columns, the key's first. */
export interface RowChange {
  readonly index: number;
  readonly table: TableShape;
  readonly isDelete: boolean;
  readonly columns: readonly string[];
  readonly texts: readonly (string | null)[];
  readonly keyCount: number;
}

/** Changes that one statement makes. */
export interface StatementRows {
  readonly table: TableShape;
  readonly isDelete: boolean;
  readonly columns: readonly string[];
  readonly keyCount: number;
  readonly rows: RowChange[];
}

/** Statements in the order in which they must run. `isKeyed`: the statement finds rows by their key. */
export function statementsOf(changes: readonly RowChange[], isKeyed: boolean): readonly StatementRows[] {
  return isKeyed ? byWaves(changes) : inOrder(changes);
}

/** Without a key nothing commutes: neighbours with the same columns share a statement. */
function inOrder(changes: readonly RowChange[]): readonly StatementRows[] {
  const statements: StatementRows[] = [];
  for (const change of changes) {
    const last = statements.at(-1);
    if (last !== undefined && fits(last, change)) last.rows.push(change);
    else statements.push(statementFor(change));
  }
  return statements;
}

interface Placed {
  readonly wave: number;
  readonly statement: StatementRows;
  readonly at: number;
}

function byWaves(changes: readonly RowChange[]): readonly StatementRows[] {
  const waves: StatementRows[][] = [];
  const placed = new Map<string, Placed>();
  for (const change of changes) {
    const key = keyOf(change);
    const earlier = placed.get(key);
    if (earlier !== undefined && fits(earlier.statement, change)) {
      earlier.statement.rows[earlier.at] = change;
      continue;
    }
    const wave = earlier === undefined ? 0 : earlier.wave + 1;
    waves[wave] ??= [];
    let statement = waves[wave].find(each => fits(each, change));
    if (statement === undefined) {
      statement = { ...statementFor(change), rows: [] };
      waves[wave].push(statement);
    }
    placed.set(key, { wave, statement, at: statement.rows.push(change) - 1 });
  }
  return waves.flat();
}

function keyOf({ table, texts, keyCount }: RowChange): string {
  let key = table.sql;
  for (let at = 0; at < keyCount; at++) key += `\0${texts[at]}`;
  return key;
}

function fits(statement: StatementRows, change: RowChange): boolean {
  if (statement.table !== change.table || statement.isDelete !== change.isDelete) return false;
  const { columns } = statement;
  if (columns === change.columns) return true;
  return columns.length === change.columns.length && columns.every((name, at) => name === change.columns[at]);
}

function statementFor({ table, isDelete, columns, keyCount, ...rest }: RowChange): StatementRows {
  return { table, isDelete, columns, keyCount, rows: [{ table, isDelete, columns, keyCount, ...rest }] };
}
