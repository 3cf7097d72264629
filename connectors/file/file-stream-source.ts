import { z } from 'zod';
import { defineSource, option } from '../../connect/api/index.js';
import { FileStreamSourceTask } from './file-stream-source-task.js';

const config = z.object({
  file: option.text().describe('Source filename.'),
  topic: option.text().min(1, 'String must be non-empty').describe('The topic to publish data to'),
  'batch.size': option
    .integer()
    .default(2000)
    .describe('The maximum number of records the source task can read from the file each time it is polled'),
});

/**
 * Kafka Connect's FileStreamSource, for configurations that were written for it: the lines of a file, each once it has its line end, with the source partition `{filename}`
 * and the offset `{position}`, in bytes. It waits for a file that is not there, and begins again at the start of one that has shrunk or was replaced. `fileSource` does more.
 */
export const fileStreamSource = defineSource({
  name: 'file-stream-source',
  version: '0.2.0',
  description: "Reads the lines of a file, as Kafka Connect's FileStreamSource.",
  config,
  converters: () => ({ key: 'string', value: 'string' }),
  exactlyOnceSupport: () => 'supported',
  start: ({ file, 'batch.size': linesMax }, context) =>
    new FileStreamSourceTask({ file, linesMax: Math.max(1, linesMax) }, context),
});
