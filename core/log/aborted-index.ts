// `.txnindex`: the aborted transactions whose markers lie in a segment, by marker: (i16 version, i64 producer id, i64 first offset, i64 last
// offset, i64 last stable offset), big-endian, 34 bytes. Readers of committed records are told of those that reach into what they read.

import { readInt16, readInt64, writeInt16, writeInt64 } from '../records/int64.js';
import { IndexEntries } from './index-entries.js';
import type { EndedTransaction } from './open-transactions.js';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Of the marker. */
  readonly lastOffset: number;
  readonly lastStableOffset: number;
}

const entryBytes = 34;
const version = 0;
const fieldAt = { producerId: 2, firstOffset: 10, lastOffset: 18, lastStableOffset: 26 } as const;

export class AbortedIndex {
  readonly entries: IndexEntries;

  constructor(initial?: Uint8Array) {
    this.entries = new IndexEntries(entryBytes, initial);
  }

  /** The index in these bytes; undefined when they cannot be one. */
  static parse(bytes: Uint8Array): AbortedIndex | undefined {
    if (bytes.length % entryBytes !== 0) return undefined;
    let lastOffset = -1;
    for (let at = 0; at < bytes.length; at += entryBytes) {
      const next = readEntry(bytes, at);
      const isRight = readInt16(bytes, at) === version && next.firstOffset >= 0 && next.firstOffset < next.lastOffset;
      if (!isRight || next.lastOffset <= lastOffset) return undefined;
      lastOffset = next.lastOffset;
    }
    return new AbortedIndex(bytes);
  }

  append({ producerId, firstOffset, lastOffset, lastStableOffset }: Omit<EndedTransaction, 'commits'>): void {
    const at = this.entries.push();
    const { bytes } = this.entries;
    writeInt16(bytes, at, version);
    writeInt64(bytes, at + fieldAt.producerId, producerId);
    writeInt64(bytes, at + fieldAt.firstOffset, firstOffset);
    writeInt64(bytes, at + fieldAt.lastOffset, lastOffset);
    writeInt64(bytes, at + fieldAt.lastStableOffset, lastStableOffset);
  }

  /** Adds to `found` what overlaps [fromOffset, upToOffset); true when no later entry can. */
  collect(fromOffset: number, upToOffset: number, found: AbortedTransaction[]): boolean {
    const { entries } = this;
    let index = entries.firstNot(at => readInt64(entries.bytes, at + fieldAt.lastOffset) < fromOffset);
    for (; index < entries.count; index++) {
      const aborted = readEntry(entries.bytes, index * entryBytes);
      if (aborted.firstOffset < upToOffset) found.push(aborted);
      if (aborted.lastStableOffset >= upToOffset) return true;
    }
    return false;
  }

  /** Drops the entries of markers at or behind `offset`. */
  truncateToOffset(offset: number): void {
    const { entries } = this;
    entries.truncate(entries.firstNot(at => readInt64(entries.bytes, at + fieldAt.lastOffset) < offset));
  }
}

function readEntry(bytes: Uint8Array, at: number): AbortedTransaction {
  return {
    producerId: readInt64(bytes, at + fieldAt.producerId),
    firstOffset: readInt64(bytes, at + fieldAt.firstOffset),
    lastOffset: readInt64(bytes, at + fieldAt.lastOffset),
    lastStableOffset: readInt64(bytes, at + fieldAt.lastStableOffset),
  };
}
