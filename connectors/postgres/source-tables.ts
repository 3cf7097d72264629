import { ConfigError } from '../../connect/api/index.js';
import type { Database } from './database.js';
import { connectorError } from './database-error.js';
import { shownTable, type TableName } from './identifier.js';
import type { PostgresSourceConfig } from './postgres-source-config.js';
import { readTable, type TableShape } from './table-shape.js';

const tablesSql = `
  SELECT n.nspname, c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%'
   ORDER BY 1, 2`;

/** The tables that the configuration names, in the order of their names. Rejects with ConfigError when a pattern that is no regular expression is among them. */
export async function listTables(database: Database, config: PostgresSourceConfig): Promise<readonly TableShape[]> {
  const isIncluded = matcher(config['table.include.list'], 'table.include.list');
  const isExcluded = matcher(config['table.exclude.list'], 'table.exclude.list');
  const { rows } = await database.query(tablesSql).catch((error: unknown) => {
    throw connectorError(error, 'listing the tables');
  });
  const names = (rows as { nspname: string; relname: string }[])
    .map((row): TableName => ({ schema: row.nspname, table: row.relname }))
    .filter(name => !(name.table === '__connect_offsets'))
    .filter(name => isIncluded(shownTable(name)) ?? true)
    .filter(name => !(isExcluded(shownTable(name)) ?? false));
  const shapes: TableShape[] = [];
  for (const name of names) {
    const shape = await readTable(database, name);
    if (shape !== undefined) shapes.push(shape);
  }
  return shapes;
}

/** Throws ConfigError. What it gives is undefined from an empty list, which says nothing. A table may be named without its schema where that is `public`. */
export function matcher(patterns: readonly string[], option: string): (name: string) => boolean | undefined {
  const expressions = patterns.map(pattern => {
    try {
      return new RegExp(`^(?:${pattern})$`);
    } catch (cause) {
      throw new ConfigError(`${option}: "${pattern}" is no regular expression: ${(cause as Error).message}`, { cause });
    }
  });
  if (expressions.length === 0) return () => undefined;
  return name => expressions.some(each => each.test(name) || (name.startsWith('public.') && each.test(name.slice(7))));
}
