import { z } from 'zod';
import { option } from '../../connect/api/index.js';
import type { RowMapping } from './row-mapping.js';

export const fileSourceConfig = z.object({
  file: option.text().describe('Path of the file to read.'),
  format: option
    .choice(['csv', 'jsonl', 'lines'])
    .optional()
    .describe(
      '`csv`: an object of columns a row; `jsonl`: a JSON value a line; `lines`: the text of a line. Without it, by the name of the file.',
    ),
  mode: option
    .choice(['tail', 'once'])
    .default('tail')
    .describe('`tail` follows the file through rotation and truncation; `once` ends at its end.'),
  'csv.delimiter': option.text().length(1).default(',').describe('What separates columns.'),
  'csv.quote': option
    .text()
    .length(1)
    .default('"')
    .describe('What encloses columns that hold delimiters or line ends; doubled inside.'),
  'csv.columns': option.list().optional().describe('Names of the columns, for a file whose first row is not a header.'),
  'csv.types': option
    .list()
    .default([])
    .describe('Columns that are not text, such as `delay:number, late:boolean`. Empty cells of theirs become null.'),
  'key.column': option.text().optional().describe('The column (or field) whose text becomes the key.'),
  'timestamp.column': option.text().optional().describe('The column (or field) that holds the time of the record.'),
  'timestamp.format': option
    .choice(['ms', 's', 'iso'])
    .default('ms')
    .describe(
      'How that time is written: milliseconds or seconds since 1970, or ISO 8601 (UTC where it names no zone).',
    ),
  map: option
    .fn<RowMapping>()
    .optional()
    .describe('In code: makes the record of a row; `undefined` leaves the row out; a throw makes it a bad record.'),
  'line.bytes.max': option
    .sizeBytes()
    .default(1024 * 1024)
    .describe('A longer line (or csv record) is a bad record.'),
  'batch.bytes': option
    .sizeBytes()
    .default(256 * 1024)
    .describe('How much is read at a time.'),
  'poll.interval.ms': option.durationMs().default(200).describe('How often `tail` looks for more.'),
});

export type FileSourceConfig = z.output<typeof fileSourceConfig>;
