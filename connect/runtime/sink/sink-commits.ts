// What a sink task was given and what of it is committed to the group. A task that knows itself what is durable says so in `preCommit`; of one that does
// not, all that was put counts. Records that were filtered out or bad are nothing that a task could make durable: they are committed with what is before them.

import type { Consumer, Log, Producer } from '../../../core/index.js';
import type { TopicOffset, TopicPartition } from '../../api/record.js';
import type { DeadLetters } from '../task/dead-letters.js';
import type { AskedTask } from './asked-task.js';
import { SinkPositions } from './sink-positions.js';

/**
 * Committed with an offset as its metadata: the sink keeps offsets of its own, and has written records of the partition. Who finds none of them later knows that they
 * were lost, and is not misled by an offset that only records have moved that were left out.
 */
const keptBySink = 'kept-by-sink';

export interface SinkCommitsParts {
  readonly log: Log;
  readonly task: AskedTask;
  readonly consumer: Consumer<Uint8Array, Uint8Array>;
  readonly producer: Producer;
  readonly deadLetters: DeadLetters;
  readonly intervalMs: number;
}

export class SinkCommits {
  readonly #parts: SinkCommitsParts;
  /** What was put and not yet committed: the next offset. */
  #delivered = new SinkPositions();
  /** The next offset behind what the task was given. */
  readonly #given = new SinkPositions();
  /** Where the task's partitions were begun. */
  readonly #begun = new SinkPositions();
  /** Those of which the sink has written before, and keeps offsets of its own. */
  readonly #kept = new SinkPositions();
  #keepsOffsets = false;
  #committedAt: number;
  #isSettled = false;
  #leavesOver = false;

  constructor(parts: SinkCommitsParts) {
    this.#parts = parts;
    this.#committedAt = parts.log.ports.clock.monotonic();
  }

  /** All that was read is committed. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** When it was asked last, a task that knows what is durable named less than it was given. */
  get leavesOver(): boolean {
    return this.#leavesOver;
  }

  /** Zero or less: now. */
  get dueInMs(): number {
    return this.#committedAt + this.#parts.intervalMs - this.#parts.log.ports.clock.monotonic();
  }

  /** The partitions that the task has, each with the offset where it was begun. */
  get begun(): readonly TopicOffset[] {
    return this.#begun.all();
  }

  /** The interval begins now. */
  restart(): void {
    this.#committedAt = this.#parts.log.ports.clock.monotonic();
  }

  /** `keepsOffsets`: the task has offsets of its own. */
  begin(position: TopicOffset, { keepsOffsets, wasWritten }: { keepsOffsets: boolean; wasWritten: boolean }): void {
    this.#begun.set(position);
    this.#keepsOffsets = keepsOffsets;
    if (keepsOffsets && wasWritten) this.#kept.set(position);
  }

  /** The task has been given all in front of this offset of the partition. */
  gave(position: TopicOffset): void {
    this.#given.set(position);
  }

  /** All in front of this offset was put, or left out. */
  deliver(position: TopicOffset): void {
    this.#isSettled = false;
    this.#delivered.set(position);
  }

  forget(partition: TopicPartition): void {
    this.#delivered.delete(partition);
    this.#given.delete(partition);
    this.#begun.delete(partition);
    this.#kept.delete(partition);
  }

  /** Whether a task that knows what is durable has more of it than where its partitions were begun. */
  async commit(why: 'interval' | 'closing'): Promise<boolean> {
    const { task, consumer } = this.#parts;
    this.restart();
    const durable = task.knowsDurable ? this.#withLeftOut(await task.preCommit(why)) : this.#delivered.all();
    await this.flushDeadLetters();
    if (durable.length > 0) await consumer.commit(durable.map(each => this.#marked(each)));
    this.#leavesOver = task.knowsDurable && !this.#covers(durable);
    this.#isSettled = !this.#leavesOver;
    if (!task.knowsDurable) this.#delivered = new SinkPositions();
    return task.knowsDurable && durable.some(each => each.offset > (this.#begun.get(each) ?? each.offset));
  }

  /** No offset is committed in front of a dead letter that is not written yet. */
  async flushDeadLetters(): Promise<void> {
    const { deadLetters, producer } = this.#parts;
    if (!deadLetters.hasUnflushed) return;
    deadLetters.hasUnflushed = false;
    await producer.flush();
  }

  #marked(position: TopicOffset): TopicOffset & { readonly metadata?: string } {
    const hasMoved = position.offset > (this.#begun.get(position) ?? Number.POSITIVE_INFINITY);
    if (this.#keepsOffsets && hasMoved && this.#given.get(position) !== undefined) this.#kept.set(position);
    return this.#kept.get(position) === undefined ? position : { ...position, metadata: keptBySink };
  }

  #covers(durable: readonly TopicOffset[]): boolean {
    const committed = new SinkPositions();
    for (const position of durable) committed.set(position);
    return committed.hasReached(this.#delivered.all());
  }

  /** Of the task's own partitions: one whose records are all durable is committed up to where it was read, over what was filtered out or bad at its end. */
  #withLeftOut(durable: readonly TopicOffset[]): readonly TopicOffset[] {
    const committed = new SinkPositions();
    for (const position of durable) if (this.#begun.get(position) !== undefined) committed.set(position);
    for (const read of this.#delivered.all()) {
      const given = this.#given.get(read);
      const isDurable = given === undefined || (committed.get(read) ?? -1) >= given;
      if (isDurable && (committed.get(read) ?? -1) < read.offset) committed.set(read);
    }
    return committed.all();
  }
}

export function wasWritten({ metadata }: { readonly metadata: string }): boolean {
  return metadata === keptBySink;
}
