import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError, defineSink } from '../../connect/api/index.js';
import { diskFault } from './disk-fault.js';
import { fileSinkConfig } from './file-sink-config.js';
import { FileSinkTask } from './file-sink-task.js';
import { flushFolder } from './flush-folder.js';
import { PathFormat } from './path-format.js';
import { sinkFormatOf } from './sink-format-of.js';

/**
 * Writes topics to jsonl, csv or parquet files `<topic>+<partition>+<first offset>+<last offset>.jsonl`, each record exactly once: what is written is
 * read from the names of the files that are there. Files appear whole; take away those that are behind the offsets of the group.
 */
export const fileSink = defineSink({
  name: 'file-sink',
  version: '0.2.0',
  description: 'Writes topics to jsonl, csv or parquet files, in folders by time or field, each record exactly once.',
  config: fileSinkConfig,
  converters: () => ({ key: 'string', value: 'json' }),
  validate(config) {
    if (config.directory.trim() === '') throw new ConfigError('directory: name a folder, such as ./out');
    sinkFormatOf(config);
    new PathFormat(config['path.format']);
  },
  async start(config, context) {
    sinkFormatOf(config);
    const task = new FileSinkTask(config, context);
    await makeDirectory(resolve(config.directory));
    return task;
  },
});

/** Throws ConfigError where something else is in its place, RetriableError for what may pass. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    const made = await mkdir(directory, { recursive: true });
    if (made !== undefined) await flushFolder(dirname(made));
    if ((await stat(directory)).isDirectory()) return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw diskFault(`directory: ${directory} cannot be made`, error);
  }
  throw new ConfigError(`directory: ${directory} cannot be made: a file is in its place`);
}
