import { z } from 'zod';
import { ConfigError, defineLookup, type LookupTask, option } from '../../connect/api/index.js';
import { connectionOptions } from './connection-config.js';
import { Database } from './database.js';
import { connectorError, outcomeOf } from './database-error.js';
import { parseTableName, quoted, quotedTable } from './identifier.js';

export const postgresLookupConfig = z.object({
  ...connectionOptions,
  table: option.text().optional().describe('The table that is looked into, such as `public.airports`.'),
  query: option.text().optional().describe('A SELECT that is looked into instead of a table.'),
  'key.column': option.text().describe('The column that holds the key.'),
  'fields.include.list': option.list().default([]).describe('Only these columns. Default: all.'),
});

/** Rows by the text of a column; of several with one key the first counts. */
export const postgresLookup = defineLookup({
  name: 'postgres-lookup',
  description: 'Finds rows by a column.',
  config: postgresLookupConfig,
  validate: config => void fromOf(config),
  async start(config, { logger }): Promise<LookupTask> {
    const from = fromOf(config);
    const key = quoted(config['key.column']);
    const columns = config['fields.include.list'].map(quoted).join(', ') || '*';
    const select = `SELECT (${key})::text AS key, row_to_json(t)::text AS row FROM (SELECT ${columns}${columns === '*' ? '' : `, ${key}`} FROM ${from} AS s WHERE`;
    const database = new Database(config, logger);
    const find = async (keys: readonly string[], condition: string) => {
      const { rows } = await database.query(`${select} ${condition}) AS t`, [keys]);
      return new Map(
        (rows as { key: string; row: string }[]).toReversed().map(({ key, row }) => [key, JSON.parse(row)]),
      );
    };
    return {
      async find(keys) {
        try {
          return await find(keys, `${key} = ANY($1)`);
        } catch (error) {
          // A key that is none of the column's type, such as a word for a number, is in no row; the others may be.
          if (outcomeOf(error) !== 'bad-data') throw connectorError(error, 'looking into the database');
          return await find(keys, `(${key})::text = ANY($1)`);
        }
      },
      close: () => database.close(),
    };
  },
});

function fromOf({ table, query }: z.output<typeof postgresLookupConfig>): string {
  if ((table === undefined) === (query === undefined)) throw new ConfigError('name a table or a query, one of them');
  return query === undefined ? quotedTable(parseTableName(table!)) : `(${query.replace(/;\s*$/, '')})`;
}
