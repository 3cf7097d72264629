// What becomes of a file when all of it is in its topic and that is committed: it is moved, deleted or marked.

import { copyFile, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskFault } from './disk-fault.js';
import { finishedMark, type ListedFile } from './file-listing.js';
import type { FileSourceConfig } from './file-source-config.js';
import { flushFolder } from './flush-folder.js';

export type Cleanup = 'moved' | 'deleted' | 'marked' | 'left';

/** Does what the configuration says. Throws RetriableError for what may pass. */
export async function cleanUp(file: ListedFile, isBroken: boolean, config: FileSourceConfig): Promise<Cleanup> {
  const errorPath = config['error.path'];
  try {
    if (isBroken) return errorPath === undefined ? 'left' : await move(file, errorPath);
    switch (config['cleanup.policy']) {
      case 'move':
        return await move(file, config['finished.path']!);
      case 'delete':
        await rm(file.path, { force: true });
        return 'deleted';
      case 'mark':
        await writeFile(file.path + finishedMark, markText(file));
        return 'marked';
      default:
        return 'left';
    }
  } catch (error) {
    throw diskFault(`${file.path} was read, and cannot be cleaned up`, error);
  }
}

/** Whether the mark beside the file is of just this file, as it is now. */
export function isMarkOf(file: ListedFile, text: string): boolean {
  return text === markText(file);
}

function markText({ sizeBytes, modifiedMs }: ListedFile): string {
  return `${JSON.stringify({ sizeBytes, modifiedMs })}\n`;
}

/** Keeps the folders below the folder of the pattern, and never overwrites. */
async function move(file: ListedFile, folder: string): Promise<Cleanup> {
  const target = join(folder, file.name.includes('/') && !file.name.startsWith('/') ? file.name : baseName(file.name));
  await mkdir(dirname(target), { recursive: true });
  const free = await freeName(target);
  try {
    await rename(file.path, free);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await moveAcross(file.path, free);
  }
  await flushFolder(dirname(free));
  return 'moved';
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

async function freeName(path: string): Promise<string> {
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? path : `${path}.${number}`;
    const isTaken = await stat(candidate).then(
      () => true,
      () => false,
    );
    if (!isTaken) return candidate;
  }
}

/** To another file system: copied, flushed, renamed, and only then removed. */
async function moveAcross(from: string, to: string): Promise<void> {
  const part = join(dirname(to), `.${baseName(to)}.part`);
  await copyFile(from, part);
  const handle = await open(part, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, to);
  await rm(from, { force: true });
}
