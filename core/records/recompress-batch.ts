import type { CodecName, Compression } from '../ports/compression.js';
import { codecIds } from '../ports/compression.js';
import {
  attributeBits,
  attributes,
  batchHeaderBytes,
  batchPreambleBytes,
  batchSizeBytes,
  codec,
  headerAt,
  stampCrc,
} from './batch-header.js';
import { writeInt16, writeInt32 } from './int64.js';

/** What the records of a batch may unpack to. */
const recordsBytesMax = 128 * 1024 * 1024;

/** The same batch with its records in another codec; the one at bytes[at] itself where it is the same. Throws when it does not unpack. */
export function recompressBatch(
  bytes: Uint8Array,
  at: number,
  wanted: CodecName,
  compression: Compression,
): Uint8Array {
  const present = codec(bytes, at);
  const whole = bytes.subarray(at, at + batchSizeBytes(bytes, at));
  if (present === undefined || present === wanted) return whole;
  const packed = whole.subarray(batchHeaderBytes);
  const records = present === 'none' ? packed : compression.decompress(present, packed, recordsBytesMax);
  const payload = wanted === 'none' ? records : compression.compress(wanted, records);
  const batch = new Uint8Array(batchHeaderBytes + payload.length);
  batch.set(whole.subarray(0, batchHeaderBytes));
  batch.set(payload, batchHeaderBytes);
  writeInt32(batch, headerAt.batchLength, batch.length - batchPreambleBytes);
  writeInt16(batch, headerAt.attributes, (attributes(bytes, at) & ~attributeBits.codec) | codecIds[wanted]);
  stampCrc(batch, 0, batch.length);
  return batch;
}
