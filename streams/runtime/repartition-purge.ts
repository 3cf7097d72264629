// What was taken from a repartition topic and committed is needed by nobody: it is deleted, now and then.

import type { Admin, Clock } from '../../core/index.js';
import type { Task } from './task.js';

/** Kafka Streams' repartition.purge.interval.ms. */
const purgeIntervalMs = 30_000;

export class RepartitionPurge {
  readonly #admin: Admin;
  readonly #clock: Clock;
  readonly #purgedTo = new Map<string, number>();
  #purgedAt: number;

  constructor(admin: Admin, clock: Clock) {
    this.#admin = admin;
    this.#clock = clock;
    this.#purgedAt = clock.monotonic();
  }

  /** To be called now and then, best after a commit; passes over tasks that have something uncommitted. `isLast`: regardless of the interval. */
  async run(tasks: readonly Task[], isLast = false): Promise<void> {
    const now = this.#clock.monotonic();
    if (!isLast && now - this.#purgedAt < purgeIntervalMs) return;
    this.#purgedAt = now;
    const before = tasks
      // What a task has taken since its last commit is taken again when that one is lost: it must still be there.
      .filter(task => !task.hasUncommitted)
      .flatMap(task => task.queues)
      .filter(queue => queue.source.isInternal)
      .map(({ topic, partition, position }) => ({ topic, partition, offset: position }))
      .filter(({ topic, partition, offset }) => offset > (this.#purgedTo.get(`${topic}-${partition}`) ?? 0));
    if (before.length === 0) return;
    await this.#admin.deleteRecords(before);
    for (const { topic, partition, offset } of before) this.#purgedTo.set(`${topic}-${partition}`, offset);
  }
}
