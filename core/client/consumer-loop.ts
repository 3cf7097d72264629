// What a `for await` does with its consumer: polls, keeps count of what was handed out, commits.

import { ProtocolError } from '../base/errors.js';
import type { Assignment } from './assignment.js';
import type { AutoCommit } from './auto-commit.js';
import type { ConsumerRecord } from './consumer-record.js';
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
  readonly jumped: () => void;
  readonly closing: AbortSignal;
}

export class ConsumerLoop<K, V> implements RecordSource<K, V> {
  readonly #way: LoopWay<K, V>;

  constructor(way: LoopWay<K, V>) {
    this.#way = way;
  }

  async next(): Promise<readonly ConsumerRecord<K, V>[] | undefined> {
    const { progress, poll, closing } = this.#way;
    progress.doneWithCurrent();
    while (!closing.aborted) {
      if (progress.isDue) await tryCommit(progress);
      const records = await poll();
      if (records.length === 0) continue;
      progress.rewind(records);
      return records;
    }
    return undefined;
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
    const { assignment, progress, jumped, closing } = this.#way;
    for (let at = unread.length - 1; at >= 0; at--) assignment.find(unread[at]!)?.jumpTo(unread[at]!.offset);
    if (unread.length > 0) jumped();
    if (!closing.aborted) await tryCommit(progress);
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

export function isMembershipLost(error: unknown): boolean {
  return error instanceof ProtocolError && (error.kind === 'UNKNOWN_MEMBER_ID' || error.kind === 'ILLEGAL_GENERATION');
}

function isRebalancing(error: unknown): boolean {
  return error instanceof ProtocolError && error.kind === 'REBALANCE_IN_PROGRESS';
}
