// Reads one record batch lazily: `open` walks the framing once and keeps positions; keys and values are decoded by whoever
// asks, out of `bytes`. A cursor is opened again for the next batch and allocates nothing for it, unless the batch is compressed.
// The framing is checked whole, so that nothing read later can run past the batch; the CRC is the log's business.

import { ProtocolError } from '../base/errors.js';
import type { Compression } from '../ports/compression.js';
import {
  attributeBits,
  attributes,
  baseOffset,
  baseTimestamp,
  batchHeaderBytes,
  batchMagic,
  batchSizeBytes,
  codec,
  lastOffsetDelta,
  magic,
  maxTimestamp,
  recordCount,
} from './batch-header.js';
import { noHeaders, type RecordHeader, type RecordHeaders } from './record-header.js';
import { VarintReader } from './varint-reader.js';

/** Length, attributes, timestamp, offset, key, value and header count take a byte each. */
const recordBytesMin = 7;
/** Per record: key start and end, value start and end, position of the header count, offset delta. */
const stride = 6;
/** Everything in front of a plain record's key: attributes, and four numbers of two bytes. */
const plainFramingBytesMax = 9;
/** Records indexed by one call: often enough called, it is compiled as a whole and not in the midst of its loop. */
const plainRunMax = 64;
/** -1, the length of a null, as a varint. */
const zigzagNull = 1;

export class RecordCursor {
  /** Records in the batch. */
  count = 0;
  /** What the positions refer to: the bytes given, or the decompressed records. Valid until the next `open`. */
  bytes: Uint8Array = new Uint8Array(0);
  baseOffset = 0;
  lastOffset = -1;
  /** Where the next batch begins in the bytes given to `open`. */
  nextBatchAt = 0;
  isTransactional = false;
  isControl = false;
  maxTimestamp = -1;

  private readonly decompressedBytesMax: number;
  private readonly reader = new VarintReader();
  private index = new Int32Array(stride * 64);
  private timestamps = new Float64Array(64);

  constructor(options: { decompressedBytesMax?: number } = {}) {
    this.decompressedBytesMax = options.decompressedBytesMax ?? 128 * 1024 * 1024;
  }

  /** Reads the batch at `at`. Throws CORRUPT_MESSAGE (the cursor is then empty) when it is not a whole, well-formed one. */
  open(bytes: Uint8Array, at: number, compression: Compression): this {
    this.count = 0;
    const sizeBytes = requireBatch(bytes, at);
    const flags = attributes(bytes, at);
    this.isTransactional = (flags & attributeBits.transactional) !== 0;
    this.isControl = (flags & attributeBits.control) !== 0;
    this.baseOffset = baseOffset(bytes, at);
    const offsetDeltaMax = lastOffsetDelta(bytes, at);
    this.lastOffset = this.baseOffset + offsetDeltaMax;
    this.maxTimestamp = maxTimestamp(bytes, at);
    this.nextBatchAt = at + sizeBytes;
    const count = recordCount(bytes, at);
    this.openRecords(bytes, at, sizeBytes, compression);
    this.indexRecords(count, baseTimestamp(bytes, at), offsetDeltaMax);
    if (flags & attributeBits.logAppendTime) this.timestamps.fill(this.maxTimestamp, 0, count);
    this.count = count;
    return this;
  }

  offset(record: number): number {
    return this.baseOffset + this.index[record * stride + 5]!;
  }

  timestamp(record: number): number {
    return this.timestamps[record]!;
  }

  /** -1 where the key is null. */
  keyStart(record: number): number {
    return this.index[record * stride]!;
  }

  keyEnd(record: number): number {
    return this.index[record * stride + 1]!;
  }

  /** -1 where the value is null. */
  valueStart(record: number): number {
    return this.index[record * stride + 2]!;
  }

  valueEnd(record: number): number {
    return this.index[record * stride + 3]!;
  }

