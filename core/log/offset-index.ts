// From an offset to a position in the segment's file: (i32 relative offset, i32 position), one entry about every index.interval.bytes.
// As in Kafka an entry names the *last* offset of the batch that begins at its position.

import { readInt32, writeInt32 } from '../records/int64.js';
import { IndexEntries } from './index-entries.js';

const entryBytes = 8;

export class OffsetIndex {
  readonly entries: IndexEntries;

  constructor(initial?: Uint8Array) {
    this.entries = new IndexEntries(entryBytes, initial);
  }

  /** The index in these bytes; undefined when they cannot be one for a segment of that size. */
  static parse(bytes: Uint8Array, segmentSizeBytes: number): OffsetIndex | undefined {
    if (bytes.length % entryBytes !== 0) return undefined;
    let offset = -1;
    let position = -1;
    for (let at = 0; at < bytes.length; at += entryBytes) {
      const [nextOffset, nextPosition] = [readInt32(bytes, at), readInt32(bytes, at + 4)];
      if (nextOffset <= offset || nextPosition <= position || nextPosition >= segmentSizeBytes) return undefined;
      offset = nextOffset;
      position = nextPosition;
    }
    return new OffsetIndex(bytes);
  }

  append(relativeOffset: number, position: number): void {
    const at = this.entries.push();
    writeInt32(this.entries.bytes, at, relativeOffset);
    writeInt32(this.entries.bytes, at + 4, position);
  }

  /** The last entry at or below the offset; undefined when the search must begin at the segment's start. */
  entryFor(relativeOffset: number): { readonly relativeOffset: number; readonly position: number } | undefined {
    const { entries } = this;
    const above = entries.firstNot(at => readInt32(entries.bytes, at) <= relativeOffset);
    if (above === 0) return undefined;
    const at = (above - 1) * entryBytes;
    return { relativeOffset: readInt32(entries.bytes, at), position: readInt32(entries.bytes, at + 4) };
  }

  lastPosition(): number {
    return this.entries.count === 0 ? 0 : readInt32(this.entries.bytes, (this.entries.count - 1) * entryBytes + 4);
  }

  /** Drops the entries of batches behind `position`. */
  truncateToPosition(position: number): void {
    const { entries } = this;
    entries.truncate(entries.firstNot(at => readInt32(entries.bytes, at + 4) <= position));
  }
}
