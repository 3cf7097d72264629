import { z } from 'zod';
import { option } from '../../connect/api/index.js';

export const fileSinkConfig = z.object({
  directory: option.text().describe('Where the files are written; made when it is missing.'),
  format: option
    .choice(['jsonl', 'csv', 'parquet'])
    .default('jsonl')
    .describe('`jsonl`: a JSON value a line; `csv`: a header and a row a record; `parquet`: columns, for analytics.'),
  content: option
    .choice(['value', 'record'])
    .default('value')
    .describe(
      'What a row holds: the value alone, or topic, partition, offset, timestamp, key, value and headers of the record.',
    ),
  'path.format': option
    .text()
    .default('')
    .describe(
      'Folders below `directory`, such as `{topic}/{yyyy}/{MM}/{dd}` or `country={value.country}`. Of `{topic}`, `{partition}`, `{key}`, `{value}`, `{value.FIELD}`, and the parts of a time in UTC: `{yyyy}`, `{MM}`, `{dd}`, `{HH}`, `{mm}`.',
    ),
  'timestamp.field': option
    .text()
    .optional()
    .describe(
      'The field of the value that holds the time for folders and `rotate.interval.ms`. Default: the time of the record.',
    ),
  'timestamp.format': option
    .choice(['ms', 's', 'iso'])
    .default('ms')
    .describe(
      'How that field is written: milliseconds or seconds since 1970, or ISO 8601 (UTC where it names no zone).',
    ),
  'flush.size': option.integer(1).default(10_000).describe('Records after which a file is finished.'),
  'file.bytes.max': option
    .sizeBytes()
    .default(64 * 1024 * 1024)
    .describe('Bytes after which a file is finished (about, where they are compressed).'),
  'rotate.interval.ms': option
    .durationMs()
    .optional()
    .describe(
      'By the time of records: a file is finished when a record of its topic partition is so much younger than its first. Default: never.',
    ),
  'rotate.schedule.interval.ms': option
    .durationMs()
    .default(60_000)
    .describe(
      'By the clock: time after its first record at which a file is finished. (Kafka Connect: never, as there it breaks exactly once)',
    ),
  'open.files.max': option
    .integer(1)
    .default(100)
    .describe('Files that a topic partition writes at a time; the oldest is finished before there are more.'),
  'file.compression.type': option
    .choice(['none', 'gzip'])
    .default('none')
    .describe('`gzip` compresses jsonl and csv files and adds `.gz` to their names.'),
  'csv.delimiter': option.text().min(1).default(',').describe('What separates columns.'),
  'csv.header': option.boolean().default(true).describe('Whether a csv file begins with the names of its columns.'),
  'csv.columns': option
    .list()
    .optional()
    .describe('The columns, in order. Default: those of the records; a new one begins a new file with a new header.'),
  'parquet.codec': option
    .choice(['snappy', 'gzip', 'none'])
    .default('snappy')
    .describe('How the pages of a parquet file are compressed.'),
  'behavior.on.null.values': option
    .choice(['write', 'ignore', 'fail'])
    .default('write')
    .describe('A record without a value is written (as `null`, or as a row of empty cells), left out, or refused.'),
});

export type FileSinkConfig = z.output<typeof fileSinkConfig>;
