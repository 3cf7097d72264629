// One path in `tail` mode, and the files that take it one after the other. Like tail -F: a renamed file is read to its end through the open handle
// before the next one is opened; a truncated or rewritten one is read from its start; a last line without a line end is held until it has one.
// When a path was taken twice between two looks, the files between are found by their names (`app.log.1`, `app.log-20240131`) and read too.

import { type Stats, statSync } from 'node:fs';
import { type FileHandle, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Logger, SourceBatch } from '../../connect/api/index.js';
import { FileCursor, openIfThere } from './file-cursor.js';
import { type FilePlace, isThere } from './file-identity.js';
import type { FileSettings } from './file-settings.js';

export interface FollowedPathParts {
  readonly path: string;
  readonly settings: FileSettings;
  readonly logger: Logger;
  /** Whether a path is followed itself (or will be), so that nobody else need read on there. */
  isListed(path: string): boolean;
}

export class FollowedPath {
  readonly path: string;
  readonly #parts: FollowedPathParts;
  /** Undefined while there is no file of that name. */
  #cursor: FileCursor | undefined;
  /** The file to go on with, once what was left of the one before is handed out. */
  #next: FileHandle | undefined;
  /** How often in a row the end was found. */
  #ends = 0;

  constructor(parts: FollowedPathParts) {
    this.path = parts.path;
    this.#parts = parts;
  }

  get cursor(): FileCursor | undefined {
    return this.#cursor;
  }

  /** Whether no file is read or about to be read. */
  get isFree(): boolean {
    return this.#cursor === undefined && this.#next === undefined;
  }

  /** Whether the end was found, and found again. */
  get isIdle(): boolean {
    return this.#cursor === undefined || this.#ends > 1;
  }

  /** Whether nothing was written since the end was found, and nothing has taken its place: one question to the system answers both. */
  isAsSeen(): boolean {
    const now = statNow(this.path);
    if (this.#cursor === undefined) return now === undefined && this.#next === undefined;
    return this.#ends > 1 && this.#cursor.isAsSeen(now);
  }

  /**
   * Opens the file where reading was left, also when it has been renamed within its folder; otherwise from its start.
   */
  async begin(left: FilePlace | undefined): Promise<void> {
    const handle = await openIfThere(this.path);
    if (left === undefined) return this.#open(handle, undefined);
    if (handle !== undefined && isThere(handle, left)) return this.#open(handle, left);
    const renamed = await this.#findRenamed(left);
    if (renamed !== undefined) {
      await handle?.close();
      return this.#open(renamed, left);
    }
    if (handle !== undefined)
      this.#parts.logger.warn(
        `${this.path}: the file was replaced, truncated or rewritten since it was last read: reading it from its start`,
      );
    return this.#open(handle, undefined);
  }

  /** Takes a file that was read under another name until it was renamed to this one. */
  async adopt(handle: FileHandle, place: FilePlace): Promise<SourceBatch> {
    await this.#open(handle, place);
    return this.#cursor!.batch(undefined);
  }

