// Writes one record batch after the other into an arena of its own: typed keys and values go through field writers straight
// behind the framing, so that no Buffer is made per record, and one native CRC is taken per batch.
// A length stands in front of what it measures and is not known before. It is given the size that it had in the record
// before, and the rare field for which that was wrong is moved: the varints come out minimal, bit for bit as Kafka's.

import { assert } from '../base/assert.js';
import { type CodecName, type Compression, codecIds } from '../ports/compression.js';
import { Arena } from './arena.js';
import { lendBuffer, takeBuffer } from './batch-buffers.js';
import { attributeBits, batchHeaderBytes, batchMagic, batchPreambleBytes, headerAt, stampCrc } from './batch-header.js';
import type { FieldWriter } from './field.js';
import { writeInt16, writeInt32, writeInt64 } from './int64.js';
import { noHeaders, type RecordHeaders } from './record-header.js';
import { sealBatch } from './sealed-batches.js';
import { varintSizeBytes, writeVarint, writeVarlong } from './varint.js';

export interface BatchWriterOptions {
  readonly codec?: CodecName;
  readonly compression: Compression;
  /** What the arena begins with; it grows when a batch needs more. */
  readonly capacityBytes?: number;
}

export interface BatchFacts {
  /** -1, the default, for a producer that is not idempotent. */
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly leaderEpoch?: number;
}

/** -1, the length of a null, as a varint. */
const zigzagNull = 1;
/** Framing in front of the value at its longest: length 5, attributes 1, timestamp 10, offset 5, key length 5. */
const framingBytesMax = 32;
/** From this size on a batch leaves with the arena's buffer, if it fills a third of it; a smaller one is copied out. */
const handOverBytesMin = 16 * 1024;

export class BatchWriter {
  /** Records in the batch so far. */
  recordCount = 0;
  baseTimestamp = -1;
  maxTimestamp = -1;

  private readonly codec: CodecName;
  private readonly compression: Compression;
  private readonly arena: Arena;
  private end = batchHeaderBytes;
  private lastRecordAt = batchHeaderBytes;
  private maxTimestampBefore = -1;
  private lengthSize = 1;
  private keySize = 1;
  private valueSize = 1;

  constructor(options: BatchWriterOptions) {
    this.codec = options.codec ?? 'none';
    this.compression = options.compression;
    this.arena = new Arena(Math.max(options.capacityBytes ?? 16_384, batchHeaderBytes));
  }

  /** The batch as it would be without compression, its header included. */
  get sizeBytes(): number {
    return this.end;
  }

  get lastRecordSizeBytes(): number {
    return this.end - this.lastRecordAt;
  }

  /** Adds a record. When a field writer throws, the batch is as it was before. */
  append<K, V>(
    key: K | null,
    keyWriter: FieldWriter<K>,
    value: V | null,
    valueWriter: FieldWriter<V>,
    timestamp: number,
    headers: RecordHeaders = noHeaders,
  ): void {
    const { arena, end: start, lengthSize, recordCount } = this;
    arena.position = start;
    arena.reserve(framingBytesMax);
    const { bytes } = arena;
    let at = start + lengthSize;
    bytes[at++] = 0;
    if (recordCount === 0 || timestamp === this.baseTimestamp) bytes[at++] = 0;
    else at = writeVarlong(bytes, at, timestamp - this.baseTimestamp);
    arena.position = at = writeVarint(bytes, at, recordCount);
    if (key !== null) {
      this.keySize = this.appendField(key, keyWriter, this.keySize);
      arena.reserve(framingBytesMax);
    } else {
      bytes[at] = zigzagNull;
      arena.position = at + 1;
    }
    if (value !== null) this.valueSize = this.appendField(value, valueWriter, this.valueSize);
    else arena.bytes[arena.position++] = zigzagNull;
    if (headers.length === 0) {
      if (arena.position === arena.bytes.length) arena.reserve(1);
      arena.bytes[arena.position++] = 0;
    } else this.appendHeaders(headers);
    this.lengthSize = this.closeLength(start, lengthSize);
    this.lastRecordAt = start;
    this.end = arena.position;
    this.maxTimestampBefore = this.maxTimestamp;
    this.recordCount = recordCount + 1;
    if (recordCount === 0) this.baseTimestamp = this.maxTimestamp = timestamp;
    else if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
  }

  /** Takes back the record appended last (one that made the batch too large); only once in a row. */
  removeLast(): void {
    assert(this.recordCount > 0 && this.end > this.lastRecordAt, 'removeLast() without a record just appended');
    this.recordCount--;
    this.end = this.lastRecordAt;
    this.maxTimestamp = this.maxTimestampBefore;
  }

