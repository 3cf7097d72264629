// A file on its way: written under a temporary name, fdatasync, renamed to the name that tells its offsets, and its folder flushed. So it becomes
// visible whole or not at all. A write that fails may be tried again: what is not on disk is still here, with its place in the file.

import { writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { SinkRecord, TopicPartition } from '../../connect/api/index.js';
import { committedFileName, temporaryFileName } from './committed-file.js';
import { diskFault } from './disk-fault.js';
import { flushFolder } from './flush-folder.js';
import type { PartitionClaim } from './partition-claim.js';
import type { SinkFileWriter, SinkFormat } from './sink-format.js';

/** As much as is gathered before it is written (and compressed). */
const chunkBytes = 256 * 1024;
const compress = promisify(gzip);

export interface OutputFileParts {
  /** Absolute. */
  readonly directory: string;
  /** Below the directory. */
  readonly folder: string;
  readonly partition: TopicPartition;
  readonly claim: PartitionClaim;
  readonly format: SinkFormat;
  readonly isCompressed: boolean;
  failpoint(name: string): void;
}

export class OutputFile {
  recordCount = 0;
  /** Offset of the first record. */
  start = -1;
  /** When its first record came, on the connector's clock. */
  startedAt = 0;
  /** It is finished when a record of this time comes. */
  closesAtMs = Number.POSITIVE_INFINITY;
  readonly #parts: OutputFileParts;
  readonly #folder: string;
  readonly #temporary: string;
  readonly #writer: SinkFileWriter;
  #handle: FileHandle | undefined;
  #pending: Buffer[] = [];
  #writtenBytes = 0;
  #end = -1;
  #hasEnded = false;

  constructor(parts: OutputFileParts) {
    this.#parts = parts;
    this.#folder = join(parts.directory, parts.folder);
    this.#temporary = join(this.#folder, temporaryFileName(parts.partition, parts.claim.token));
    this.#writer = parts.format.begin();
  }

  /** Makes its temporary file. Throws RetriableError for what may pass: nothing is lost then. */
  async open(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true });
      this.#handle = await open(this.#temporary, 'wx');
    } catch (error) {
      throw diskFault(`a file in ${this.#folder} cannot be made`, error);
    }
  }

  /** Returns false when the record needs another file. Throws DataError for one that no file takes. */
  add(record: SinkRecord): boolean {
    if (this.#hasEnded || !this.#writer.add(record)) return false;
    if (this.recordCount++ === 0) this.start = record.offset;
    this.#end = record.offset;
    return true;
  }

  /** Offset of the last record. */
  get end(): number {
    return this.#end;
  }

  get sizeBytes(): number {
    return this.#writtenBytes + this.#writer.gatheredBytes;
  }

  /** Whether so much is gathered that it should be written. */
  get hasChunk(): boolean {
    return this.#writer.gatheredBytes >= chunkBytes || this.#pending.length > 0;
  }

  /** Throws RetriableError while the disk takes nothing. */
  async write(): Promise<void> {
    if (this.#writer.gatheredBytes > 0) await this.#gather(this.#writer.take());
    this.#drain();
  }

  /** Makes it durable and visible. After an error other than RetriableError it is lost: its records have to be read again. */
  async finish(): Promise<void> {
    const { claim, failpoint, format, isCompressed, partition } = this.#parts;
    if (!this.#hasEnded) await this.#gather(this.#writer.end());
    this.#hasEnded = true;
    this.#drain();
    failpoint('file-sink/temporary-written');
    await this.#handle!.datasync();
    failpoint('file-sink/temporary-flushed');
    await claim.require();
    failpoint('file-sink/claim-held');
    const name = { ...partition, start: this.start, end: this.#end };
    const extension = isCompressed ? `${format.extension}.gz` : format.extension;
    await rename(this.#temporary, join(this.#folder, committedFileName(name, extension)));
    failpoint('file-sink/renamed');
    await this.#flushFolders();
    failpoint('file-sink/folder-flushed');
    await this.#handle!.close();
  }

  /** Drops what is not finished. */
  async discard(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    await rm(this.#temporary, { force: true }).catch(() => undefined);
  }

  async #gather(bytes: Buffer): Promise<void> {
    if (bytes.length > 0) this.#pending.push(this.#parts.isCompressed ? await compress(bytes) : bytes);
  }

  #drain(): void {
    try {
      while (this.#pending.length > 0) this.#writeSome(this.#pending[0]!);
    } catch (error) {
      throw diskFault(`${this.#temporary} cannot be written`, error);
    }
  }

  #writeSome(bytes: Buffer): void {
    const count = writeSync(this.#handle!.fd, bytes, 0, bytes.length, this.#writtenBytes);
    this.#writtenBytes += count;
    if (count === bytes.length) this.#pending.shift();
    else this.#pending[0] = bytes.subarray(count);
  }

  /** Makes the rename durable, and the folders that were made for it. */
  async #flushFolders(): Promise<void> {
    for (let folder = this.#folder; ; folder = dirname(folder)) {
      await flushFolder(folder);
      if (folder === this.#parts.directory) return;
    }
  }
}
