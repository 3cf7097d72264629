import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from '../../connect/api/index.js';
import { type FilePlace, hasSameHead } from './file-identity.js';

/** A file that has been opened to be read from a place on. `reason`: why it is not where it was left. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly position: number;
  readonly line: number;
  /** It was renamed away since: the configured path names another file, to be read after this one. */
  readonly isRotated: boolean;
  readonly reason?: string;
}

/** Opens the file where reading was left, also when it has been renamed within its directory; otherwise from its start. */
export async function openWhereLeft(
  path: string,
  left: FilePlace | undefined,
  followsRenames: boolean,
): Promise<OpenedFile> {
  const current = await openIfThere(path);
  if (left === undefined) return fromStart(current ?? (await missing(path)));
  if (current !== undefined && (await isThere(current, left))) return at(current, left, false);
  const renamed = followsRenames ? await findRenamed(path, left) : undefined;
  if (renamed !== undefined) {
    await current?.close();
    return at(renamed, left, true);
  }
  const reason = 'the file was replaced, truncated or rewritten since it was last read: reading it from its start';
  return { ...fromStart(current ?? (await missing(path))), reason };
}

function at(handle: FileHandle, left: FilePlace, isRotated: boolean): OpenedFile {
  return { handle, position: left.position, line: left.line, isRotated };
}

function fromStart(handle: FileHandle): OpenedFile {
  return { handle, position: 0, line: 1, isRotated: false };
}

async function isThere(file: FileHandle, { position, identity }: FilePlace): Promise<boolean> {
  const { dev, ino, size } = await file.stat();
  return dev === identity.device && ino === identity.inode && size >= position && (await hasSameHead(file, identity));
}

async function findRenamed(path: string, left: FilePlace): Promise<FileHandle | undefined> {
  const directory = dirname(path);
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    const candidate = join(directory, entry.name);
    if ((await stat(candidate).catch(() => undefined))?.ino !== left.identity.inode) continue;
    const handle = await openIfThere(candidate);
    if (handle === undefined) continue;
    if (await isThere(handle, left)) return handle;
    await handle.close();
  }
  return undefined;
}

/** Opens a file to read; undefined when there is none of that name. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error.code === 'EACCES' ? new ConfigError(`file: ${path} may not be read: ${error.message}`) : error;
  });
  if (handle !== undefined && !(await handle.stat()).isFile() && (await handle.stat()).isDirectory()) {
    await handle.close();
    throw new ConfigError(`file: ${path} is a directory: name a file in it`);
  }
  return handle;
}

async function missing(path: string): Promise<never> {
  const directory = dirname(path);
  const names = await readdir(directory).catch(() => undefined);
  if (names === undefined) throw new ConfigError(`file: there is no ${path}, nor the directory ${directory}`);
  throw new ConfigError(`file: there is no ${path}`, { given: basename(path), known: names });
}
