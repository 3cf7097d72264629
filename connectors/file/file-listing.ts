import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FilePattern } from './file-pattern.js';
import type { FileSourceConfig } from './file-source-config.js';
import { isRefused, type ReadRefused, readRefused } from './read-refused.js';

export interface ListedFile {
  readonly path: string;
  /** Below the folder of the pattern, with `/` between folders. */
  readonly name: string;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** What a file that is marked as read has beside it. */
export const finishedMark = '.finished';

type Order = FileSourceConfig['files.sort.attributes'];

/** Files and folders that may not be looked at go to `refused`. */
type Refused = (refused: ReadRefused) => void;

/** The files there are now, in order. Throws ENOENT where the folder itself is missing, ReadRefused where it may not be listed. */
export async function listFiles(
  pattern: FilePattern,
  order: Order,
  refused: Refused = () => undefined,
): Promise<ListedFile[]> {
  if (pattern.kind === 'path')
    return [await listed(pattern.path, pattern.path, refused)].filter(file => file !== undefined);
  const files: ListedFile[] = [];
  await addFiles(pattern, '', { depth: 0, files, refused });
  return files.sort(orders[order]);
}

async function addFiles(
  pattern: FilePattern & { kind: 'pattern' },
  folder: string,
  at: { readonly depth: number; readonly files: ListedFile[]; readonly refused: Refused },
): Promise<void> {
  const { depth, files, refused } = at;
  const path = join(pattern.base, folder);
  const entries = await readdir(path, { withFileTypes: true }).catch(async (error: NodeJS.ErrnoException) => {
    if (isRefused(error)) {
      const told = await readRefused(path, error);
      if (depth === 0) throw told;
      refused(told);
      return [];
    }
    // A folder below may be gone by now.
    if (depth > 0 && error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (depth < pattern.depthMax) await addFiles(pattern, name, { ...at, depth: depth + 1 });
    } else if (pattern.matches(name) && !name.endsWith(finishedMark)) {
      const file = await listed(join(pattern.base, name), name, refused);
      if (file !== undefined) files.push(file);
    }
  }
}

async function listed(path: string, name: string, refused: Refused): Promise<ListedFile | undefined> {
  const found = await stat(path).catch(async (error: NodeJS.ErrnoException) => {
    if (isRefused(error)) refused(await readRefused(path, error));
    return undefined;
  });
  if (found === undefined || found.isDirectory()) return undefined;
  return { path, name, inode: found.ino, sizeBytes: found.size, modifiedMs: found.mtimeMs };
}

const byName = (one: ListedFile, other: ListedFile) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);
const byTime = (one: ListedFile, other: ListedFile) => one.modifiedMs - other.modifiedMs || byName(one, other);
const byLength = (one: ListedFile, other: ListedFile) => one.sizeBytes - other.sizeBytes || byName(one, other);

const orders: Readonly<Record<Order, (one: ListedFile, other: ListedFile) => number>> = {
  NameAsc: byName,
  NameDesc: (one, other) => byName(other, one),
  LastModifiedAsc: byTime,
  LastModifiedDesc: (one, other) => byTime(other, one),
  LengthAsc: byLength,
  LengthDesc: (one, other) => byLength(other, one),
};
