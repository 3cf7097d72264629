// The partitions that a sink task has: subscribed as soon as there is a topic, opened where the task says or the group has committed, and given up with all
// that was put committed. A task that is being asked something, or whose life is over, is told nothing.

import type { Consumer, Log } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import type { TopicOffset, TopicPartition } from '../../api/record.js';
import type { AskedTask } from './asked-task.js';
import type { PausedPartitions } from './paused-partitions.js';
import { type SinkCommits, wasWritten } from './sink-commits.js';
import type { SinkPositions } from './sink-positions.js';
import type { SinkTopics } from './sink-topics.js';

export interface SinkAssignmentParts {
  readonly log: Log;
  readonly task: AskedTask;
  readonly consumer: Consumer<Uint8Array, Uint8Array>;
  readonly topics: SinkTopics;
  readonly commits: SinkCommits;
  readonly paused: PausedPartitions;
  /** How far all tasks of the connector have come. */
  readonly reached: SinkPositions;
}

export class SinkAssignment {
  readonly #parts: SinkAssignmentParts;
  #generation = 0;
  #isOver = false;
  #lookedAt = 0;

  constructor(parts: SinkAssignmentParts) {
    this.#parts = parts;
  }

  /** Counts assignments: batches of an earlier one must not be put any more. */
  get generation(): number {
    return this.#generation;
  }

  /** What was read and not put is read again by who has the partitions next. */
  abandon(): void {
    this.#generation++;
  }

  /** Resolves when there is a topic to read, or `isDone`. */
  async begin(signal: AbortSignal, isDone: () => boolean): Promise<void> {
    const { topics, log } = this.#parts;
    for (;;) {
      await topics.look();
      if (topics.current.length > 0) return this.#subscribe();
      if (signal.aborted || isDone()) return;
      await log.ports.clock.sleep(topics.lookAgainMs ?? 0, signal).catch(() => undefined);
    }
  }

  /** Where it is time: topics that were missing, or that a pattern matches. */
  async lookForTopics(): Promise<void> {
    const { topics, log } = this.#parts;
    const { lookAgainMs } = topics;
    if (lookAgainMs === undefined || log.ports.clock.monotonic() - this.#lookedAt < lookAgainMs) return;
    this.#lookedAt = log.ports.clock.monotonic();
    if ((await topics.look()) && topics.current.length > 0) this.#subscribe();
  }

  /** While the task is still there: who closes the consumer afterwards has nothing to tell it any more. */
  end(): Promise<void> {
    this.#isOver = true;
    return this.#revoked(this.#parts.consumer.assignment());
  }

  #subscribe(): void {
    const { consumer, topics, log } = this.#parts;
    this.#lookedAt = log.ports.clock.monotonic();
    consumer.subscribe(topics.current, {
      onAssigned: this.#unlessBusy(partitions => this.#assigned(partitions)),
      onRevoked: this.#unlessBusy(partitions => this.#revoked(partitions)),
      onLost: this.#unlessBusy(partitions => this.#lost(partitions)),
    });
  }

  /** A consumer that is closed under the task (the log is, and it was left behind) hands nothing over. */
  #unlessBusy<T>(handle: (partitions: readonly TopicPartition[]) => Promise<T>) {
    return async (partitions: readonly TopicPartition[]): Promise<void> => {
      if (!this.#isOver && !this.#parts.task.isAsked) await handle(partitions);
    };
  }

  async #assigned(partitions: readonly TopicPartition[]): Promise<void> {
    this.#generation++;
    if (partitions.length === 0) return;
    const { consumer, task, paused, reached, commits } = this.#parts;
    paused.handedNew(partitions);
    const found = await consumer.committed(partitions);
    const committed = found
      .filter(each => each !== undefined)
      .map(({ topic, partition, offset, metadata }) => ({
        topic,
        partition,
        offset,
        wasWritten: wasWritten({ metadata }),
      }));
    const opened = await task.open(partitions, committed);
    const owned = opened ?? [];
    await this.#requireSameTopics(owned);
    for (const position of owned) consumer.seek(position, position.offset);
    for (const [at, partition] of partitions.entries()) {
      const position = { ...partition, offset: await consumer.position(partition) };
      reached.set(position);
      const before = found[at];
      commits.begin(position, {
        keepsOffsets: Array.isArray(opened),
        wasWritten: before !== undefined && wasWritten(before),
      });
    }
  }

  /** A sink that has more than there is has it from another topic of that name: to read on would leave records out without a word. */
  async #requireSameTopics(owned: readonly TopicOffset[]): Promise<void> {
    const ends = owned.length === 0 ? [] : await this.#parts.consumer.endOffsets(owned);
    for (const [at, { topic, partition, offset }] of owned.entries()) {
      const end = ends[at]?.offset ?? offset;
      if (offset <= end) continue;
      throw new ConfigError(
        `the sink holds ${topic}-${partition} up to offset ${offset}, but the topic ends at ${end}: it is not the topic that was written before. Move away what the sink holds of it, or write elsewhere`,
      );
    }
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#generation++;
    if (partitions.length === 0) return;
    await this.#parts.commits.commit('closing');
    await this.#lost(partitions);
  }

  async #lost(partitions: readonly TopicPartition[]): Promise<void> {
    this.#generation++;
    for (const partition of partitions) this.#parts.commits.forget(partition);
    await this.#parts.task.close(partitions);
  }
}
