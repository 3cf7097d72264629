// Commits for `for await`: positions of all partitions, less the record that the loop is busy with.

import type { Ports } from '../ports/ports.js';
import type { Assignment } from './assignment.js';
import type { OffsetToCommit } from './consumer-options.js';
import type { ConsumerRecord } from './consumer-record.js';
import type { PartitionState } from './partition-state.js';

type AnyRecord = ConsumerRecord<unknown, unknown>;

export class AutoCommit {
  readonly #ports: Ports;
  readonly #assignment: Assignment;
  readonly #intervalMs: number;
  readonly #commit: (offsets: readonly OffsetToCommit[]) => Promise<void>;
  #current: { readonly state: PartitionState; readonly offset: number } | undefined;
  #state: PartitionState | undefined;
  #dueMs: number;
  #hasNews = false;
  #committing: Promise<void> = Promise.resolve();

  constructor(
    ports: Ports,
    options: {
      assignment: Assignment;
      intervalMs: number;
      commit: (offsets: readonly OffsetToCommit[]) => Promise<void>;
    },
  ) {
    this.#ports = ports;
    this.#assignment = options.assignment;
    this.#intervalMs = options.intervalMs;
    this.#commit = options.commit;
    this.#dueMs = ports.clock.monotonic() + options.intervalMs;
  }

  get isDue(): boolean {
    return this.#hasNews && this.#ports.clock.monotonic() >= this.#dueMs;
  }

  /** A poll moved the positions over `records`: back to the first of each partition, as none was handed out yet. */
  rewind(records: readonly AnyRecord[]): void {
    for (let at = records.length - 1; at >= 0; at--) {
      const { offset } = records[at]!;
      const state = this.#find(records[at]!);
      if (state !== undefined) state.position = offset;
    }
  }

  handOut(record: AnyRecord): void {
    const state = this.#find(record);
    if (state === undefined) return;
    state.position = record.offset + 1;
    this.#current = { state, offset: record.offset };
    this.#hasNews = true;
  }

  /** The loop asked for more: it is done with what it has. */
  doneWithCurrent(): void {
    this.#current = undefined;
    this.#state = undefined; // a poll may bring another assignment
  }

  async commit(): Promise<void> {
    if (!this.#hasNews) return this.#committing.catch(() => undefined); // told already
    this.#hasNews = this.#current !== undefined;
    this.#dueMs = this.#ports.clock.monotonic() + this.#intervalMs;
    const offsets: OffsetToCommit[] = [];
    for (const state of this.#assignment.states()) {
      const offset = this.#current?.state === state ? this.#current.offset : state.position;
      if (offset < 0) continue;
      offsets.push({ topic: state.topic, partition: state.partition, offset, leaderEpoch: state.positionEpoch });
    }
    // In order, so that an older commit never comes behind a newer one; and none is cut off by a close.
    const before = this.#committing.catch(() => undefined);
    if (offsets.length > 0) this.#committing = before.then(() => this.#commit(offsets));
    await this.#committing;
  }

  #find(record: AnyRecord): PartitionState | undefined {
    const last = this.#state;
    if (last !== undefined && last.partition === record.partition && last.topic === record.topic) return last;
    this.#state = this.#assignment.find(record);
    return this.#state;
  }
}
