// Which tables the configuration names, and what stands in the way of reading others that it seems to name.

import { ConfigError } from '../../connect/api/index.js';
import type { Database } from './database.js';
import { connectorError } from './database-error.js';
import { shownTable } from './identifier.js';
import type { PostgresSourceConfig } from './postgres-source-config.js';
import { type NumberedTable, readTables, type TableShape } from './table-shape.js';

export interface TableListing {
  readonly tables: readonly TableShape[];
  readonly troubles: readonly TableTrouble[];
}

/** A table that is not read. */
export interface TableTrouble {
  /** As the configuration or the server calls it. */
  readonly name: string;
  readonly why: string;
  /** It is asked for by its own name, not by a pattern. */
  readonly isNamed: boolean;
  /** It may be there later. */
  readonly isMissing: boolean;
}

interface Relation extends NumberedTable {
  readonly shown: string;
  /** What pg_class calls it: r table, p partitioned table, v view, m materialized view, f foreign table; `part`: of a partitioned table. */
  readonly kind: string;
  readonly mayRead: boolean;
}

const relationsSql = `
  SELECT n.nspname, c.relname, c.oid::text, CASE WHEN c.relispartition THEN 'part' ELSE c.relkind::text END,
         pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%' AND c.relname <> '__connect_offsets'
   ORDER BY 1, 2`;

/** In the order of their names. Rejects with ConfigError when a pattern that is no regular expression is among them. */
export async function listTables(database: Database, config: PostgresSourceConfig): Promise<TableListing> {
  const included = patternsOf(config, 'table.include.list');
  const excluded = patternsOf(config, 'table.exclude.list');
  try {
    const relations = await relationsOf(database);
    const isWanted = ({ shown }: Relation): boolean =>
      (included.length === 0 || included.some(each => each.matches(shown))) &&
      !excluded.some(each => each.matches(shown));
    const wanted = relations.filter(isWanted);
    const readable = wanted.filter(each => isTable(each) && each.mayRead);
    // One that is dropped at this moment has no columns any more.
    const tables = (await readTables(database, readable)).filter(({ columns }) => columns.size > 0);
    const unread = wanted.filter(each => !readable.includes(each));
    const troubles = unread.flatMap(each => {
      const isNamed = isTableNamed(config, each.shown);
      // A pattern that matches a view as well means the tables.
      const isMeant = isTable(each) || isNamed;
      return isMeant ? [{ name: each.shown, why: whyUnread(each), isNamed, isMissing: false }] : [];
    });
    const known = relations.filter(isTable).map(each => each.shown);
    const unmatched = included.filter(pattern => !relations.some(each => pattern.matches(each.shown)));
    return { tables, troubles: [...unmatched.map(pattern => missing(pattern, known)), ...troubles] };
  } catch (error) {
    throw connectorError(error, 'listing the tables');
  }
}

/** Throws ConfigError for a pattern that is no regular expression. */
export function requirePatterns(config: PostgresSourceConfig): void {
  for (const option of ['table.include.list', 'table.exclude.list'] as const) patternsOf(config, option);
}

/** Whether `table.include.list` holds the very name of the table. */
export function isTableNamed(config: PostgresSourceConfig, shown: string): boolean {
  return config['table.include.list'].some(
    text => nameOf(text) !== undefined && formsOf(shown).includes(nameOf(text)!),
  );
}

async function relationsOf(database: Database): Promise<readonly Relation[]> {
  const client = await database.client();
  const { rows } = await client.query({ text: relationsSql, rowMode: 'array' });
  // Of one that is dropped at this moment no right is known.
  const there = (rows as (string | null)[][]).filter(row => row[4] !== null);
  return there.map(([schema, table, oid, kind, mayRead]) => {
    const name = { schema: schema!, table: table! };
    return { oid: oid!, name, shown: shownTable(name), kind: kind!, mayRead: mayRead === 't' };
  });
}

function isTable({ kind }: Relation): boolean {
  return kind === 'r' || kind === 'p';
}

function whyUnread({ kind, shown }: Relation): string {
  if (kind === 'part')
    return `${shown} is a part of a partitioned table: name that one, whose rows hold those of its parts`;
  if (kind === 'r' || kind === 'p') {
    return `the user may not read ${shown}: GRANT USAGE on its schema and SELECT on it, or name it in table.exclude.list`;
  }
  return `${shown} is a ${kind === 'f' ? 'foreign table' : 'view'}, whose rows tell no transactions: read it with query`;
}

function missing({ text }: TablePattern, known: readonly string[]): TableTrouble {
  const given = text.toLowerCase();
  const likeness = (name: string): number => {
    const bare = name.slice(name.indexOf('.') + 1).toLowerCase();
    let alike = 0;
    while (alike < bare.length && bare[alike] === given[alike]) alike++;
    return name.toLowerCase().includes(given) ? Number.POSITIVE_INFINITY : alike;
  };
  const near = known.toSorted((a, b) => likeness(b) - likeness(a)).slice(0, 5);
  const there =
    near.length === 0 ? 'there is none yet' : `there are ${near.join(', ')}${known.length > 5 ? ' ...' : ''}`;
  const isNamed = nameOf(text) !== undefined;
  const why = `table.include.list: no table ${isNamed ? 'is called' : 'matches'} "${text}" (${there})`;
  return { name: text, why, isNamed, isMissing: true };
}

interface TablePattern {
  readonly text: string;
  matches(shown: string): boolean;
}

function patternsOf(
  config: PostgresSourceConfig,
  option: 'table.include.list' | 'table.exclude.list',
): readonly TablePattern[] {
  return config[option].map(text => {
    const expression = expressionOf(text, option);
    return { text, matches: shown => formsOf(shown).some(form => expression.test(form)) };
  });
}

/** A table may be named without its schema where that is `public`. */
function formsOf(shown: string): readonly string[] {
  return shown.startsWith('public.') ? [shown, shown.slice(7)] : [shown];
}

/** A pattern that is the name of one table, but for how its dot is written. */
function nameOf(text: string): string | undefined {
  const name = text.replace(/\\\.|\[\.\]/g, '.');
  return /^[\p{L}\p{N}_ $.-]+$/u.test(name) ? name : undefined;
}

function expressionOf(text: string, option: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch (cause) {
    throw new ConfigError(`${option}: "${text}" is no regular expression: ${(cause as Error).message}`, { cause });
  }
}