  /** The headers, decoded on each call; their values are views of `bytes`. */
  headers(record: number): RecordHeaders {
    const { reader } = this;
    const countAt = this.index[record * stride + 4]!;
    if (this.bytes[countAt] === 0) return noHeaders;
    reader.open(this.bytes, countAt, this.bytes.length);
    const count = reader.int();
    const headers: RecordHeader[] = [];
    for (let index = 0; index < count; index++) {
      const keyBytes = this.readField();
      const value = this.readField();
      headers.push({ key: keyBytes === null ? '' : textDecoder.decode(keyBytes), value });
    }
    return headers;
  }

  private readField(): Uint8Array | null {
    const length = this.reader.int();
    if (length < 0) return null;
    const start = this.reader.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  private openRecords(bytes: Uint8Array, at: number, sizeBytes: number, compression: Compression): void {
    const codecName = codec(bytes, at);
    if (codecName === undefined) throw new ProtocolError('CORRUPT_MESSAGE', 'the batch names no compression codec');
    const start = at + batchHeaderBytes;
    const end = at + sizeBytes;
    if (codecName === 'none') {
      this.bytes = bytes;
      this.reader.open(bytes, start, end);
      return;
    }
    try {
      this.bytes = compression.decompress(codecName, bytes.subarray(start, end), this.decompressedBytesMax);
    } catch (cause) {
      if (cause instanceof ProtocolError) throw cause;
      throw new ProtocolError('CORRUPT_MESSAGE', `the batch at offset ${this.baseOffset} does not decompress`, {
        cause,
      });
    }
    this.reader.open(this.bytes, 0, this.bytes.length);
  }

  private indexRecords(count: number, firstTimestamp: number, offsetDeltaMax: number): void {
    const { reader } = this;
    if (count < 0 || count * recordBytesMin > reader.end - reader.position) {
      throw new ProtocolError('CORRUPT_MESSAGE', `the batch cannot hold the ${count} records that it claims`);
    }
    this.reserve(count);
    for (let record = 0; record < count; ) {
      const plainEnd = Math.min(count, record + plainRunMax);
      record = this.indexPlainRecords(record, plainEnd, firstTimestamp, offsetDeltaMax);
      if (record === plainEnd) continue;
      const delta = this.indexRecord(record * stride, firstTimestamp, record);
      const previousDelta = record === 0 ? -1 : this.index[record * stride - 1]!;
      if (delta <= previousDelta || delta > offsetDeltaMax) {
        throw new ProtocolError('CORRUPT_MESSAGE', `record ${record} of the batch has offset delta ${delta}`);
      }
      record++;
    }
    if (reader.position !== reader.end) throw new ProtocolError('CORRUPT_MESSAGE', 'bytes behind the last record');
  }

  /**
   * The same as `indexRecord` for records as most are, one after the other and several times as fast: numbers of at most two bytes, no
   * headers. Stops at the first other one, or one that is not well-formed, and returns its number: it is left to `indexRecord`.
   */
  private indexPlainRecords(from: number, to: number, firstTimestamp: number, offsetDeltaMax: number): number {
    const { reader, index, timestamps } = this;
    const { bytes, end } = reader;
    const startMax = end - plainFramingBytesMax;
    let start = reader.position;
    let slot = from * stride;
    let previousDelta = from === 0 ? -1 : index[slot - 1]!;
    let record = from;
    for (; record < to && start <= startMax; record++) {
      let at = start;
      let length = bytes[at++]!;
      if (length > 0x7f) length = (length & 0x7f) | (bytes[at++]! << 7); // a third byte makes it too large, below as well
      const recordEnd = at + (length >>> 1);
      at++; // attributes, unused
      let timestamp = bytes[at++]!;
      if (timestamp > 0x7f) timestamp = (timestamp & 0x7f) | (bytes[at++]! << 7);
      let offset = bytes[at++]!;
      if (offset > 0x7f) offset = (offset & 0x7f) | (bytes[at++]! << 7);
      let key = bytes[at++]!;
      if (key > 0x7f) key = (key & 0x7f) | (bytes[at++]! << 7);
      const keyStart = at;
      if (key !== zigzagNull) at += key >>> 1;
      if (at >= end - 2) break;
      let value = bytes[at++]!;
      if (value > 0x7f) value = (value & 0x7f) | (bytes[at++]! << 7);
      const valueStart = at;
      if (value !== zigzagNull) at += value >>> 1;
      const isPlain = (length | timestamp | offset | key | value) <= 0x3fff && ((length | offset) & 1) === 0;
      const hasLengths = (key === zigzagNull || (key & 1) === 0) && (value === zigzagNull || (value & 1) === 0);
      const delta = offset >>> 1;
      const isNext = delta > previousDelta && delta <= offsetDeltaMax;
      if (!isPlain || !hasLengths || !isNext || at + 1 !== recordEnd || recordEnd > end || bytes[at] !== 0) break;
      index[slot] = key === zigzagNull ? -1 : keyStart;
      index[slot + 1] = key === zigzagNull ? -1 : keyStart + (key >>> 1);
      index[slot + 2] = value === zigzagNull ? -1 : valueStart;
      index[slot + 3] = value === zigzagNull ? -1 : at;
      index[slot + 4] = at;
      index[slot + 5] = delta;
      timestamps[record] = firstTimestamp + ((timestamp >>> 1) ^ -(timestamp & 1));
      previousDelta = delta;
      slot += stride;
      start = recordEnd;
    }
    reader.position = start;
    return record;
  }

  /** Returns the record's offset delta. */
  private indexRecord(slot: number, firstTimestamp: number, record: number): number {
    const { reader, index } = this;
    const length = reader.int();
    const recordEnd = reader.position + length;
    if (length < recordBytesMin - 1 || recordEnd > reader.end) throw malformed(record);
    reader.position++; // attributes, unused
    this.timestamps[record] = firstTimestamp + reader.long();
    const offsetDelta = reader.int();
    const keyLength = reader.int();
    index[slot] = keyLength < 0 ? -1 : reader.skip(keyLength);
    index[slot + 1] = keyLength < 0 ? -1 : reader.position;
    const valueLength = reader.int();
    index[slot + 2] = valueLength < 0 ? -1 : reader.skip(valueLength);
    index[slot + 3] = valueLength < 0 ? -1 : reader.position;
    index[slot + 4] = reader.position;
    index[slot + 5] = offsetDelta;
    const headerCount = reader.int();
    if (headerCount !== 0) this.checkHeaders(headerCount, recordEnd, record);
    if (reader.position !== recordEnd) throw malformed(record);
    return offsetDelta;
  }

  private checkHeaders(count: number, recordEnd: number, record: number): void {
    const { reader } = this;
    if (count < 0 || count * 2 > recordEnd - reader.position) throw malformed(record);
    for (let header = 0; header < count; header++) {
      const keyLength = reader.int();
      if (keyLength < 0) throw malformed(record);
      reader.skip(keyLength);
      const valueLength = reader.int();
      if (valueLength >= 0) reader.skip(valueLength);
    }
  }

  private reserve(count: number): void {
    if (count <= this.timestamps.length) return;
    const capacity = Math.max(count, this.timestamps.length * 2);
    this.index = new Int32Array(capacity * stride);
    this.timestamps = new Float64Array(capacity);
  }
}

const textDecoder = new TextDecoder();

function requireBatch(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < batchHeaderBytes)
    throw new ProtocolError('CORRUPT_MESSAGE', 'a batch is cut off in its header');
  if (magic(bytes, at) !== batchMagic) {
    throw new ProtocolError('CORRUPT_MESSAGE', `the batch has format ${magic(bytes, at)}; only format 2 is read`);
  }
  const sizeBytes = batchSizeBytes(bytes, at);
  if (sizeBytes < batchHeaderBytes || sizeBytes > bytes.length - at) {
    throw new ProtocolError('CORRUPT_MESSAGE', `a batch of ${sizeBytes} bytes in ${bytes.length - at}`);
  }
  return sizeBytes;
}

function malformed(record: number): ProtocolError {
  return new ProtocolError('CORRUPT_MESSAGE', `record ${record} of the batch does not add up to its length`);
}
