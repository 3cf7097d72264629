import { mkdir, stat } from 'node:fs/promises';
import { ConfigError, defineSink } from '../../connect/api/index.js';
import { fileSinkConfig } from './file-sink-config.js';
import { FileSinkTask } from './file-sink-task.js';

/**
 * Writes topics to JSON Lines files `<topic>+<partition>+<first offset>+<last offset>.jsonl`, each record exactly once: where it goes on is
 * read from the names of the files that are there. Files appear whole; move them away only in the order of their offsets, and leave the last.
 */
export const fileSink = defineSink({
  name: 'file-sink',
  version: '0.1.0',
  description: 'Writes topics to JSON Lines files, each record exactly once.',
  config: fileSinkConfig,
  converters: () => ({ key: 'string', value: 'json' }),
  async start(config, context) {
    await mkdir(config.directory, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError(`directory: ${config.directory} cannot be made: ${error.message}`, { cause: error });
    });
    if (!(await stat(config.directory)).isDirectory()) {
      throw new ConfigError(`directory: ${config.directory} is no directory`);
    }
    return new FileSinkTask(config, context);
  },
});
