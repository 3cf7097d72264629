// What was taken from a repartition topic and committed is needed by nobody: it is deleted, now and then. Where that fails, the next purge deletes more.

import { type Admin, AssertionFailure, type Clock, type PartitionOffset } from '../../core/index.js';
import type { AppWarnings } from './app-warnings.js';
import type { Task } from './task.js';

/** Kafka Streams' repartition.purge.interval.ms. */
const purgeIntervalMs = 30_000;

export class RepartitionPurge {
  readonly #admin: Admin;
  readonly #clock: Clock;
  readonly #warnings: AppWarnings;
  readonly #purgedTo = new Map<string, number>();
  #purgedAt: number;
  #underWay: Promise<void> | undefined;

  constructor(admin: Admin, clock: Clock, warnings: AppWarnings) {
    this.#admin = admin;
    this.#clock = clock;
    this.#warnings = warnings;
    this.#purgedAt = clock.monotonic();
  }

  /**
   * To be called now and then, best after a commit; passes over tasks that have something uncommitted. Waits for brokers only when it `isLast`, which
   * is regardless of the interval.
   */
  async run(tasks: readonly Task[], isLast = false): Promise<void> {
    const now = this.#clock.monotonic();
    if (isLast) await this.#underWay;
    else if (this.#underWay !== undefined || now - this.#purgedAt < purgeIntervalMs) return;
    this.#purgedAt = now;
    const before = tasks
      // What a task has taken since its last commit is taken again when that one is lost: it must still be there.
      .filter(task => !task.hasUncommitted)
      .flatMap(task => task.queues)
      .filter(queue => queue.source.isInternal)
      .map(({ topic, partition, position }) => ({ topic, partition, offset: position }))
      .filter(({ topic, partition, offset }) => offset > (this.#purgedTo.get(`${topic}-${partition}`) ?? 0));
    if (before.length === 0) return;
    this.#underWay = this.#purge(before);
    if (isLast) await this.#underWay;
  }

  async #purge(before: readonly PartitionOffset[]): Promise<void> {
    try {
      await this.#admin.deleteRecords(before);
      for (const { topic, partition, offset } of before) this.#purgedTo.set(`${topic}-${partition}`, offset);
    } catch (error) {
      if (error instanceof AssertionFailure) throw error;
      this.#warnings.warn('could not purge its repartition topics, and tries again with the next purge', error);
    }
    this.#underWay = undefined;
  }
}
