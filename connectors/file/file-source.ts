import { normalize } from 'node:path';
import { defineSource, type SourceContext } from '../../connect/api/index.js';
import { placeOfOffset } from './file-identity.js';
import { type FileSourceConfig, fileSourceConfig } from './file-source-config.js';
import { FileSourceTask } from './file-source-task.js';
import { formatName, formatOf } from './format-of.js';
import { mappingOf } from './mapping-of.js';
import { openWhereLeft } from './resume.js';

/**
 * Reads the lines, csv rows or JSON values of one file, each at least once, or exactly once where the runtime is told to: it goes on by byte offset, as long as the file is the same one.
 * Its source partition is `{ filename }`. A line that cannot be read becomes a dead letter with `file`, `line` and byte `offset`.
 */
export const fileSource = defineSource({
  name: 'file-source',
  version: '0.1.0',
  description: 'Reads the lines, csv rows or JSON values of a file; follows it through rotation and truncation.',
  config: fileSourceConfig,
  converters: config => ({
    key: 'string',
    value: formatName(config) === 'lines' && config.map === undefined ? 'string' : 'json',
  }),
  // It goes on by byte offset; a function of the user's is taken to give the same for the same line.
  exactlyOnceSupport: () => 'supported',
  start,
});

async function start(config: FileSourceConfig, context: SourceContext): Promise<FileSourceTask> {
  const options = {
    file: config.file,
    format: formatOf(config),
    toRecord: mappingOf(config),
    lineBytesMax: config['line.bytes.max'],
    batchBytes: config['batch.bytes'],
  };
  const stored = context.offset({ filename: normalize(config.file) });
  const left = stored === undefined ? undefined : placeOfOffset(stored);
  const opened = await openWhereLeft(config.file, left, config.mode === 'tail');
  if (opened.reason !== undefined) context.logger.warn(`${config.file}: ${opened.reason}`);
  try {
    return await FileSourceTask.start(config, context, options, opened);
  } catch (error) {
    await opened.handle.close();
    throw error;
  }
}
