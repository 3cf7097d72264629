// From a timestamp to an offset: (i64 timestamp, i32 relative offset). An entry says: up to and with this offset, which ends a batch,
// nothing has a higher timestamp. Timestamps and offsets both grow strictly.

import { readInt32, readInt64, writeInt32, writeInt64 } from '../records/int64.js';
import { IndexEntries } from './index-entries.js';

const entryBytes = 12;

export class TimeIndex {
  readonly entries: IndexEntries;

  constructor(initial?: Uint8Array) {
    this.entries = new IndexEntries(entryBytes, initial);
  }

  /** The index in these bytes; undefined when they cannot be one. */
  static parse(bytes: Uint8Array): TimeIndex | undefined {
    if (bytes.length % entryBytes !== 0) return undefined;
    let [timestamp, offset] = [Number.NEGATIVE_INFINITY, -1];
    for (let at = 0; at < bytes.length; at += entryBytes) {
      const [nextTimestamp, nextOffset] = [readInt64(bytes, at), readInt32(bytes, at + 8)];
      if (nextTimestamp <= timestamp || nextOffset <= offset) return undefined;
      [timestamp, offset] = [nextTimestamp, nextOffset];
    }
    return new TimeIndex(bytes);
  }

  /** Adds an entry unless the one before says as much. */
  maybeAppend(timestamp: number, relativeOffset: number): void {
    if (timestamp <= this.lastTimestamp() || relativeOffset <= this.lastOffset()) return;
    const at = this.entries.push();
    writeInt64(this.entries.bytes, at, timestamp);
    writeInt32(this.entries.bytes, at + 8, relativeOffset);
  }

  /** -1 in an empty index. */
  lastTimestamp(): number {
    return this.entries.count === 0 ? -1 : readInt64(this.entries.bytes, (this.entries.count - 1) * entryBytes);
  }

  /** Relative; -1 in an empty index. */
  lastOffset(): number {
    return this.entries.count === 0 ? -1 : readInt32(this.entries.bytes, (this.entries.count - 1) * entryBytes + 8);
  }

  /** Relative offset behind which a record at or after `timestamp` may be; 0 when nothing is known. */
  offsetBefore(timestamp: number): number {
    const { entries } = this;
    const atOrAfter = entries.firstNot(at => readInt64(entries.bytes, at) < timestamp);
    return atOrAfter === 0 ? 0 : readInt32(entries.bytes, (atOrAfter - 1) * entryBytes + 8);
  }

  /** Drops the entries at or behind a relative offset. */
  truncateToOffset(relativeOffset: number): void {
    const { entries } = this;
    entries.truncate(entries.firstNot(at => readInt32(entries.bytes, at + 8) < relativeOffset));
  }
}
