// Follows one path, or all files of a pattern. New files are found as they come; one that was renamed within the pattern is known by its inode, and not
// read again.

import { relative, sep } from 'node:path';
import type { Polled, SourceBatch, SourceContext, SourceTask } from '../../connect/api/index.js';
import { diskFault } from './disk-fault.js';
import { openIfThere } from './file-cursor.js';
import { type ListedFile, listFiles } from './file-listing.js';
import type { FilePattern } from './file-pattern.js';
import type { FileSettings } from './file-settings.js';
import { FollowedPath } from './followed-path.js';
import type { KnownPlaces } from './known-places.js';
import { type QuietPlaces, QuietWait } from './quiet-wait.js';
import { ReadRefused, RefusedFiles } from './read-refused.js';
import { isOfTask } from './task-share.js';

export interface FileTaskParts {
  readonly settings: FileSettings;
  readonly context: SourceContext;
  readonly pattern: FilePattern;
  readonly places: KnownPlaces;
}

/** As many are enough for one poll. */
const enoughRecords = 1_000;
/** How often new files are looked for while there is something to read. */
const discoveryMs = 1_000;

export class TailTask implements SourceTask {
  readonly #parts: FileTaskParts;
  readonly #followed = new Map<string, FollowedPath>();
  readonly #quiet: QuietWait;
  readonly #refused: RefusedFiles;
  /** Whose turn it is. */
  #turn = 0;
  #discoveredAt = Number.NEGATIVE_INFINITY;
  #isFirstLook = true;

  constructor(parts: FileTaskParts) {
    this.#parts = parts;
    const { context, settings } = parts;
    this.#refused = new RefusedFiles(context.logger);
    this.#quiet = new QuietWait(context.clock, settings.config['poll.interval.ms']);
  }

