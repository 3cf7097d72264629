// What tasks before have left in the directory, found by names alone.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TopicPartition } from '../../connect/api/index.js';
import { committedFile, temporaryFile } from './committed-file.js';

export interface WrittenFile extends TopicPartition {
  /** Below the directory; '' for the directory itself. */
  readonly folder: string;
  /** Offset of the last record. */
  readonly end: number;
}

/** Removes the files below `root` that nobody will finish, then finds the finished ones. (In this order: see PartitionClaim.) */
export async function takeOver(
  directory: string,
  root: string,
  isOwn: (partition: TopicPartition) => boolean,
): Promise<readonly WrittenFile[]> {
  for await (const { folder, name } of namesBelow(directory, root)) {
    const partition = temporaryFile(name);
    if (partition !== undefined && isOwn(partition)) await rm(join(directory, folder, name), { force: true });
  }
  const found: WrittenFile[] = [];
  for await (const { folder, name } of namesBelow(directory, root)) {
    const file = committedFile(name);
    if (file !== undefined && isOwn(file)) found.push({ ...file, folder });
  }
  return found;
}

async function* namesBelow(directory: string, folder: string): AsyncIterable<{ folder: string; name: string }> {
  const entries = await readdir(join(directory, folder), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  for (const entry of entries) {
    if (entry.isDirectory()) yield* namesBelow(directory, folder === '' ? entry.name : `${folder}/${entry.name}`);
    else yield { folder, name: entry.name };
  }
}
