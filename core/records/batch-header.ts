// The 61 bytes in front of every record batch, format v2, as Kafka's DefaultRecordBatch lays them out:
//   baseOffset i64, batchLength i32, partitionLeaderEpoch i32, magic i8, crc u32,
//   attributes i16 [0-2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon], lastOffsetDelta i32,
//   baseTimestamp i64, maxTimestamp i64, producerId i64, producerEpoch i16, baseSequence i32, recordCount i32.
// The CRC covers everything from the attributes on, so a broker stamps offset and epoch without touching it.
// `at` is where the batch begins in `bytes`.

import { type CodecName, codecIds } from '../ports/compression.js';
import { crc32c } from './crc32c.js';
import { readInt16, readInt32, readInt64, writeInt32, writeInt64 } from './int64.js';

export const batchHeaderBytes = 61;
/** Bytes in front of what `batchLength` counts: the base offset and the length itself. */
export const batchPreambleBytes = 12;
export const batchMagic = 2;

export const headerAt = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

export const attributeBits = {
  codec: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const;

export type TimestampType = 'CreateTime' | 'LogAppendTime';

const codecNames = Object.keys(codecIds) as CodecName[];

export const baseOffset = (bytes: Uint8Array, at: number): number => readInt64(bytes, at);
/** The whole batch, the 12 bytes of offset and length included. Not checked: may be anything in bytes not yet verified. */
export const batchSizeBytes = (bytes: Uint8Array, at: number): number =>
  readInt32(bytes, at + headerAt.batchLength) + batchPreambleBytes;
export const leaderEpoch = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + headerAt.leaderEpoch);
export const magic = (bytes: Uint8Array, at: number): number => (bytes[at + headerAt.magic]! << 24) >> 24;
const crc = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + headerAt.crc) >>> 0;
export const attributes = (bytes: Uint8Array, at: number): number => readInt16(bytes, at + headerAt.attributes);
/** `undefined` for the three ids that name no codec. */
export const codec = (bytes: Uint8Array, at: number): CodecName | undefined =>
  codecNames[attributes(bytes, at) & attributeBits.codec];
export const isTransactional = (bytes: Uint8Array, at: number): boolean =>
  (attributes(bytes, at) & attributeBits.transactional) !== 0;
export const isControl = (bytes: Uint8Array, at: number): boolean =>
  (attributes(bytes, at) & attributeBits.control) !== 0;
export const lastOffsetDelta = (bytes: Uint8Array, at: number): number =>
  readInt32(bytes, at + headerAt.lastOffsetDelta);
export const lastOffset = (bytes: Uint8Array, at: number): number => baseOffset(bytes, at) + lastOffsetDelta(bytes, at);
export const baseTimestamp = (bytes: Uint8Array, at: number): number => readInt64(bytes, at + headerAt.baseTimestamp);
export const maxTimestamp = (bytes: Uint8Array, at: number): number => readInt64(bytes, at + headerAt.maxTimestamp);
export const producerId = (bytes: Uint8Array, at: number): number => readInt64(bytes, at + headerAt.producerId);
export const producerEpoch = (bytes: Uint8Array, at: number): number => readInt16(bytes, at + headerAt.producerEpoch);
export const baseSequence = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + headerAt.baseSequence);
export const recordCount = (bytes: Uint8Array, at: number): number => readInt32(bytes, at + headerAt.recordCount);

export function stampBaseOffset(bytes: Uint8Array, at: number, offset: number): void {
  writeInt64(bytes, at + headerAt.baseOffset, offset);
}

export function stampLeaderEpoch(bytes: Uint8Array, at: number, epoch: number): void {
  writeInt32(bytes, at + headerAt.leaderEpoch, epoch);
}

/** Computes the CRC of a finished batch and writes it into the header. */
export function stampCrc(bytes: Uint8Array, at: number, sizeBytes: number): void {
  writeInt32(bytes, at + headerAt.crc, crc32c(bytes, at + headerAt.attributes, at + sizeBytes));
}

/** Sets LogAppendTime and the time of the append; the CRC is stamped anew. */
export function stampLogAppendTime(bytes: Uint8Array, at: number, timestamp: number): void {
  bytes[at + headerAt.attributes + 1]! |= attributeBits.logAppendTime;
  writeInt64(bytes, at + headerAt.maxTimestamp, timestamp);
  stampCrc(bytes, at, batchSizeBytes(bytes, at));
}

/** True when bytes[at, end) begin with a whole batch of format v2 whose CRC is right. */
export function isWholeBatch(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < batchHeaderBytes) return false;
  const sizeBytes = batchSizeBytes(bytes, at);
  if (sizeBytes < batchHeaderBytes || sizeBytes > end - at || magic(bytes, at) !== batchMagic) return false;
  return crc32c(bytes, at + headerAt.attributes, at + sizeBytes) === crc(bytes, at);
}
