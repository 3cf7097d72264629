import { z } from 'zod';
import { option } from '../../connect/api/index.js';
import { connectionOptions } from './connection-config.js';

export const topicPlaceholder = '${topic}';

export const postgresSinkConfig = z.object({
  ...connectionOptions,
  'table.name.format': option
    .text()
    .default(topicPlaceholder)
    .describe(`The table of a record, such as \`public.orders\`; \`${topicPlaceholder}\` stands for its topic.`),
  'insert.mode': option
    .choice(['insert', 'upsert', 'update'])
    .default('insert')
    .describe('`upsert` and `update` find the row by its key (`pk.mode`).'),
  'pk.mode': option
    .choice(['none', 'kafka', 'record_key', 'record_value'])
    .default('none')
    .describe(
      'Where the key of a row comes from: nowhere, topic, partition and offset, the record’s key, or fields of its value.',
    ),
  'pk.fields': option
    .list()
    .default([])
    .describe(
      'The columns of the key. Default: with `kafka` three of Kafka Connect’s names; else all fields of the record’s key, or the key of the table.',
    ),
  'delete.enabled': option
    .boolean()
    .default(false)
    .describe(
      'A record without a value deletes the row of its key (needs `pk.mode=record_key`). Otherwise it is a bad record.',
    ),
  'auto.create': option.boolean().default(false).describe('Makes a table that is missing.'),
  'auto.evolve': option.boolean().default(false).describe('Adds columns that are missing; they may be null.'),
  'fields.include.list': option
    .list()
    .default([])
    .describe('Only these fields of the value are written. Default: all.'),
  'batch.size': option
    .integer(1, 100_000)
    .default(20_000)
    .describe('Records written by one transaction at most. (Kafka Connect: 3000)'),
  'string.output.value.column.name': option
    .text()
    .default('record_value')
    .describe('The column for a value that is no object, such as a line of text.'),
  'exactly.once': option
    .boolean()
    .default(true)
    .describe(
      'Offsets are kept in the database and move in the transaction of the rows, each record counts once. Without: at least once.',
    ),
  'transaction.idle.timeout.ms': option
    .durationMs()
    .default(60_000)
    .describe(
      'After so long without a word from this task the server ends its open transaction, so that a process that hangs gives way to its successor. 0: never.',
    ),
  'offsets.table': option
    .text()
    .default('__connect_offsets')
    .describe('The table for those offsets; made when it is missing.'),
});

export type PostgresSinkConfig = z.output<typeof postgresSinkConfig>;
