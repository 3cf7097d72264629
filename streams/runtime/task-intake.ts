// Feeds the queues of tasks from the log: polls, pauses partitions of which too much lies here, and fetches on while a partition has more in the
// log and nothing here, as then nobody could tell whose record comes next.

import type { Consumer, FetchedBatches } from '../../core/index.js';
import { OffsetBounds } from './offset-bounds.js';
import type { Task } from './task.js';

/** Over all partitions. */
const allBuffersBytesMax = 128 * 1024 * 1024;
const starvedWaitMs = 100;
const starvedPollsMax = 10;

export class TaskIntake {
  readonly #consumer: Consumer;
  readonly #bufferBytesMax: number;
  #wakeUp = new AbortController();

  constructor(consumer: Consumer, bufferBytesMax: number) {
    this.#consumer = consumer;
    this.#bufferBytesMax = bufferBytesMax;
  }

  /** Polls at least once, which also lets the group's changes through; `tasks` is asked anew after each, as they may be others then. */
  async run(tasks: () => readonly Task[], waitMs: number): Promise<void> {
    await this.#poll(tasks, waitMs);
    for (let polls = 0; polls < starvedPollsMax && tasks().some(task => task.isStarved); polls++) {
      await this.#poll(tasks, starvedWaitMs);
    }
  }

  /** Ends a wait. */
  wakeUp(): void {
    this.#wakeUp.abort();
  }

  /** Queues of repartition topics learn how much more there is to fetch: as far as `lookup` sees. */
  async expectRepartitioned(tasks: readonly Task[], lookup: Consumer): Promise<void> {
    const empty = tasks.flatMap(task => task.queues).filter(queue => queue.source.isInternal && !queue.hasHead);
    const bounds = await OffsetBounds.of(lookup, empty);
    for (const queue of empty) queue.highWatermark = bounds.end(queue);
  }

  async #poll(tasks: () => readonly Task[], waitMs: number): Promise<void> {
    this.#throttle(tasks());
    for (const batches of await this.#fetch(waitMs)) this.#add(tasks(), batches);
  }

  async #fetch(waitMs: number): Promise<readonly FetchedBatches[]> {
    if (waitMs === 0) return await this.#consumer.pollBatches({ waitMs });
    this.#wakeUp = new AbortController();
    const { signal } = this.#wakeUp;
    try {
      return await this.#consumer.pollBatches({ waitMs, signal });
    } catch (error) {
      if (signal.aborted) return [];
      throw error;
    }
  }

  #throttle(tasks: readonly Task[]): void {
    const queueCount = tasks.reduce((sum, task) => sum + task.queues.length, 0);
    const bytesMax = Math.min(this.#bufferBytesMax, allBuffersBytesMax / Math.max(1, queueCount));
    for (const task of tasks) {
      for (const queue of task.queues) {
        if (!queue.isPaused && queue.bufferedBytes > bytesMax) {
          queue.isPaused = true;
          this.#consumer.pause([queue]);
        } else if (queue.isPaused && queue.bufferedBytes < bytesMax / 2) {
          queue.isPaused = false;
          this.#consumer.resume([queue]);
        }
      }
    }
  }

  #add(tasks: readonly Task[], batches: FetchedBatches): void {
    const { topic, partition } = batches;
    const readers = tasks.flatMap(task => {
      const queue = task.queues.find(each => each.topic === topic && each.partition === partition);
      return queue === undefined ? [] : [{ task, queue }];
    });
    const isShared = readers.length > 1;
    const release = (batch: Uint8Array): void => {
      if (!isShared) this.#consumer.release({ batches: [batch] });
    };
    for (const { task, queue } of readers) {
      queue.add(batches, release);
      task.lookAtHeads();
    }
  }
}
