import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ConfigError, defineSource, type SourceContext, type SourceTask } from '../../connect/api/index.js';
import { requireColumns } from './column-options.js';
import { filePattern, isPattern, requirePattern } from './file-pattern.js';
import { FileSettings } from './file-settings.js';
import { type FileSourceConfig, fileSourceConfig } from './file-source-config.js';
import { formatName } from './format-of.js';
import { KnownPlaces } from './known-places.js';
import { isRefused, readRefused } from './read-refused.js';
import { SpoolTask } from './spool-task.js';
import { type FileTaskParts, TailTask } from './tail-task.js';

/**
 * Reads the lines, csv rows or JSON values of files, each at least once, or exactly once where the runtime is told to: it goes on by byte offset, as long as a file is the same one.
 * Its source partitions are `{ filename }`. A line that cannot be read becomes a dead letter with `file`, `line` and byte `offset`.
 */
export const fileSource = defineSource({
  name: 'file-source',
  version: '0.2.0',
  description:
    'Reads the lines, csv rows or JSON values of files; follows them through rotation and truncation, or spools a folder.',
  config: fileSourceConfig,
  converters: config => ({
    key: 'string',
    value: formatName(config, config.file) === 'lines' && config.map === undefined ? 'string' : 'json',
  }),
  tasks: (config, tasksMax) => {
    const count = isPattern(config.file) || /[/\\]$/.test(config.file) ? tasksMax : 1;
    return Array.from({ length: count }, (_, index) => ({ ...config, 'task.index': index, 'task.count': count }));
  },
  validate(config) {
    if (config.file.trim() === '') throw new ConfigError('file: name a file, a folder or a pattern');
    new FileSettings(config);
    requireColumns(config);
    if (!existsSync(config.file)) requirePattern(config.file);
  },
  // It goes on by byte offset; a function of the user's is taken to give the same for the same line.
  exactlyOnceSupport: () => 'supported',
  start,
});

async function start(config: FileSourceConfig, context: SourceContext): Promise<SourceTask> {
  const settings = new FileSettings(config);
  const pattern = await filePattern(config.file);
  const places = new KnownPlaces(context);
  const parts: FileTaskParts = { settings, context, pattern, places };
  if (pattern.kind === 'path' && (config.mode === 'once' || places.of(pattern.path) === undefined)) {
    await requireFile(pattern.path);
  }
  return config.mode === 'tail' ? startTail(parts) : startSpool(parts);
}

async function startTail(parts: FileTaskParts): Promise<TailTask> {
  const task = new TailTask(parts);
  if (parts.pattern.kind === 'path') await task.follow(parts.pattern.path);
  return task;
}

async function startSpool(parts: FileTaskParts): Promise<SpoolTask> {
  const task = new SpoolTask(parts);
  await task.begin();
  return task;
}

/** A file that was never there is more likely a slip than a file to wait for. */
async function requireFile(path: string): Promise<void> {
  const fault = await stat(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (fault === undefined) return;
  if (isRefused(fault)) throw await readRefused(path, fault);
  const names = await readdir(dirname(path)).catch(() => undefined);
  if (names === undefined) throw new ConfigError(`file: there is no ${path}, nor the directory ${dirname(path)}`);
  if (!names.includes(basename(path))) {
    throw new ConfigError(`file: there is no ${path}`, { given: basename(path), known: names });
  }
}
