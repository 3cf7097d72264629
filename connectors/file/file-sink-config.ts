import { z } from 'zod';
import { option } from '../../connect/api/index.js';

export const fileSinkConfig = z.object({
  directory: option.text().describe('Where the files are written; made when it is missing.'),
  content: option
    .choice(['value', 'record'])
    .default('value')
    .describe(
      'What a line holds: the value alone, or an object of topic, partition, offset, timestamp, key, value and headers.',
    ),
  'flush.size': option.integer(1).default(10_000).describe('Records after which a file is finished.'),
  'file.bytes.max': option
    .sizeBytes()
    .default(64 * 1024 * 1024)
    .describe('Bytes after which a file is finished.'),
  'rotate.interval.ms': option
    .durationMs()
    .default(60_000)
    .describe('Time after its first record at which a file is finished.'),
  'behavior.on.null.values': option
    .choice(['write', 'ignore', 'fail'])
    .default('write')
    .describe('A record without a value is written as `null`, left out, or refused.'),
});

export type FileSinkConfig = z.output<typeof fileSinkConfig>;
