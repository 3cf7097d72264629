// Reads files whole, one after the other: those that are there (`once`), or as they come (`spool`). That a file is finished stands in its offset, with
// its size and time; only when that is committed the file is cleaned up, so whenever a task dies, what was read is not read again and what
// was to be moved is moved.

import { readFile } from 'node:fs/promises';
import type { Polled, SourceBatch, SourceOffset, SourcePartition, SourceTask } from '../../connect/api/index.js';
import { cleanUp, isMarkOf } from './file-cleanup.js';
import { FileCursor, openIfThere } from './file-cursor.js';
import { isThere } from './file-identity.js';
import { finishedMark, type ListedFile, listFiles } from './file-listing.js';
import { type QuietPlaces, QuietWait } from './quiet-wait.js';
import { ReadRefused, RefusedFiles } from './read-refused.js';
import { type FileTaskParts, missingFolder } from './tail-task.js';
import { isOfTask } from './task-share.js';

interface OpenFile {
  readonly file: ListedFile;
  readonly cursor: FileCursor;
}

export class SpoolTask implements SourceTask {
  readonly #parts: FileTaskParts;
  #waiting: ListedFile[] | undefined;
  #current: OpenFile | undefined;
  /** Finished, and not yet committed or cleaned up. */
  readonly #finished = new Map<string, { file: ListedFile; isBroken: boolean }>();
  /** Committed: to be cleaned up with the next poll. */
  readonly #committed: string[] = [];
  /** Offsets that say that files are gone, so that another of the same name is a new one. */
  readonly #forgotten: SourceBatch[] = [];
  #doneBytes = 0;
  readonly #quiet: QuietWait;
  readonly #refused: RefusedFiles;
  /** A file was there that may be complete later. */
  #hasYoung = false;

  constructor(parts: FileTaskParts) {
    this.#parts = parts;
    const { context, settings } = parts;
    this.#refused = new RefusedFiles(context.logger);
    this.#quiet = new QuietWait(context.clock, settings.config['poll.interval.ms']);
  }

