// A topic of the test driver: its records in the order in which they were written, whatever their partition.

import type { StoredRecord } from './stored-record.js';

export class TopicLog {
  readonly name: string;
  readonly partitionCount: number;
  readonly records: StoredRecord[] = [];
  /** Tasks that read it, by partition. */
  readonly readers: ((record: StoredRecord) => void)[][];
  #readCount = 0;
  readonly #nextOffsets: number[];

  constructor(name: string, partitionCount: number) {
    this.name = name;
    this.partitionCount = partitionCount;
    this.readers = Array.from({ length: partitionCount }, () => []);
    this.#nextOffsets = Array.from({ length: partitionCount }, () => 0);
  }

  append(record: Omit<StoredRecord, 'offset'>): void {
    const stored = { ...record, offset: this.#nextOffsets[record.partition]!++ };
    this.records.push(stored);
    for (const read of this.readers[record.partition]!) read(stored);
  }

  /** What was written since this was last called. */
  takeUnread(): readonly StoredRecord[] {
    const unread = this.records.slice(this.#readCount);
    this.#readCount = this.records.length;
    return unread;
  }
}
