// The file that is being written for one partition. It becomes visible whole or not at all: written under a temporary name, fdatasync,
// renamed to the name that tells its offsets, and the directory flushed.
// The temporary file is also the claim on the partition: a task that opens it removes the one before, and a task that finds its own gone has been
// succeeded by another and may not finish anything.

import { writeSync } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TopicPartition } from '../../connect/api/index.js';
import { committedFileName, temporaryFileName } from './committed-file.js';
import type { GatheredLines } from './gathered-lines.js';

export interface PartitionFileOptions {
  readonly directory: string;
  readonly partition: TopicPartition;
  failpoint(name: string): void;
}

export class PartitionFile {
  recordCount = 0;
  sizeBytes = 0;
  /** When its first record came, on the connector's clock. */
  startedAt = 0;
  readonly #options: PartitionFileOptions;
  readonly #temporary: string;
  #handle: FileHandle;
  #start = -1;
  #end = -1;

  private constructor(options: PartitionFileOptions, temporary: string, handle: FileHandle) {
    this.#options = options;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  static async claim(options: PartitionFileOptions): Promise<PartitionFile> {
    const temporary = join(options.directory, temporaryFileName(options.partition));
    await rm(temporary, { force: true });
    return new PartitionFile(options, temporary, await open(temporary, 'wx'));
  }

  get partition(): TopicPartition {
    return this.#options.partition;
  }

  append(lines: GatheredLines): void {
    const bytes = lines.bytes();
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#handle.fd, bytes, written);
    if (this.#start < 0) this.#start = lines.start;
    this.#end = lines.end;
    this.recordCount += lines.count;
    this.sizeBytes += bytes.length;
  }

  /** Makes what was appended durable and visible; returns the next offset. Then a new file may be written. */
  async finish(): Promise<number> {
    const { directory, partition, failpoint } = this.#options;
    failpoint('file-sink/temporary-written');
    await this.#handle.datasync();
    failpoint('file-sink/temporary-flushed');
    await this.#requireClaim();
    await rename(
      this.#temporary,
      join(directory, committedFileName({ ...partition, start: this.#start, end: this.#end })),
    );
    failpoint('file-sink/renamed');
    await flushDirectory(directory);
    await this.#handle.close();
    this.#handle = await open(this.#temporary, 'wx');
    const nextOffset = this.#end + 1;
    this.#start = this.#end = -1;
    this.recordCount = this.sizeBytes = 0;
    return nextOffset;
  }

  /** Drops what is not finished. */
  async discard(): Promise<void> {
    // After a failure the handle may be closed already; what it was is then for the next claim to remove.
    const isOwn = await this.#hasClaim().catch(() => false);
    await this.#handle.close().catch(() => undefined);
    if (isOwn) await rm(this.#temporary, { force: true });
  }

  async #requireClaim(): Promise<void> {
    if (await this.#hasClaim()) return;
    const { topic, partition } = this.#options.partition;
    throw new Error(`${topic}-${partition} is written to ${this.#options.directory} by another task now`);
  }

  async #hasClaim(): Promise<boolean> {
    const [there, own] = await Promise.all([stat(this.#temporary).catch(() => undefined), this.#handle.stat()]);
    return there !== undefined && there.ino === own.ino && there.dev === own.dev;
  }
}

/** Makes renames in the directory durable. */
async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