  /** The batch, in a buffer of its own with base offset 0; the writer begins the next one. */
  finish(facts: BatchFacts = {}): Uint8Array {
    assert(this.recordCount > 0, 'a batch needs a record');
    const batch = this.codec === 'none' ? this.takeBatch() : this.compressBatch(this.codec);
    this.writeHeader(batch, facts);
    stampCrc(batch, 0, batch.length);
    sealBatch(batch);
    this.reset();
    return batch;
  }

  /** Drops what was appended since the last finish. */
  reset(): void {
    this.recordCount = 0;
    this.baseTimestamp = this.maxTimestamp = this.maxTimestampBefore = -1;
    this.end = this.lastRecordAt = batchHeaderBytes;
  }

  private takeBatch(): Buffer {
    const { arena, end } = this;
    const written = arena.bytes.subarray(0, end);
    if (end < handOverBytesMin || end * 3 < arena.bytes.length) {
      const batch = Buffer.allocUnsafeSlow(end);
      batch.set(written);
      return batch;
    }
    lendBuffer(written);
    arena.bytes = takeBuffer(end); // the next batch is likely as large
    return written;
  }

  private compressBatch(codec: CodecName): Buffer {
    const payload = this.compression.compress(codec, this.arena.bytes.subarray(batchHeaderBytes, this.end));
    const batch = Buffer.allocUnsafeSlow(batchHeaderBytes + payload.length);
    batch.set(payload, batchHeaderBytes);
    return batch;
  }

  /** Returns how many bytes the length took. */
  private appendField<T>(value: T, writer: FieldWriter<T>, guessedSize: number): number {
    const { arena } = this;
    const start = arena.position;
    arena.position = start + guessedSize;
    writer.write(value, arena);
    return this.closeLength(start, guessedSize);
  }

  /** Writes the length of what stands behind the `guessedSize` bytes at `start`, moving it when the guess was wrong. */
  private closeLength(start: number, guessedSize: number): number {
    const { bytes, position } = this.arena;
    const length = position - start - guessedSize;
    if (guessedSize === 1 && length < 0x40) {
      bytes[start] = length << 1;
      return 1;
    }
    if (guessedSize === 2 && length >= 0x40 && length < 0x2000) {
      bytes[start] = (length << 1) | 0x80;
      bytes[start + 1] = length >>> 6;
      return 2;
    }
    return this.closeOtherLength(start, guessedSize, length);
  }

  private closeOtherLength(start: number, guessedSize: number, length: number): number {
    const { arena } = this;
    const size = varintSizeBytes(length);
    if (size !== guessedSize) {
      const contentAt = start + guessedSize;
      arena.reserve(size);
      arena.bytes.copyWithin(start + size, contentAt, arena.position);
      arena.position += size - guessedSize;
    }
    writeVarint(arena.bytes, start, length);
    return size;
  }

  private appendHeaders(headers: RecordHeaders): void {
    const { arena } = this;
    arena.reserve(5);
    arena.position = writeVarint(arena.bytes, arena.position, headers.length);
    for (const { key, value } of headers) {
      arena.reserve(10);
      this.appendField(key, textWriter, 1);
      arena.reserve(10);
      if (value === null) arena.bytes[arena.position++] = zigzagNull;
      else this.appendField(value, bytesWriter, 1);
    }
  }

  private writeHeader(batch: Buffer, facts: BatchFacts): void {
    let attributes: number = codecIds[this.codec];
    if (facts.isTransactional) attributes |= attributeBits.transactional;
    if (facts.isControl) attributes |= attributeBits.control;
    writeInt64(batch, headerAt.baseOffset, 0);
    writeInt32(batch, headerAt.batchLength, batch.length - batchPreambleBytes);
    writeInt32(batch, headerAt.leaderEpoch, facts.leaderEpoch ?? -1);
    batch[headerAt.magic] = batchMagic;
    writeInt16(batch, headerAt.attributes, attributes);
    writeInt32(batch, headerAt.lastOffsetDelta, this.recordCount - 1);
    writeInt64(batch, headerAt.baseTimestamp, this.baseTimestamp);
    writeInt64(batch, headerAt.maxTimestamp, this.maxTimestamp);
    writeInt64(batch, headerAt.producerId, facts.producerId ?? -1);
    writeInt16(batch, headerAt.producerEpoch, facts.producerEpoch ?? -1);
    writeInt32(batch, headerAt.baseSequence, facts.baseSequence ?? -1);
    writeInt32(batch, headerAt.recordCount, this.recordCount);
  }
}

const textWriter: FieldWriter<string> = { write: (text, arena) => arena.appendText(text) };
const bytesWriter: FieldWriter<Uint8Array> = { write: (bytes, arena) => arena.append(bytes) };
