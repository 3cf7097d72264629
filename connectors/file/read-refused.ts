// A file or folder that this process may not read. It is no fault that a little patience heals: the task fails with what is missing, and is begun again by the
// runtime's rules for that; or, where others can be read, the one is told and left out, and tried at every look.

import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Logger } from '../../connect/api/index.js';

export class ReadRefused extends Error {
  override readonly name = 'ReadRefused';
  readonly path: string;

  constructor(path: string, message: string, cause: unknown) {
    super(message, { cause });
    this.path = path;
  }
}

export function isRefused(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM';
}

/** Says which right is missing to which file or folder, whose it is, and who asks. */
export async function readRefused(path: string, error: unknown): Promise<ReadRefused> {
  const closed = await closedFolder(path);
  const place = closed ?? path;
  const found = await stat(place).catch(() => undefined);
  const isFolder = closed !== undefined || found?.isDirectory() === true;
  const right = isFolder ? `list and enter the directory ${place} (r-x)` : `read ${place} (r)`;
  const whose =
    found === undefined ? '' : `: its mode is ${modeOf(found.mode)}, of uid ${found.uid} and gid ${found.gid}`;
  const who = process.geteuid === undefined ? '' : ` uid ${process.geteuid()}`;
  const { code } = error as NodeJS.ErrnoException;
  return new ReadRefused(
    path,
    `file: ${path} may not be read (${code}): this process runs as${who || ' a user'} without the right to ${right}${whose}. Give it that right (chmod, chown, setfacl, or a group that has it)`,
    error,
  );
}

/** The uppermost folder on the way that may not be entered. */
async function closedFolder(path: string): Promise<string | undefined> {
  const folders: string[] = [];
  for (let folder = dirname(resolve(path)); folder !== dirname(folder); folder = dirname(folder))
    folders.unshift(folder);
  // Not by access(2): that asks for the user who started the process, not for the one as whom it runs.
  for (const folder of folders) {
    if (await stat(`${folder}/.`).then(() => false, isRefused)) return folder;
  }
  return undefined;
}

function modeOf(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** Those of several files and folders that may not be read, each told once. */
export class RefusedFiles {
  readonly #logger: Logger;
  readonly #told = new Map<string, ReadRefused>();
  /** By the look that is going on. */
  #seen = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The first of them. */
  get first(): ReadRefused | undefined {
    return this.#told.values().next().value;
  }

  get count(): number {
    return this.#told.size;
  }

  take(refused: ReadRefused): void {
    this.#seen.add(refused.path);
    const isNew = !this.#told.has(refused.path);
    this.#told.set(refused.path, refused);
    if (isNew) this.#logger.warn(`${refused.message}. It is left out until then; the others are read`);
  }

  /** What was not refused again by the last look may be read now, or is gone. */
  nextLook(): void {
    for (const path of this.#told.keys()) {
      if (this.#seen.has(path)) continue;
      this.#told.delete(path);
      this.#logger.info(`file: ${path} is no longer refused`);
    }
    this.#seen = new Set();
  }
}