  /** Opens the first file. Throws ConfigError where its head and the configuration do not fit. */
  async begin(): Promise<void> {
    this.#current = await this.#openNext();
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    await this.#cleanUpCommitted();
    this.#current ??= await this.#openNext();
    const forgotten = this.#forgotten.splice(0);
    if (this.#current !== undefined || forgotten.length > 0) this.#quiet.found();
    if (this.#current !== undefined) return [...forgotten, ...(await this.#read(this.#current))];
    if (forgotten.length > 0) return forgotten;
    const isWaiting = this.#isBounded ? (this.#waiting?.length ?? 0) > 0 : true;
    // It has not read all that it should, or nothing ever.
    const { first: refused } = this.#refused;
    if (refused !== undefined && (!isWaiting || this.#parts.places.areNone)) throw refused;
    if (!isWaiting) return 'ended';
    if (this.#hasYoung || this.#refused.count > 0) this.#quiet.found();
    await this.#quiet.wait(signal, () => this.#places());
    return [];
  }

  wake(): void {
    this.#quiet.wake();
  }

  isResting(): boolean {
    return this.#quiet.isResting;
  }

  async committed(offsets: readonly { partition: SourcePartition; offset: SourceOffset }[]): Promise<void> {
    for (const { partition, offset } of offsets) {
      if (typeof offset['finishedBytes'] === 'number') this.#committed.push(String(partition['filename']));
    }
    if (this.#committed.length > 0) this.#quiet.wake();
    // A bounded source is not polled again.
    if (this.#isBounded && this.#current === undefined) await this.#cleanUpCommitted();
  }

  async close(): Promise<void> {
    this.#quiet.close();
    await this.#current?.cursor.close();
    this.#current = undefined;
  }

  /** Where it shows that there is something to read. */
  #places(): QuietPlaces {
    const { pattern } = this.#parts;
    if (pattern.kind === 'path') return { paths: [pattern.path], areAll: true };
    return { paths: [pattern.base], areAll: pattern.depthMax === 0 };
  }

  get #isBounded(): boolean {
    return this.#parts.settings.config.mode === 'once';
  }

  async #read(open: OpenFile): Promise<readonly SourceBatch[]> {
    const { file, cursor } = open;
    if (cursor.look() === 'rewritten') await cursor.beginAgain();
    const batch = await cursor.next();
    if (batch !== undefined && !cursor.isBroken) return [this.#withProgress(batch)];
    const before = cursor.state();
    const rest = batch === undefined ? await cursor.rest() : batch;
    this.#current = undefined;
    // Read again from the end, should something have been added meanwhile.
    const last = cursor.batch(
      rest === undefined ? undefined : { records: rest.records, badRecords: rest.bad! },
      before,
    );
    this.#finished.set(file.path, { file: { ...file, ...before }, isBroken: cursor.isBroken });
    this.#doneBytes += before.sizeBytes;
    this.#parts.places.take(last);
    await cursor.close();
    return [this.#withProgress(last)];
  }

  /** The next file that is there, is complete and was not read; undefined when there is none now. */
  async #openNext(): Promise<OpenFile | undefined> {
    const { settings, context } = this.#parts;
    if (this.#waiting === undefined || (this.#waiting.length === 0 && !this.#isBounded))
      this.#waiting = await this.#list();
    const tooYoung: ListedFile[] = [];
    let opened: OpenFile | undefined;
    while (opened === undefined && this.#waiting.length > 0) {
      const file = this.#waiting[0]!;
      if (context.clock.now() - file.modifiedMs < settings.config['file.minimum.age.ms']) tooYoung.push(file);
      else opened = await this.#openOrRefused(file);
      this.#waiting.shift();
    }
    this.#hasYoung = tooYoung.length > 0;
    // In `spool` the folder is listed anew; in `once` they are waited for.
    if (this.#isBounded) this.#waiting.push(...(await this.#anew(tooYoung)));
    return opened;
  }

  async #openOrRefused(file: ListedFile): Promise<OpenFile | undefined> {
    try {
      return await this.#open(file);
    } catch (error) {
      if (!(error instanceof ReadRefused) || this.#parts.pattern.kind === 'path') throw error;
      this.#refused.take(error);
      return undefined;
    }
  }

  async #anew(files: readonly ListedFile[]): Promise<readonly ListedFile[]> {
    if (files.length === 0) return [];
    const paths = new Set(files.map(file => file.path));
    return (await this.#list()).filter(file => paths.has(file.path));
  }

  async #list(): Promise<ListedFile[]> {
    const { pattern, settings } = this.#parts;
    // With `once` there is no next look: what was refused stays so.
    if (!this.#isBounded) this.#refused.nextLook();
    const refused = (each: ReadRefused) => {
      if (pattern.kind === 'path') throw each;
      this.#refused.take(each);
    };
    const files = await listFiles(pattern, settings.config['files.sort.attributes'], refused).catch(error => {
      throw missingFolder(pattern.kind === 'path' ? pattern.path : pattern.base, error);
    });
    return files.filter(file => isOfTask(file.name, settings.config) && !this.#isFinished(file));
  }

  #isFinished({ path, inode, sizeBytes, modifiedMs }: ListedFile): boolean {
    const file = this.#finished.get(path)?.file;
    return file?.inode === inode && file.sizeBytes === sizeBytes && file.modifiedMs === modifiedMs;
  }

  async #open(file: ListedFile): Promise<OpenFile | undefined> {
    const { settings, places } = this.#parts;
    if (settings.config['cleanup.policy'] === 'mark' && (await hasMark(file))) return undefined;
    const handle = await openIfThere(file.path);
    if (handle === undefined) return undefined;
    try {
      const left = places.of(file.path);
      const place = left !== undefined && isThere(handle, left) ? left : undefined;
      if (place?.finished?.sizeBytes === file.sizeBytes && place.finished.modifiedMs === file.modifiedMs) {
        await handle.close();
        await this.#cleanUp({ file, isBroken: false });
        this.#doneBytes += file.sizeBytes;
        return undefined;
      }
      if (left !== undefined && place === undefined)
        this.#parts.context.logger.info(`${file.path} is another file now: reading it from its start`);
      return { file, cursor: await FileCursor.begin({ handle, path: file.path, settings }, place) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #cleanUpCommitted(): Promise<void> {
    while (this.#committed.length > 0) {
      const finished = this.#finished.get(this.#committed[0]!);
      if (finished !== undefined) await this.#cleanUp(finished);
      this.#committed.shift();
    }
  }

  /** A file that has changed since it was read is left to be read on. */
  async #cleanUp(finished: { file: ListedFile; isBroken: boolean }): Promise<void> {
    const { settings, context, places } = this.#parts;
    const { file, isBroken } = finished;
    const [now] = await listFiles({ kind: 'path', path: file.path }, 'NameAsc');
    const isSame = now !== undefined && now.sizeBytes === file.sizeBytes && now.modifiedMs === file.modifiedMs;
    const done = isSame ? await cleanUp(file, isBroken, settings.config) : 'left';
    if (done === 'moved' || done === 'deleted' || !isSame) this.#finished.delete(file.path);
    if (done !== 'left') context.logger.info(`${file.path} was read and ${done}`);
    if (done !== 'moved' && done !== 'deleted') return;
    const forgotten: SourceBatch = { partition: { filename: file.path }, offset: { position: 0 }, records: [] };
    places.take(forgotten);
    this.#forgotten.push(forgotten);
  }

  #withProgress(batch: SourceBatch): SourceBatch {
    const { cursor } = this.#current ?? {};
    const waiting = (this.#waiting ?? []).reduce((sum, file) => sum + file.sizeBytes, 0);
    const bytes = this.#doneBytes + (cursor?.readBytes ?? 0);
    const bytesTotal = this.#doneBytes + (cursor?.state().sizeBytes ?? 0) + waiting;
    return { ...batch, progress: { bytes, bytesTotal, of: `task ${this.#parts.context.task}` } };
  }
}

async function hasMark(file: ListedFile): Promise<boolean> {
  const text = await readFile(file.path + finishedMark, 'utf8').catch(() => '');
  return isMarkOf(file, text);
}