  /** Follows a single path. Throws ConfigError where its head and the configuration do not fit. */
  async follow(path: string): Promise<void> {
    const followed = this.#begin(path);
    await followed.begin(this.#parts.places.of(path));
    this.#followed.set(path, followed);
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    const batches: SourceBatch[] = [];
    try {
      await this.#pollAll(batches);
    } catch (error) {
      // What was read before is handed out first: it would not be read again. Then the fault is met again, or is over.
      if (batches.length === 0) throw error;
      this.#discoveredAt = Number.NEGATIVE_INFINITY;
    }
    if (batches.length > 0) {
      this.#quiet.found();
      return this.#withProgress(batches);
    }
    this.#discoveredAt = Number.NEGATIVE_INFINITY;
    // That a right is given shows at no folder.
    if (this.#refused.count > 0) this.#quiet.found();
    await this.#quiet.wait(signal, () => this.#places());
    return [];
  }

  wake(): void {
    this.#quiet.wake();
  }

  isResting(): boolean {
    return this.#quiet.isResting;
  }

  async #pollAll(batches: SourceBatch[]): Promise<void> {
    if (this.#isDiscoveryDue(this.#parts.context.clock.monotonic())) await this.#discover(batches);
    const followed = [...this.#followed.values()];
    let recordCount = 0;
    for (let looked = 0; looked < followed.length && recordCount < enoughRecords; looked++) {
      recordCount += await this.#pollOne(followed[this.#turn++ % followed.length]!, batches);
    }
  }

  async close(): Promise<void> {
    this.#quiet.close();
    for (const followed of this.#followed.values()) await followed.close();
  }

  /** Where it shows that there is something to read. */
  #places(): QuietPlaces {
    const { pattern } = this.#parts;
    const files = [...this.#followed.keys()];
    if (pattern.kind === 'path') return { paths: files, areAll: true, isAsSeen: () => this.#isAsSeen() };
    return { paths: [pattern.base, ...files], areAll: pattern.depthMax === 0 };
  }

  #isAsSeen(): boolean {
    for (const followed of this.#followed.values()) if (!followed.isAsSeen()) return false;
    return true;
  }

  #isDiscoveryDue(now: number): boolean {
    return this.#parts.pattern.kind === 'pattern' && now - this.#discoveredAt >= discoveryMs;
  }

  /** Returns how many records came. */
  async #pollOne(followed: FollowedPath, batches: SourceBatch[]): Promise<number> {
    const inode = followed.cursor?.inode;
    const polled = await followed.poll();
    let recordCount = 0;
    for (const batch of polled) recordCount += this.#take(batch, batches);
    // The file that was there before may be followed under its new name: that is said together with its last lines.
    if (inode !== undefined && followed.cursor?.inode !== inode) await this.#discover(batches);
    return recordCount;
  }

  #take(batch: SourceBatch, batches: SourceBatch[]): number {
    this.#parts.places.take(batch);
    batches.push(batch);
    return batch.records.length;
  }

  /** Begins to follow files that are new, and leaves those that are gone and read. */
  async #discover(batches: SourceBatch[]): Promise<void> {
    const { pattern, settings, context, places } = this.#parts;
    if (pattern.kind === 'path') return;
    this.#discoveredAt = context.clock.monotonic();
    this.#refused.nextLook();
    const refused = (each: ReadRefused) => this.#refused.take(each);
    const files = await listFiles(pattern, settings.config['files.sort.attributes'], refused).catch(error => {
      throw missingFolder(pattern.base, error);
    });
    const own = files.filter(file => isOfTask(stemOf(file.name), settings.config));
    const paths = new Set(own.map(file => file.path));
    for (const [path, followed] of this.#followed) {
      // One that was replaced is looked at anew: it may be known by another name.
      if (!followed.isFree && (paths.has(path) || !followed.isIdle)) continue;
      const last = await followed.leave();
      this.#followed.delete(path);
      if (last !== undefined) this.#take(last, batches);
    }
    for (const file of own) {
      if (this.#followed.has(file.path)) continue;
      const adopted = await this.#foundOrRefused(file);
      if (adopted !== undefined) this.#take(adopted, batches);
    }
    const { first } = this.#refused;
    if (first !== undefined && this.#followed.size === 0 && places.areNone) throw first;
    this.#isFirstLook = false;
  }

  async #foundOrRefused(file: ListedFile): Promise<SourceBatch | undefined> {
    try {
      return await this.#found(file);
    } catch (error) {
      if (!(error instanceof ReadRefused)) throw error;
      this.#refused.take(error);
      return undefined;
    }
  }

  /** Follows a file. Returns what is to be kept of one that is known by another name. */
  async #found(file: ListedFile): Promise<SourceBatch | undefined> {
    // It was renamed, and is still being read through the handle that is open.
    for (const { cursor } of this.#followed.values()) if (cursor?.inode === file.inode) return undefined;
    const { places } = this.#parts;
    const handle = await openIfThere(file.path);
    if (handle === undefined) return undefined;
    const place = places.in(handle, file.inode);
    const followed = this.#begin(file.path);
    if (place !== undefined && places.of(file.path) !== place) {
      const adopted = await followed.adopt(handle, place);
      this.#followed.set(file.path, followed);
      return adopted;
    }
    await handle.close();
    // Later on, a name is free for another file only when the one before was read.
    await followed.begin(this.#isFirstLook ? places.of(file.path) : place);
    this.#followed.set(file.path, followed);
    return undefined;
  }

  #begin(path: string): FollowedPath {
    const { settings, context } = this.#parts;
    return new FollowedPath({ path, settings, logger: context.logger, isListed: each => this.#isListed(each) });
  }

  #isListed(path: string): boolean {
    const { pattern } = this.#parts;
    return pattern.kind === 'pattern' && pattern.matches(relative(pattern.base, path).replaceAll(sep, '/'));
  }

  #withProgress(batches: readonly SourceBatch[]): readonly SourceBatch[] {
    let [bytes, bytesTotal] = [0, 0];
    for (const { cursor } of this.#followed.values()) {
      if (cursor === undefined) continue;
      bytes += cursor.readBytes;
      bytesTotal += cursor.state().sizeBytes;
    }
    const progress = { bytes, bytesTotal, of: `task ${this.#parts.context.task}` };
    return batches.map(batch => ({ ...batch, progress }));
  }
}

/** What a log file is called before it is rotated: all that had the name go to one task, in order. */
function stemOf(name: string): string {
  return name.replace(/[.-]\d[\d.:T_-]*(?:\.gz)?$/i, '');
}

/** The error for a folder that is not there (yet, or any more). */
export function missingFolder(base: string, error: unknown): Error {
  if (error instanceof ReadRefused) return error;
  const { code } = error as NodeJS.ErrnoException;
  return diskFault(
    `file: the folder ${base} cannot be read`,
    code === 'ENOENT' || code === 'ENOTDIR' ? Object.assign(new Error('there is none'), { code: 'EAGAIN' }) : error,
  );
}
