import type { Compression } from '../ports/compression.js';
import { RecordCursor } from '../records/record-cursor.js';
import { RefusedRecord } from './refused-record.js';

/** Refuses records without a key, which a compacted topic may not hold. Looks at every record: only for compacted topics. */
export class KeylessRecords {
  readonly #compression: Compression;
  readonly #cursor = new RecordCursor();

  constructor(compression: Compression) {
    this.#compression = compression;
  }

  /** Throws INVALID_RECORD naming the first record without a key. */
  refuse(topic: string, batch: Uint8Array): void {
    const cursor = this.#cursor.open(batch, 0, this.#compression);
    for (let index = 0; index < cursor.count; index++) {
      if (cursor.keyStart(index) < 0) {
        throw new RefusedRecord(
          'INVALID_RECORD',
          index,
          `record ${index} of the batch has no key, and topic ${topic} is compacted by key`,
        );
      }
    }
  }
}
