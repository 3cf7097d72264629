// Which source offsets may be committed. Batches are acknowledged in any order; an offset may be committed when its batch and all before it
// of the same source partition are acknowledged: the longest acknowledged prefix (as Kafka Connect's SubmittedRecords).

import type { SourceOffset, SourcePartition } from '../../api/record.js';
import { canonicalJson } from '../canonical-json.js';

export interface PartitionPosition {
  readonly partition: SourcePartition;
  readonly offset: SourceOffset;
}

export interface SubmittedBatch extends PartitionPosition {
  isAcknowledged: boolean;
}

export class SubmittedBatches {
  /** In the order submitted, by source partition. */
  readonly #waiting = new Map<string, SubmittedBatch[]>();
  #waitingCount = 0;

  /** Batches that are not yet acknowledged. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** There is nothing left to commit. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  submit({ partition, offset }: PartitionPosition): SubmittedBatch {
    const batch: SubmittedBatch = { partition, offset, isAcknowledged: false };
    const id = canonicalJson(partition);
    const queue = this.#waiting.get(id);
    if (queue === undefined) this.#waiting.set(id, [batch]);
    else queue.push(batch);
    this.#waitingCount++;
    return batch;
  }

  acknowledge(batch: SubmittedBatch): void {
    if (batch.isAcknowledged) return;
    batch.isAcknowledged = true;
    this.#waitingCount--;
  }

  /** The offsets that have become committable since the last call: at most one a source partition. */
  takeCommittable(): readonly PartitionPosition[] {
    const committable: PartitionPosition[] = [];
    for (const [id, queue] of this.#waiting) {
      const first = queue.findIndex(batch => !batch.isAcknowledged);
      const taken = queue.splice(0, first < 0 ? queue.length : first);
      const last = taken.at(-1);
      if (last !== undefined) committable.push({ partition: last.partition, offset: last.offset });
      if (queue.length === 0) this.#waiting.delete(id);
    }
    return committable;
  }
}
