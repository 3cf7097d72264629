// A batch with some of its records left out, as compaction writes it: offsets, sequences and leader epoch stay, and so do the bytes of the
// records that are kept. Only a delete horizon changes more: it takes the place of the base timestamp, which records count from (KIP-534).

import type { Compression } from '../ports/compression.js';
import {
  attributeBits,
  attributes,
  baseTimestamp,
  batchHeaderBytes,
  batchPreambleBytes,
  batchSizeBytes,
  codec,
  headerAt,
  maxTimestamp,
  stampCrc,
} from './batch-header.js';
import { writeInt16, writeInt32, writeInt64 } from './int64.js';
import type { RecordCursor } from './record-cursor.js';
import { varintSizeBytes, writeVarint, writeVarlong } from './varint.js';
import { VarintReader } from './varint-reader.js';

/** Of a varlong at its longest, and the record's length. */
const growthBytesMax = 15;

/** The time from which on the batch's tombstones, or the marker in it, may go; undefined as long as none was set. */
export function deleteHorizonMs(bytes: Uint8Array, at: number): number | undefined {
  return (attributes(bytes, at) & attributeBits.deleteHorizon) === 0 ? undefined : baseTimestamp(bytes, at);
}

/**
 * The batch at bytes[at], which `cursor` is open on, with the records for which `keeps` has an entry that is true: at least one.
 * `horizonMs` is set in it, unless it is undefined.
 */
export function filterBatch(
  source: { readonly bytes: Uint8Array; readonly at: number; readonly cursor: RecordCursor },
  keeps: readonly boolean[],
  horizonMs: number | undefined,
  compression: Compression,
): Uint8Array {
  const { bytes, at, cursor } = source;
  const name = codec(bytes, at)!;
  const records = copyRecords(source, keeps, horizonMs);
  const payload = name === 'none' ? records : compression.compress(name, records);
  const batch = headerOf(bytes, at, payload.length);
  batch.set(payload, batchHeaderBytes);
  let newest = -1;
  let count = 0;
  keeps.forEach((isKept, record) => {
    if (!isKept) return;
    count++;
    newest = Math.max(newest, cursor.timestamp(record));
  });
  writeInt32(batch, headerAt.recordCount, count);
  const isLogAppendTime = (attributes(bytes, at) & attributeBits.logAppendTime) !== 0;
  if (!isLogAppendTime) writeInt64(batch, headerAt.maxTimestamp, newest);
  if (horizonMs !== undefined) {
    writeInt16(batch, headerAt.attributes, attributes(bytes, at) | attributeBits.deleteHorizon);
    writeInt64(batch, headerAt.baseTimestamp, horizonMs);
  }
  stampCrc(batch, 0, batch.length);
  return batch;
}

/** The header alone: it remembers the last sequence of a producer when its records are gone. */
export function emptiedBatch(bytes: Uint8Array, at: number): Uint8Array {
  const batch = headerOf(bytes, at, 0);
  const kept = ~(attributeBits.codec | attributeBits.deleteHorizon);
  writeInt16(batch, headerAt.attributes, attributes(bytes, at) & kept);
  writeInt64(batch, headerAt.baseTimestamp, maxTimestamp(bytes, at));
  writeInt32(batch, headerAt.recordCount, 0);
  stampCrc(batch, 0, batch.length);
  return batch;
}

function headerOf(bytes: Uint8Array, at: number, payloadBytes: number): Uint8Array {
  const batch = new Uint8Array(batchHeaderBytes + payloadBytes);
  batch.set(bytes.subarray(at, at + batchHeaderBytes));
  writeInt32(batch, headerAt.batchLength, batch.length - batchPreambleBytes);
  return batch;
}

function copyRecords(
  { bytes, at, cursor }: { readonly bytes: Uint8Array; readonly at: number; readonly cursor: RecordCursor },
  keeps: readonly boolean[],
  horizonMs: number | undefined,
): Uint8Array {
  const isPlain = cursor.bytes === bytes;
  const reader = new VarintReader();
  const start = isPlain ? at + batchHeaderBytes : 0;
  const end = isPlain ? at + batchSizeBytes(bytes, at) : cursor.bytes.length;
  reader.open(cursor.bytes, start, end);
  const out = new Uint8Array(end - start + cursor.count * growthBytesMax);
  const shiftMs = horizonMs === undefined ? 0 : baseTimestamp(bytes, at) - horizonMs;
  let position = 0;
  for (const isKept of keeps) {
    const recordAt = reader.position;
    const length = reader.int();
    const endAt = reader.position + length;
    if (isKept && shiftMs === 0) {
      out.set(cursor.bytes.subarray(recordAt, endAt), position);
      position += endAt - recordAt;
    } else if (isKept) position = copyShifted(out, position, reader, endAt, shiftMs);
    reader.position = endAt;
  }
  return out.subarray(0, position);
}

/** One record, whose timestamp counts from another base. Returns where the next begins. */
function copyShifted(out: Uint8Array, at: number, reader: VarintReader, endAt: number, shiftMs: number): number {
  const flags = reader.bytes[reader.position++]!;
  const delta = reader.long();
  const rest = reader.bytes.subarray(reader.position, endAt);
  const timestampEnd = writeVarlong(scratch, 1, delta + shiftMs);
  scratch[0] = flags;
  const length = timestampEnd + rest.length;
  const bodyAt = at + varintSizeBytes(length);
  writeVarint(out, at, length);
  out.set(scratch.subarray(0, timestampEnd), bodyAt);
  out.set(rest, bodyAt + timestampEnd);
  return bodyAt + length;
}

const scratch = new Uint8Array(16);
