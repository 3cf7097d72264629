// A finished batch on its way to the broker. Its bytes belong to the broker once they were sent, which may have put them into its
// log by reference; so sending it again takes a copy.

import type { Compression } from '../ports/compression.js';
import {
  codec,
  headerAt,
  isTransactional,
  stampBaseOffset,
  stampCrc,
  stampLeaderEpoch,
} from '../records/batch-header.js';
import { BatchWriter } from '../records/batch-writer.js';
import type { FieldWriter } from '../records/field.js';
import { writeInt16, writeInt32, writeInt64 } from '../records/int64.js';
import { RecordCursor } from '../records/record-cursor.js';
import type { FlushGroup } from './flush-group.js';
import type { PendingSends } from './pending-sends.js';

/** What the broker knows a batch by. */
export interface BatchIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

export interface SealedBatch {
  bytes: Uint8Array;
  readonly recordCount: number;
  identity: BatchIdentity;
  readonly sends: PendingSends | undefined;
  readonly group: FlushGroup;
  readonly sealedAtMs: number;
  /** Which batch of its partition it is, in the order of sealing. */
  readonly ordinal: number;
  attempts: number;
  /** An attempt ended without an answer that says whether the batch was written. */
  mayBeWritten: boolean;
  /** Those who wait for it have been told that it failed; an answer may still come. */
  isGivenUp: boolean;
}

/** Sequences wrap to 0 behind 2^31 - 1. */
export function sequenceAfter(sequence: number, recordCount: number): number {
  return (sequence + recordCount) & 0x7fffffff;
}

/** Whether a sequence comes behind another, which is never more than half of all sequences away. */
export function isAhead(sequence: number, other: number): boolean {
  return ((sequence - other) & 0x7fffffff) < 0x40000000;
}

/** The bytes to send: the batch's own at first, a copy later. */
export function bytesToSend(batch: SealedBatch): Uint8Array {
  if (batch.attempts++ === 0) return batch.bytes;
  const copy = new Uint8Array(batch.bytes);
  stampBaseOffset(copy, 0, 0);
  stampLeaderEpoch(copy, 0, -1);
  batch.bytes = copy;
  return copy;
}

/** Gives the batch another place in the producer's sequence. Only for a batch that is not written. */
export function identify(batch: SealedBatch, identity: BatchIdentity): void {
  const { producerId, producerEpoch, baseSequence } = batch.identity;
  const isSame =
    producerId === identity.producerId &&
    producerEpoch === identity.producerEpoch &&
    baseSequence === identity.baseSequence;
  if (isSame) return;
  if (batch.attempts > 0) batch.bytes = new Uint8Array(batch.bytes);
  writeInt64(batch.bytes, headerAt.producerId, identity.producerId);
  writeInt16(batch.bytes, headerAt.producerEpoch, identity.producerEpoch);
  writeInt32(batch.bytes, headerAt.baseSequence, identity.baseSequence);
  stampCrc(batch.bytes, 0, batch.bytes.length);
  batch.identity = identity;
}

interface Slice {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const sliceWriter: FieldWriter<Slice> = {
  write: ({ bytes, start, end }, arena) => arena.append(bytes, start, end),
};

/** Halves a batch that is too large for its topic; the first half keeps the sequence. */
export function halve(batch: SealedBatch, compression: Compression): readonly SealedBatch[] {
  const middle = batch.recordCount >>> 1;
  return [
    part(batch, { from: 0, to: middle }, compression),
    part(batch, { from: middle, to: batch.recordCount }, compression),
  ];
}

function part(batch: SealedBatch, range: { from: number; to: number }, compression: Compression): SealedBatch {
  const cursor = new RecordCursor().open(batch.bytes, 0, compression);
  const writer = new BatchWriter({
    codec: codec(batch.bytes, 0) ?? 'none',
    compression,
    capacityBytes: batch.bytes.length,
  });
  const { bytes } = cursor;
  const slice = (start: number, end: number) => (start < 0 ? null : { bytes, start, end });
  for (let record = range.from; record < range.to; record++) {
    const key = slice(cursor.keyStart(record), cursor.keyEnd(record));
    const value = slice(cursor.valueStart(record), cursor.valueEnd(record));
    writer.append(key, sliceWriter, value, sliceWriter, cursor.timestamp(record), cursor.headers(record));
  }
  const { producerId, producerEpoch, baseSequence } = batch.identity;
  const sequence = baseSequence < 0 ? -1 : sequenceAfter(baseSequence, range.from);
  const identity = { producerId, producerEpoch, baseSequence: sequence };
  return {
    ...batch,
    bytes: writer.finish({ ...identity, isTransactional: isTransactional(batch.bytes, 0) }),
    recordCount: range.to - range.from,
    identity,
    sends: batch.sends?.slice(range.from, range.to),
    attempts: 0,
  };
}
