// `.snapshot` files: the producer state at an offset, in Kafka's ProducerSnapshot v1: i16 version, u32 CRC-32C of what follows,
// i32 count, entries of 46 bytes. It keeps the last batch of each producer; the four before it are known again once it has written them.

import { crc32c } from '../records/crc32c.js';
import { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from '../records/int64.js';
import { type ProducerEntry, type ProducerState, rewindSequence } from './producer-state.js';

/** Of a producer whose epoch was begun by a marker. */
const noBatch = { lastSequence: -1, baseOffset: -1, lastOffset: -1 } as const;

const version = 1;
const crcAt = 2;
const bodyAt = 6;
const entriesAt = 10;
const entryBytes = 46;

export function encodeSnapshot(state: ProducerState): Uint8Array {
  const entries = [...state.entries];
  const bytes = Buffer.alloc(entriesAt + entries.length * entryBytes);
  writeInt16(bytes, 0, version);
  writeInt32(bytes, bodyAt, entries.length);
  entries.forEach((entry, index) => {
    encodeEntry(bytes, entriesAt + index * entryBytes, entry);
  });
  writeInt32(bytes, crcAt, crc32c(bytes, bodyAt, bytes.length));
  return bytes;
}

/** The entries; undefined when the bytes are no whole snapshot. */
export function decodeSnapshot(bytes: Uint8Array): readonly ProducerEntry[] | undefined {
  if (bytes.length < entriesAt || readInt16(bytes, 0) !== version) return undefined;
  if (readInt32(bytes, crcAt) >>> 0 !== crc32c(bytes, bodyAt, bytes.length)) return undefined;
  const count = readInt32(bytes, bodyAt);
  if (bytes.length !== entriesAt + count * entryBytes) return undefined;
  return Array.from({ length: count }, (_, index) => decodeEntry(bytes, entriesAt + index * entryBytes));
}

function encodeEntry(bytes: Uint8Array, at: number, entry: ProducerEntry): void {
  const last = entry.batches.at(-1) ?? noBatch;
  writeInt64(bytes, at, entry.producerId);
  writeInt16(bytes, at + 8, entry.epoch);
  writeInt32(bytes, at + 10, last.lastSequence);
  writeInt64(bytes, at + 14, last.lastOffset);
  writeInt32(bytes, at + 22, last.lastOffset - last.baseOffset);
  writeInt64(bytes, at + 26, entry.lastTimestamp);
  writeInt32(bytes, at + 34, entry.coordinatorEpoch);
  writeInt64(bytes, at + 38, entry.currentTxnFirstOffset);
}

function decodeEntry(bytes: Uint8Array, at: number): ProducerEntry {
  const lastSequence = readInt32(bytes, at + 10);
  const lastOffset = readInt64(bytes, at + 14);
  const delta = readInt32(bytes, at + 22);
  const timestamp = readInt64(bytes, at + 26);
  const last = { baseSequence: rewindSequence(lastSequence, delta), baseOffset: lastOffset - delta, lastOffset };
  return {
    producerId: readInt64(bytes, at),
    epoch: readInt16(bytes, at + 8),
    batches: lastOffset < 0 ? [] : [{ ...last, lastSequence, timestamp }],
    coordinatorEpoch: readInt32(bytes, at + 34),
    currentTxnFirstOffset: readInt64(bytes, at + 38),
    lastTimestamp: timestamp,
  };
}
