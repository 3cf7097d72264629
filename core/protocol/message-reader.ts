// Reads Kafka's wire types out of one frame. Rule: every length is checked against what is left of the frame before anything is
// allocated or read by it, so that a malformed frame ends in a ProtocolError and costs no more memory than its own size allows.

import { ProtocolError } from '../base/errors.js';

const twoTo32 = 2 ** 32;
const safeHigh = 2 ** 21;
const stringBytesMax = 0x7fff;
/** As Kafka 4.4 caps them; no honest message comes near. */
const elementCountMax = 1_000_000;

export class MessageReader {
  position = 0;
  private readonly bytes: Buffer;
  private readonly title: string;
  private end: number;

  constructor(bytes: Uint8Array, title: string) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.title = title;
    this.end = bytes.length;
  }

  get remainingBytes(): number {
    return this.end - this.position;
  }

  int8(): number {
    return this.bytes.readInt8(this.take(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.take(2));
  }

  uint16(): number {
    return this.bytes.readUInt16BE(this.take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.take(4));
  }

  int64(): number {
    const at = this.take(8);
    const high = this.bytes.readInt32BE(at);
    if (high < -safeHigh || high >= safeHigh) throw this.malformed('an int64 beyond 2^53');
    return high * twoTo32 + this.bytes.readUInt32BE(at + 4);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.take(1)]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value >= twoTo32) break;
        return value;
      }
    }
    throw this.malformed('a varint of more than 32 bits');
  }

  /** undefined stands for null. */
  string(isCompact: boolean): string | undefined {
    const sizeBytes = isCompact ? this.unsignedVarint() - 1 : this.int16();
    if (sizeBytes === -1) return undefined;
    if (sizeBytes < 0 || sizeBytes > stringBytesMax) throw this.malformed(`a string of ${sizeBytes} bytes`);
    const start = this.take(sizeBytes);
    return this.bytes.toString('utf8', start, start + sizeBytes);
  }

  /** The next bytes as a view of the frame; undefined stands for null. */
  view(isCompact: boolean): Uint8Array | undefined {
    const sizeBytes = isCompact ? this.unsignedVarint() - 1 : this.int32();
    if (sizeBytes === -1) return undefined;
    if (sizeBytes < 0) throw this.malformed(`${sizeBytes} bytes`);
    const start = this.take(sizeBytes);
    return this.bytes.subarray(start, start + sizeBytes);
  }

  uuid(): string {
    const start = this.take(16);
    return this.bytes.toString('base64url', start, start + 16);
  }

  /** The number of elements of an array, each at least `elementBytesMin` long; undefined stands for null. */
  elementCount(isCompact: boolean, elementBytesMin: number): number | undefined {
    const count = isCompact ? this.unsignedVarint() - 1 : this.int32();
    if (count === -1) return undefined;
    if (count < 0 || count > elementCountMax || count * elementBytesMin > this.remainingBytes) {
      throw this.malformed(`an array of ${count} elements`);
    }
    return count;
  }

  skip(sizeBytes: number): void {
    this.take(sizeBytes);
  }

  /** Runs `read` on the next `sizeBytes` bytes, all of which it must take. */
  within<T>(sizeBytes: number, read: (reader: MessageReader) => T): T {
    const outerEnd = this.end;
    if (sizeBytes > this.remainingBytes) throw this.malformed(`a field of ${sizeBytes} bytes`);
    this.end = this.position + sizeBytes;
    const value = read(this);
    this.requireEnd();
    this.end = outerEnd;
    return value;
  }

  requireEnd(): void {
    if (this.position !== this.end) throw this.malformed(`${this.remainingBytes} bytes too many`);
  }

  malformed(found: string): ProtocolError {
    return new ProtocolError('INVALID_REQUEST', `malformed ${this.title}: ${found} at byte ${this.position}`);
  }

  private take(sizeBytes: number): number {
    const at = this.position;
    if (sizeBytes > this.end - at) {
      throw this.malformed(`${sizeBytes} bytes announced where ${this.end - at} are left`);
    }
    this.position = at + sizeBytes;
    return at;
  }
}
