// What a `for await` does with its consumer: polls, keeps count of what was handed out, commits.

import { ProtocolError } from '../base/errors.js';
import type { KafkaErrorName } from '../base/kafka-errors.js';
import type { Assignment } from './assignment.js';
import type { AutoCommit } from './auto-commit.js';
import type { ConsumerRecord } from './consumer-record.js';
import type { PartitionState } from './partition-state.js';
import type { RecordSource } from './record-iterator.js';
import { isTransient } from './refusal.js';

export interface LoopWay<K, V> {
  readonly assignment: Assignment;
  readonly progress: AutoCommit;
  readonly poll: () => Promise<readonly ConsumerRecord<K, V>[]>;
  /** The loop works, though it does not poll at the moment. */
  readonly alive: () => void;
  /** The next poll rejects with this. */
  readonly failed: (error: unknown) => void;
  /** Positions went back over what was fetched. */
  readonly rewound: () => void;
  /** Goes up with every seek and every new assignment. */
  readonly jumpCount: () => number;
  readonly closing: AbortSignal;
}

export class ConsumerLoop<K, V> implements RecordSource<K, V> {
  readonly #way: LoopWay<K, V>;
  /** Of the partitions that the last poll brought, as they were then. */
  readonly #versions = new Map<PartitionState, number>();
  #jumpCount = 0;

  constructor(way: LoopWay<K, V>) {
    this.#way = way;
  }

  async next(unread: readonly ConsumerRecord<K, V>[]): Promise<readonly ConsumerRecord<K, V>[] | undefined> {
    const { assignment, progress, poll, closing, jumpCount } = this.#way;
    this.#putBack(unread);
    progress.doneWithCurrent();
    while (!closing.aborted) {
      if (progress.isDue) {
        await tryCommit(progress);
        continue; // the consumer may have been closed meanwhile
      }
      const records = await poll();
      if (records.length === 0) continue;
      progress.rewind(records);
      this.#jumpCount = jumpCount();
      this.#versions.clear();
      for (const state of assignment.states()) this.#versions.set(state, state.version);
      return records;
    }
    return undefined;
  }

  hasJumped(): boolean {
    return this.#jumpCount !== this.#way.jumpCount();
  }

  handOut(record: ConsumerRecord<K, V>): void {
    const { progress, alive, failed } = this.#way;
    if (progress.isDue) {
      progress.doneWithCurrent();
      tryCommit(progress).catch(failed);
    }
    progress.handOut(record);
    alive();
  }

  async ended(unread: readonly ConsumerRecord<K, V>[]): Promise<void> {
    const { progress, closing } = this.#way;
    this.#putBack(unread);
    if (!closing.aborted) await tryCommit(progress);
  }

  /** To be fetched again, unless somebody has set another position meanwhile. */
  #putBack(unread: readonly ConsumerRecord<K, V>[]): void {
    if (unread.length === 0) return;
    const { assignment, rewound } = this.#way;
    const offsets = new Map<PartitionState, number>();
    for (const record of unread) {
      const state = assignment.find(record);
      if (state === undefined || state.version !== this.#versions.get(state)) continue;
      offsets.set(state, Math.min(record.offset, offsets.get(state) ?? record.offset));
    }
    for (const [state, offset] of offsets) state.jumpTo(offset);
    rewound();
  }
}

/** A commit that fails in passing is made good by the next one: records are then handed out once more at worst. */
export async function tryCommit(progress: AutoCommit): Promise<void> {
  try {
    await progress.commit();
  } catch (error) {
    if (!isTransient(error) && !isMembershipLost(error) && !isRebalancing(error)) throw error;
  }
}

const lost: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'FENCED_MEMBER_EPOCH',
]);

export function isMembershipLost(error: unknown): boolean {
  return error instanceof ProtocolError && lost.has(error.kind);
}

function isRebalancing(error: unknown): boolean {
  return isStaleEpoch(error) || (error instanceof ProtocolError && error.kind === 'REBALANCE_IN_PROGRESS');
}

export function isStaleEpoch(error: unknown): boolean {
  return error instanceof ProtocolError && error.kind === 'STALE_MEMBER_EPOCH';
}
