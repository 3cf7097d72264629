import { z } from 'zod';
import { type AlteredOffset, ConfigError, defineSource, option } from '../../connect/api/index.js';
import { FileStreamSourceTask } from './file-stream-source-task.js';

const config = z.object({
  file: option.text().optional().describe('Source filename. If not specified, the standard input will be used'),
  topic: option.text().min(1, 'String must be non-empty').describe('The topic to publish data to'),
  'batch.size': option
    .integer(-(2 ** 31), 2 ** 31 - 1)
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
  alterOffsets({ file }, offsets) {
    if (file === undefined) {
      throw new ConfigError(
        "Offsets cannot be modified if the 'file' configuration is unspecified. This is because stdin is used for input and offsets are not tracked.",
      );
    }
    offsets.forEach(requireFilePosition);
    return true;
  },
  start({ file, 'batch.size': linesMax }, context) {
    if (file === undefined) throw new ConfigError('file: name a file: a worker has no standard input to read');
    return new FileStreamSourceTask({ file, linesMax: Math.max(1, linesMax) }, context);
  },
});

/** In the words of Kafka Connect. */
function requireFilePosition({ partition, offset }: AlteredOffset): void {
  if (offset === null) return; // forgets it, whatever it was
  const { position } = offset;
  const fault =
    position === undefined
      ? "Offset objects should either be null or contain the key 'position'"
      : typeof position !== 'number' || !Number.isInteger(position)
        ? "The value for the 'position' key in the offset is expected to be a Long value"
        : position < 0
          ? "The value for the 'position' key in the offset should be a non-negative value"
          : 'filename' in partition
            ? undefined
            : "Partition objects should contain the key 'filename'";
  if (fault !== undefined) throw new ConfigError(fault);
}
