// One open file, read from a place on. Where a file cannot be read any further (broken gzip, a broken JSON array), what is left of it is one bad
// record, and the file counts as read.

import { fstatSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  type BadRecord,
  ConfigError,
  type SourceBatch,
  type SourceHeader,
  type SourceRecord,
} from '../../connect/api/index.js';
import { diskFault } from './disk-fault.js';
import type { FileBytes } from './file-bytes.js';
import {
  type FileIdentity,
  type FilePlace,
  type FileState,
  fileIdentity,
  hasSameBytes,
  isProvisional,
  lastFingerprint,
  offsetOfPlace,
} from './file-identity.js';
import type { FileSettings } from './file-settings.js';
import { isRefused, readRefused } from './read-refused.js';
import { FileFault, type RowReader } from './row-reader.js';

interface Taken {
  readonly records: readonly SourceRecord[];
  readonly badRecords: readonly BadRecord[];
}

export interface FileCursorParts {
  readonly handle: FileHandle;
  /** The name under which it is read: its source partition. */
  readonly path: string;
  readonly settings: FileSettings;
}

export class FileCursor {
  readonly path: string;
  /** Nothing behind the present place can be read. */
  isBroken = false;
  readonly #parts: FileCursorParts;
  readonly #bytes: FileBytes;
  #reader!: RowReader;
  #identity!: FileIdentity;
  #headers: readonly SourceHeader[] | undefined;
  /** The place of the last batch. */
  #left!: FilePlace;
  /** As it was when it was last looked at. */
  #seen: FileState = { sizeBytes: -1, modifiedMs: -1 };

  private constructor(parts: FileCursorParts) {
    this.path = parts.path;
    this.#parts = parts;
    this.#bytes = parts.settings.bytesOf(parts.handle, parts.path);
  }

  /** Begins at the place, or at the start of the file. Throws ConfigError where the head of the file and the configuration do not fit. */
  static async begin(parts: FileCursorParts, place?: FilePlace): Promise<FileCursor> {
    const cursor = new FileCursor(parts);
    await cursor.#begin(place);
    return cursor;
  }

