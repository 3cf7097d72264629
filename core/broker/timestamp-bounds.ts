// How far the timestamps that producers give may be from the broker's clock. The newest stands in the batch's header; where it is near enough, and
// nothing may be too old, no record is looked at. A topic that stamps records itself asks for nothing.

import type { Compression } from '../ports/compression.js';
import { maxTimestamp } from '../records/batch-header.js';
import { RecordCursor } from '../records/record-cursor.js';
import { RefusedRecord } from './refused-record.js';

export interface TimestampBounds {
  /** Infinity: as old as it likes. */
  readonly beforeMaxMs: number;
  readonly afterMaxMs: number;
}

const noTimestamp = -1;

export class TimestampCheck {
  readonly #compression: Compression;
  readonly #cursor = new RecordCursor();

  constructor(compression: Compression) {
    this.#compression = compression;
  }

  /** Throws INVALID_TIMESTAMP naming the first record that is too far off. */
  refuse(topic: string, batch: Uint8Array, { beforeMaxMs, afterMaxMs }: TimestampBounds, now: number): void {
    const newest = now + afterMaxMs;
    if (beforeMaxMs === Number.POSITIVE_INFINITY && maxTimestamp(batch, 0) <= newest) return;
    const oldest = now - beforeMaxMs;
    const cursor = this.#cursor.open(batch, 0, this.#compression);
    for (let index = 0; index < cursor.count; index++) {
      const timestamp = cursor.timestamp(index);
      if (timestamp === noTimestamp || (timestamp >= oldest && timestamp <= newest)) continue;
      const [config, bound] =
        timestamp > newest
          ? (['message.timestamp.after.max.ms', afterMaxMs] as const)
          : (['message.timestamp.before.max.ms', beforeMaxMs] as const);
      throw new RefusedRecord(
        'INVALID_TIMESTAMP',
        index,
        `record ${index} of the batch has the timestamp ${timestamp}, which is ${Math.abs(now - timestamp)} ms ${timestamp > now ? 'ahead of' : 'behind'} the broker's clock: topic ${topic} allows ${bound} (${config})`,
      );
    }
  }
}
