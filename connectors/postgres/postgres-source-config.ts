import { z } from 'zod';
import { option } from '../../connect/api/index.js';
import { connectionOptions } from './connection-config.js';

const [prefix, schema, table] = ['prefix', 'schema', 'table'].map(name => `\${${name}}`);
const placeholders = `\`${prefix}\`, \`${schema}\` and \`${table}\``;

export const postgresSourceConfig = z.object({
  ...connectionOptions,
  mode: option
    .choice(['bulk', 'incrementing', 'timestamp', 'timestamp+incrementing'])
    .describe('What is new: everything each time, rows by a growing column, rows by a time of change, or both.'),
  'incrementing.column.name': option
    .text()
    .default('')
    .describe('The growing column. Default: a primary key of one whole number.'),
  'timestamp.column.name': option
    .list()
    .default([])
    .describe('The time of change; of several columns the first that is not null counts.'),
  'table.include.list': option
    .list()
    .default([])
    .describe(
      'Regular expressions; a table is read when one of them matches all of `schema.table`. Default: every table.',
    ),
  'table.exclude.list': option.list().default([]).describe('Tables that are not read, in the same way.'),
  query: option
    .text()
    .optional()
    .describe(
      'A SELECT that is read instead of tables; it names its columns, and has no WHERE of the connector’s own.',
    ),
  'topic.prefix': option
    .text()
    .default('')
    .describe('Put before the table’s name; with `query` the whole name of the topic.'),
  'topic.format': option.text().default(`${prefix}${table}`).describe(`The topic of a table, of ${placeholders}.`),
  'key.columns': option.list().default([]).describe('Columns of the record’s key. Default: the primary key.'),
  'timestamp.delay.interval.ms': option
    .durationMs()
    .default(0)
    .describe('Rows younger than this are left for later, for clocks that differ; not needed for late commits.'),
  'numeric.mapping': option
    .choice(['text', 'best_fit'])
    .default('text')
    .describe(
      '`numeric` as text, which loses nothing, or as a number where a number is exactly that value (`20.00` is 20, 20 digits stay text).',
    ),
  'json.mapping': option
    .choice(['text', 'value'])
    .default('text')
    .describe('`json` and `jsonb` as their text, or as the value itself.'),
  'batch.max.rows': option.integer(1, 1_000_000).default(1_000).describe('Rows read at a time.'),
  'poll.interval.ms': option.durationMs().default(5_000).describe('How often the tables are looked at.'),
  'transaction.idle.timeout.ms': option
    .durationMs()
    .default(60_000)
    .describe(
      'After so long without a question from this task (which is paused in the middle of a round, or hangs) the server ends its transaction, so that it holds up no vacuum; reading goes on there later. Not in bulk mode, which would have to begin again. 0: never.',
    ),
  'poll.once': option.boolean().default(false).describe('Read all that was committed before the start, then end.'),
  'poll.once.wait.max.ms': option
    .durationMs()
    .default(600_000)
    .describe(
      'How long `poll.once` waits for transactions of this database that have written and not ended; then it fails, and names one. 0: without end.',
    ),
  'table.poll.interval.ms': option.durationMs().default(60_000).describe('How often new tables are looked for.'),
});

export type PostgresSourceConfig = z.output<typeof postgresSourceConfig>;