  /** The next batches; none when there is nothing for now. */
  async poll(): Promise<readonly SourceBatch[]> {
    if (this.#cursor === undefined) await this.#openNext();
    const cursor = this.#cursor;
    if (cursor === undefined) return [];
    if (this.#ends > 1 && this.isAsSeen()) return [];
    const state = cursor.look();
    if (state === 'rewritten') await this.#beginAgain(cursor);
    const batch = state === 'same' && this.#ends > 0 ? undefined : await cursor.next();
    if (batch !== undefined) {
      this.#ends = 0;
      return [batch];
    }
    this.#ends++;
    if (this.#ends === 2) cursor.idle();
    // Who renamed the file may still write to it for a moment: the end has to be found twice before the next one is opened.
    return this.#ends > 1 ? this.#turnIfReplaced(cursor) : [];
  }

  /** There is no file of that name any more. Returns what was left of the last one. */
  async leave(): Promise<SourceBatch | undefined> {
    const cursor = this.#cursor;
    const last =
      cursor === undefined || (await this.#isListedElsewhere(cursor.inode)) ? undefined : await cursor.rest();
    await this.close();
    return last;
  }

  async close(): Promise<void> {
    await this.#cursor?.close();
    await this.#next?.close();
    this.#cursor = this.#next = undefined;
  }

  async #open(handle: FileHandle | undefined, place: FilePlace | undefined): Promise<void> {
    this.#ends = 0;
    if (handle === undefined) return;
    try {
      this.#cursor = await FileCursor.begin({ handle, path: this.path, settings: this.#parts.settings }, place);
    } catch (error) {
      if (handle !== this.#next) await handle.close();
      throw error;
    }
  }

  async #beginAgain(cursor: FileCursor): Promise<void> {
    this.#parts.logger.warn(`${this.path} was truncated or rewritten: reading it from its start`);
    await cursor.beginAgain();
    this.#ends = 0;
  }

  async #turnIfReplaced(cursor: FileCursor): Promise<readonly SourceBatch[]> {
    // Not by a thread: that costs ten times as much, and it is asked of each file that rests, again and again.
    const now = statNow(this.path);
    if (now === undefined || (now.ino === cursor.inode && now.dev === cursor.device)) return [];
    const isListed = this.#parts.isListed(this.path);
    const next = (await this.#rotatedSince(cursor)) ?? (isListed ? undefined : await openIfThere(this.path));
    if (next === undefined && !isListed) return [];
    // Where it is followed under its new name, its last line may still be completed.
    const last = (await this.#isListedElsewhere(cursor.inode)) ? undefined : await cursor.rest();
    this.#parts.logger.info(`${this.path} was replaced: going on with the next file`);
    await this.close();
    this.#next = next;
    return last === undefined ? [] : [last];
  }

  async #isListedElsewhere(inode: number): Promise<boolean> {
    const directory = dirname(this.path);
    for (const name of await readdir(directory).catch(() => [])) {
      const path = join(directory, name);
      if (path === this.path || !this.#parts.isListed(path)) continue;
      if ((await stat(path).catch(() => undefined))?.ino === inode) return true;
    }
    return false;
  }

  async #openNext(): Promise<void> {
    const next = this.#next ?? (this.#parts.isListed(this.path) ? undefined : await openIfThere(this.path));
    await this.#open(next, undefined);
    this.#next = undefined;
  }

  /** The oldest of the files that had the name after the one that was read, and have lost it again. */
  async #rotatedSince(cursor: FileCursor): Promise<FileHandle | undefined> {
    const directory = dirname(this.path);
    const prefix = basename(this.path);
    const read = cursor.stat();
    let oldest: { readonly path: string; readonly modifiedMs: number } | undefined;
    for (const name of await readdir(directory).catch(() => [])) {
      if (!name.startsWith(prefix) || !/^[.-]\d[\d.:T_-]*$/.test(name.slice(prefix.length))) continue;
      const path = join(directory, name);
      if (this.#parts.isListed(path)) continue;
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || found.ino === read.ino || found.birthtimeMs <= read.birthtimeMs) continue;
      if (found.mtimeMs < read.mtimeMs || (oldest !== undefined && oldest.modifiedMs <= found.mtimeMs)) continue;
      oldest = { path, modifiedMs: found.mtimeMs };
    }
    return oldest === undefined ? undefined : openIfThere(oldest.path);
  }

  async #findRenamed(left: FilePlace): Promise<FileHandle | undefined> {
    const directory = dirname(this.path);
    for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
      const path = join(directory, entry.name);
      if (!entry.isFile() || this.#parts.isListed(path)) continue;
      if ((await stat(path).catch(() => undefined))?.ino !== left.identity.inode) continue;
      const handle = await openIfThere(path);
      if (handle === undefined) continue;
      if (isThere(handle, left)) return handle;
      await handle.close();
    }
    return undefined;
  }
}

function statNow(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
