import { z } from 'zod';
import { option } from '../../connect/api/index.js';
import type { RowMapping } from './row-mapping.js';

export const fileSourceConfig = z.object({
  file: option
    .text()
    .describe(
      'What to read: the path of a file, a folder, or a pattern such as `logs/*.log` or `in/**/*.csv.gz` (`*`, `?`, `[a-z]`, `{a,b}`, `**`). Names that begin with a dot are left out.',
    ),
  format: option
    .choice(['csv', 'jsonl', 'json', 'lines'])
    .optional()
    .describe(
      '`csv`: an object of columns a row; `jsonl`: a JSON value a line; `json`: the values of one array, or values one after the other; `lines`: the text of a line. Without it, by the name of the file.',
    ),
  mode: option
    .choice(['tail', 'once', 'spool'])
    .default('tail')
    .describe(
      '`tail` follows files through rotation and truncation; `once` reads what is there, then ends; `spool` reads each file whole, as they come.',
    ),
  'file.compression.type': option
    .choice(['auto', 'none', 'gzip'])
    .default('auto')
    .describe('`auto`: gzip where the name ends in `.gz`.'),
  'file.encoding': option
    .text()
    .optional()
    .describe(
      'Such as `latin1`, `windows-1252`, `utf-16le`, `shift_jis`. Default: what the byte order mark says, otherwise UTF-8.',
    ),
  'files.sort.attributes': option
    .choice(['NameAsc', 'NameDesc', 'LastModifiedAsc', 'LastModifiedDesc', 'LengthAsc', 'LengthDesc'])
    .default('NameAsc')
    .describe('In which order files that wait are read.'),
  'file.minimum.age.ms': option
    .durationMs()
    .default(0)
    .describe('With `once` and `spool`: a file is read when it has not been changed for so long, and so is complete.'),
  'cleanup.policy': option
    .choice(['none', 'move', 'delete', 'mark'])
    .default('none')
    .describe(
      'With `once` and `spool`, when all of a file is in its topic: `move` it to `finished.path`, `delete` it, `mark` it by an empty file `NAME.finished`. `none` goes by the offsets alone.',
    ),
  'finished.path': option
    .text()
    .optional()
    .describe('The folder for files that were read, with `cleanup.policy=move`.'),
  'error.path': option
    .text()
    .optional()
    .describe('The folder for files that cannot be read to their end (broken gzip or JSON array). Default: they stay.'),
  'csv.delimiter': option
    .text()
    .min(1)
    .optional()
    .describe('What separates columns. Default: a comma, in `.tsv` files a tab.'),
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
  'file.headers.enable': option
    .boolean()
    .default(false)
    .describe('Records get the headers `file.path`, `file.name`, `file.length` and `file.last.modified`.'),
  map: option
    .fn<RowMapping>()
    .optional()
    .describe('In code: makes the record of a row; `undefined` leaves the row out; a throw makes it a bad record.'),
  'line.bytes.max': option
    .sizeBytes()
    .default(1024 * 1024)
    .describe('A longer line (or csv record, or value of an array) is a bad record.'),
  'batch.bytes': option
    .sizeBytes()
    .default(256 * 1024)
    .describe('How much is read at a time.'),
  'poll.interval.ms': option
    .durationMs()
    .default(200)
    .describe(
      'How often `tail` and `spool` look for more. Where nothing has come for a while, a change wakes them, and they look by themselves each 15 s (more often at first), or each second where the system does not tell of every change (network file systems). From 5 s on: just as often.',
    ),
  'task.index': option
    .integer(0)
    .default(0)
    .describe('Set by the connector for each of its tasks, as is `task.count`.'),
  'task.count': option.integer(1).default(1).describe('Files are spread over so many tasks.'),
});

export type FileSourceConfig = z.output<typeof fileSourceConfig>;
