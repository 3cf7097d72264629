// Raw loops of the streams benches: what a hand-written program does with the same input, with nothing of Millrace in it but the frame of a
// batch (raw-log.ts). Input: batches of records with a text key and a text value, in memory. Each output record is framed, each batch gets its CRC, and
// is written to a file.

import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32c } from '@node-rs/crc32';
import { putVarint, varintSize } from './raw-varint.js';

// What Buffer's toString and write call, without the detour, as Millrace's own serdes do (not in Node's types).
const { latin1Slice, latin1Write } = Buffer.prototype as unknown as {
  latin1Slice: (this: Buffer, start: number, end: number) => string;
  latin1Write: (this: Buffer, text: string, start: number, bytesMax: number) => number;
};

const headerBytes = 61;
const batchBytes = 256 * 1024;

export interface RawInput {
  /** Each a whole batch as the log holds it, records without headers and timestamps beyond the delta. */
  readonly batches: readonly Buffer[];
  readonly recordCount: number;
}

/** Called for each record with the positions of its key and value; `timestampDelta` as it stands in the record. */
type OnRecord = (
  batch: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  timestampDelta: number,
) => void;

let varintEnd = 0;

/** All numbers of this input fit into 31 bits. */
function readVarint(bytes: Buffer, at: number): number {
  let byte = bytes[at++]!;
  let value = byte & 0x7f;
  for (let shift = 7; byte >= 0x80; shift += 7) {
    byte = bytes[at++]!;
    value |= (byte & 0x7f) << shift;
  }
  varintEnd = at;
  return (value >>> 1) ^ -(value & 1);
}

export function forEachRecord({ batches }: RawInput, onRecord: OnRecord): void {
  for (const batch of batches) {
    if (crc32c(batch.subarray(21)) !== batch.readUInt32BE(17)) throw new Error('raw loop: CRC');
    const count = batch.readInt32BE(57);
    let at = headerBytes;
    for (let record = 0; record < count; record++) {
      const length = readVarint(batch, at);
      const next = varintEnd + length;
      const timestampDelta = readVarint(batch, varintEnd + 1);
      readVarint(batch, varintEnd);
      const keyLength = readVarint(batch, varintEnd);
      const keyStart = varintEnd;
      const keyEnd = keyStart + Math.max(keyLength, 0);
      const valueLength = readVarint(batch, keyEnd);
      onRecord(batch, keyStart, keyEnd, varintEnd, varintEnd + valueLength, timestampDelta);
      at = next;
    }
  }
}

/** Frames text records into batches and writes each to the file when it is full. */
export class RawWriter {
  private readonly file: number;
  private readonly batch = Buffer.allocUnsafeSlow(batchBytes + 65536);
  private end = headerBytes;
  private count = 0;

  constructor(path: string) {
    this.file = openSync(path, 'w');
  }

  put(key: string, value: string): void {
    const { batch } = this;
    const body =
      3 + varintSize(this.count) + varintSize(key.length) + key.length + varintSize(value.length) + value.length;
    let at = putVarint(batch, this.end, body);
    batch[at++] = 0;
    batch[at++] = 0;
    at = putVarint(batch, at, this.count++);
    at = putVarint(batch, at, key.length);
    at += latin1Write.call(batch, key, at, key.length);
    at = putVarint(batch, at, value.length);
    at += latin1Write.call(batch, value, at, value.length);
    batch[at++] = 0;
    this.end = at;
    if (at >= batchBytes) this.flush();
  }

  close(): void {
    if (this.count > 0) this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    const { batch, end } = this;
    batch.fill(0, 0, headerBytes);
    batch.writeInt32BE(end - 12, 8);
    batch[16] = 2;
    batch.writeInt32BE(this.count, 57);
    batch.writeUInt32BE(crc32c(batch.subarray(21, end)), 17);
    writeSync(this.file, batch, 0, end);
    this.end = headerBytes;
    this.count = 0;
  }
}

/** filter + map of texts to a topic. */
export function rawFilterMap(input: RawInput, path: string): number {
  const out = new RawWriter(path);
  forEachRecord(input, (batch, keyStart, keyEnd, valueStart, valueEnd) => {
    const key = latin1Slice.call(batch, keyStart, keyEnd);
    const value = latin1Slice.call(batch, valueStart, valueEnd);
    if (value.charCodeAt(0) !== 120) out.put(key, `${value}!`);
  });
  out.close();
  return input.recordCount;
}

/** A count per key and window, each update written to a changelog and to an output. */
export function rawWindowedCount(input: RawInput, windowMs: number, path: string): number {
  const changelog = new RawWriter(`${path}.changelog`);
  const out = new RawWriter(path);
  const windows = new Map<number, Map<string, number>>();
  forEachRecord(input, (batch, keyStart, keyEnd, _valueStart, _valueEnd, timestampDelta) => {
    const key = latin1Slice.call(batch, keyStart, keyEnd);
    const start = timestampDelta - (timestampDelta % windowMs);
    let window = windows.get(start);
    if (window === undefined) windows.set(start, (window = new Map()));
    const count = (window.get(key) ?? 0) + 1;
    window.set(key, count);
    const text = String(count);
    changelog.put(key, text);
    out.put(key, text);
  });
  changelog.close();
  out.close();
  return input.recordCount;
}
