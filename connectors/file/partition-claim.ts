// Whose a topic partition is in this directory: the task's whose claim file lies there. A task takes a partition by removing the claim before and
// making its own; a task that finds its own gone has been succeeded by another and may not finish anything.
//
// No file is finished twice, wherever a predecessor was stopped: (1) it makes a temporary file, (2) looks that the claim is still its own,
// (3) renames. Its successor (a) takes the claim, (b) removes all temporary files, (c) reads the names. What was looked at before (a) was
// made before (a): so (b) finds it, or it was renamed and (c) does.

import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TopicPartition } from '../../connect/api/index.js';
import { claimFileName } from './committed-file.js';

export class PartitionClaim {
  /** No two claims that are held have the same: the number of a file that is open cannot be given to another. */
  readonly token: string;
  readonly #directory: string;
  readonly #partition: TopicPartition;
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(directory: string, partition: TopicPartition, handle: FileHandle, inode: bigint) {
    this.#directory = directory;
    this.#partition = partition;
    this.#path = join(directory, claimFileName(partition));
    this.#handle = handle;
    this.token = String(inode);
  }

  static async take(directory: string, partition: TopicPartition): Promise<PartitionClaim> {
    const path = join(directory, claimFileName(partition));
    await rm(path, { force: true });
    const handle = await open(path, 'wx');
    const { ino } = await handle.stat({ bigint: true });
    return new PartitionClaim(directory, partition, handle, ino);
  }

  async require(): Promise<void> {
    if (await this.#isHeld()) return;
    const { topic, partition } = this.#partition;
    const isThere = await stat(this.#directory).then(
      () => true,
      () => false,
    );
    if (!isThere) throw new Error(`${this.#directory} was removed while files were written to it`);
    throw new Error(`${topic}-${partition} is written to ${this.#directory} by another task now`);
  }

  async release(): Promise<void> {
    // After a failure the handle may be closed already; what is left is for the next claim to remove.
    const isHeld = await this.#isHeld().catch(() => false);
    await this.#handle.close().catch(() => undefined);
    if (isHeld) await rm(this.#path, { force: true }).catch(() => undefined);
  }

  async #isHeld(): Promise<boolean> {
    const options = { bigint: true } as const;
    const [there, own] = await Promise.all([
      stat(this.#path, options).catch(() => undefined),
      this.#handle.stat(options),
    ]);
    return there !== undefined && there.ino === own.ino && there.dev === own.dev;
  }
}