  get place(): FilePlace {
    const { handle, settings, path } = this.#parts;
    const { position, line } = this.#reader;
    const hasLast = !settings.isCompressed(path);
    const last = hasLast ? lastFingerprint(handle, position) : undefined;
    return { position, line, identity: this.#identity, lastFingerprint: last, finished: undefined };
  }

  get inode(): number {
    return this.#identity.inode;
  }

  get device(): number {
    return this.#identity.device;
  }

  /** How many bytes of the file are read. */
  get readBytes(): number {
    return this.isBroken ? this.state().sizeBytes : this.#bytes.readBytes(this.#reader.position);
  }

  state(): FileState {
    const { size, mtimeMs } = this.stat();
    return { sizeBytes: size, modifiedMs: mtimeMs };
  }

  stat(): Stats {
    return fstatSync(this.#parts.handle.fd);
  }

  /** What has become of the file since the last look. `rewritten`: what was read is not there any more. */
  look(): 'same' | 'changed' | 'rewritten' {
    const now = this.state();
    const { sizeBytes, modifiedMs } = this.#seen;
    if (now.sizeBytes === sizeBytes && now.modifiedMs === modifiedMs) return 'same';
    this.#seen = now;
    if (now.sizeBytes < this.readBytes || now.sizeBytes < sizeBytes) return 'rewritten';
    return hasSameBytes(this.#parts.handle, this.#left) ? 'changed' : 'rewritten';
  }

  /** Whether this is the file, as it was when it was last looked at. */
  isAsSeen(now: Stats | undefined): boolean {
    if (now === undefined || now.ino !== this.inode || now.dev !== this.device) return false;
    return now.size === this.#seen.sizeBytes && now.mtimeMs === this.#seen.modifiedMs;
  }

  /** What is complete behind the place; undefined when there is nothing more for now. */
  async next(): Promise<SourceBatch | undefined> {
    if (this.isBroken) return undefined;
    try {
      while ((await this.#fill(this.#reader)) > 0) {
        const taken = this.#reader.take(false);
        if (taken !== undefined) return this.batch(taken);
      }
    } catch (error) {
      return this.#broken(error);
    }
    return undefined;
  }

  /** What is behind the last line end, when nothing will follow. */
  async rest(): Promise<SourceBatch | undefined> {
    if (this.isBroken) return undefined;
    try {
      await this.#bytes.requireEnd();
      const taken = this.#reader.take(true);
      return taken === undefined ? undefined : this.#batchOfAll(taken);
    } catch (error) {
      return this.#broken(error);
    }
  }

  /** What was found broken behind the last rows comes with them. */
  #batchOfAll(taken: Taken): SourceBatch {
    try {
      this.#reader.take(true);
      return this.batch(taken);
    } catch (error) {
      const { bad } = this.#broken(error);
      return this.batch({ records: taken.records, badRecords: [...taken.badRecords, ...bad!] });
    }
  }

  /** A batch of the place where reading is now, with `finished` when nothing is to come. */
  batch(taken: Taken | undefined, finished?: FileState): SourceBatch {
    if (isProvisional(this.#identity)) this.#identity = fileIdentity(this.#parts.handle, this.#headBytes());
    const records = taken?.records ?? [];
    this.#left = { ...this.place, finished };
    return {
      partition: { filename: this.path },
      offset: offsetOfPlace(this.#left),
      records: this.#headers === undefined ? records : records.map(record => withHeaders(record, this.#headers!)),
      bad: taken?.badRecords ?? [],
    };
  }

  /** Reads it from its start again. */
  beginAgain(): Promise<void> {
    this.isBroken = false;
    return this.#begin(undefined);
  }

  /** Nothing will come for a while. */
  idle(): void {
    this.#reader.bytes.rest();
  }

  async close(): Promise<void> {
    await this.#parts.handle.close();
  }

  async #begin(place: FilePlace | undefined): Promise<void> {
    const { handle, path, settings } = this.#parts;
    try {
      const head = Buffer.alloc(4);
      const headBytes = await this.#bytes.read(head, 0, head.length, 0);
      this.#reader = settings.readerOf(path, head.subarray(0, headBytes));
      await this.#learn();
    } catch (error) {
      if (!this.#isOfFile(error)) throw error;
      // Told as soon as something is asked of it.
      this.#reader ??= settings.readerOf(path, Buffer.alloc(0));
    }
    this.#reader.moveTo(place?.position ?? 0, place?.line ?? 1);
    this.#identity = place?.identity ?? fileIdentity(handle, 0);
    this.#left = this.place;
    this.#seen = this.state();
    if (settings.config['file.headers.enable']) this.#headers = headersOf(path, this.#seen);
  }

  /** Lets the format learn the head of the file (the csv header), so that unknown columns are found at once and a resumed file has its names. */
  async #learn(): Promise<void> {
    const learner = this.#reader.learner();
    const limit = this.#parts.settings.config['line.bytes.max'];
    learner.moveTo(0, 1);
    while (!this.#reader.isReady && learner.readPosition <= limit) {
      if ((await this.#fill(learner)) === 0) return;
      learner.take(false);
    }
  }

  async #fill(reader: RowReader): Promise<number> {
    const { buffer, at, length } = reader.bytes.space();
    try {
      const count = await this.#bytes.read(buffer, at, length, reader.readPosition);
      reader.bytes.filled(count);
      return count;
    } catch (error) {
      throw error instanceof FileFault ? error : diskFault(`${this.path} cannot be read`, error);
    }
  }

  #headBytes(): number {
    return this.#parts.settings.isCompressed(this.path) ? this.readBytes : this.#reader.position;
  }

  /** Whether the file is to blame. A head that does not fit the configuration is its fault only where others may fit. */
  #isOfFile(error: unknown): boolean {
    const { config } = this.#parts.settings;
    return error instanceof FileFault || (error instanceof ConfigError && config['error.path'] !== undefined);
  }

  #broken(error: unknown): SourceBatch {
    if (!this.#isOfFile(error)) throw error;
    this.isBroken = true;
    const { position, line } = this.#reader;
    const bad = { raw: null, error: error as Error, position: { file: this.path, line, offset: position } };
    return this.batch({ records: [], badRecords: [bad] });
  }
}

function withHeaders(record: SourceRecord, own: readonly SourceHeader[]): SourceRecord {
  return { ...record, headers: record.headers === undefined ? own : [...own, ...record.headers] };
}

function headersOf(path: string, { sizeBytes, modifiedMs }: FileState): readonly SourceHeader[] {
  const facts = {
    'file.path': path,
    'file.name': basename(path),
    'file.length': String(sizeBytes),
    'file.last.modified': new Date(modifiedMs).toISOString(),
  };
  return Object.entries(facts).map(([key, value]) => ({ key, value: Buffer.from(value) }));
}

/** Opens a file to read; undefined when there is none of that name. Throws RetriableError for what may pass. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  const handle = await open(path, 'r').catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    if (isRefused(error)) throw await readRefused(path, error);
    throw diskFault(`file: ${path} cannot be opened`, error);
  });
  if (handle !== undefined && fstatSync(handle.fd).isDirectory()) {
    await handle.close();
    return undefined;
  }
  return handle;
}
