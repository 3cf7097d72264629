// The raw loops: what a plain program does on this machine, with nothing of Millrace in it. Records go into batches of the same size and
// shape as the producer's (v2 framing by hand, one native CRC-32C a batch), each batch is written to a file by one write call; reading takes the
// file in pieces, checks each CRC and walks the framing without decoding anything.

import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32c } from '@node-rs/crc32';
import { putVarint, varintSize } from './raw-varint.js';

/** In front of every batch. */
export const headerBytes = 61;

export interface RawLogOptions {
  readonly path: string;
  readonly recordCount: number;
  readonly value: Uint8Array;
  readonly batchBytes: number;
}

/** Encode + CRC + write; returns how many records it wrote. */
export function rawWrite({ path, recordCount, value, batchBytes }: RawLogOptions): number {
  const file = openSync(path, 'w');
  const batch = Buffer.allocUnsafeSlow(batchBytes + value.length + 64);
  let end = headerBytes;
  let inBatch = 0;
  for (let written = 0; written < recordCount; written++) {
    end = putRecord(batch, end, inBatch++, value);
    if (end >= batchBytes || written === recordCount - 1) {
      closeBatch(batch, end, inBatch);
      writeSync(file, batch, 0, end);
      end = headerBytes;
      inBatch = 0;
    }
  }
  closeSync(file);
  return recordCount;
}

/** Returns where the record ends. */
export function putRecord(batch: Buffer, at: number, offsetDelta: number, value: Uint8Array): number {
  const offsetSize = varintSize(offsetDelta);
  const valueSize = varintSize(value.length);
  at = putVarint(batch, at, 2 + offsetSize + 1 + valueSize + value.length + 1);
  batch[at++] = 0;
  batch[at++] = 0;
  at = putVarint(batch, at, offsetDelta);
  batch[at++] = 1;
  at = putVarint(batch, at, value.length);
  batch.set(value, at);
  at += value.length;
  batch[at++] = 0;
  return at;
}

/** Writes the header of a batch of no producer in particular, and its CRC. */
export function closeBatch(batch: Buffer, end: number, recordCount: number): void {
  batch.fill(0, 0, headerBytes);
  batch.fill(0xff, 43, 57);
  batch.writeInt32BE(end - 12, 8);
  batch[16] = 2;
  batch.writeInt32BE(recordCount - 1, 23);
  batch.writeInt32BE(recordCount, 57);
  batch.writeUInt32BE(crc32c(batch.subarray(21, end)), 17);
}

/** Read + CRC + lazy decode (positions only); returns how many records it saw. */
export function rawRead(path: string, pieceBytes: number): number {
  const file = openSync(path, 'r');
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  let records = 0;
  let kept = 0;
  for (;;) {
    const available = kept + readSync(file, piece, kept, pieceBytes - kept, null);
    let at = 0;
    while (available - at >= headerBytes) {
      const size = piece.readInt32BE(at + 8) + 12;
      if (at + size > available) break;
      records += walkBatch(piece, at, size);
      at += size;
    }
    if (at === 0) break;
    piece.copyWithin(0, at, available);
    kept = available - at;
  }
  closeSync(file);
  return records;
}

let positionSum = 0;

/** CRC and framing of one batch; returns its count of records. */
export function walkBatch(piece: Buffer, start: number, size: number): number {
  if (crc32c(piece.subarray(start + 21, start + size)) !== piece.readUInt32BE(start + 17))
    throw new Error('raw loop: CRC');
  const count = piece.readInt32BE(start + 57);
  let at = start + headerBytes;
  for (let record = 0; record < count; record++) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = piece[at++]!;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    // The sum keeps the compiler from leaving the walk out.
    positionSum = (positionSum + at) | 0;
    at += length >>> 1;
  }
  return count;
}
