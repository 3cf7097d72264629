import { ProtocolError } from '../base/errors.js';
import { Arena } from '../records/arena.js';

const twoTo32 = 2 ** 32;
const stringBytesMax = 0x7fff;

/** Writes Kafka's wire types, big-endian, into one growing buffer. Throws ProtocolError for a value that its type cannot hold. */
export class MessageWriter extends Arena {
  int8(value: number): void {
    if (value !== (value << 24) >> 24) throw unfit('int8', value);
    this.reserve(1);
    this.bytes[this.position++] = value;
  }

  int16(value: number): void {
    if (value !== (value << 16) >> 16) throw unfit('int16', value);
    this.reserve(2);
    this.position = this.bytes.writeInt16BE(value, this.position);
  }

  uint16(value: number): void {
    if (value !== (value & 0xffff)) throw unfit('uint16', value);
    this.reserve(2);
    this.position = this.bytes.writeUInt16BE(value, this.position);
  }

  int32(value: number): void {
    if (value !== (value | 0)) throw unfit('int32', value);
    this.reserve(4);
    this.position = this.bytes.writeInt32BE(value, this.position);
  }

  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw unfit('int64 below 2^53', value);
    this.reserve(8);
    const high = Math.floor(value / twoTo32);
    this.bytes.writeInt32BE(high, this.position);
    this.position = this.bytes.writeUInt32BE(value - high * twoTo32, this.position + 4);
  }

  unsignedVarint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || value >= twoTo32) throw unfit('unsigned varint', value);
    this.reserve(5);
    while (value > 0x7f) {
      this.bytes[this.position++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    this.bytes[this.position++] = value;
  }

  string(value: string, isCompact: boolean): void {
    const sizeBytes = Buffer.byteLength(value);
    if (sizeBytes > stringBytesMax) throw unfit('string of at most 32767 bytes', `${value.slice(0, 32)}...`);
    if (isCompact) this.unsignedVarint(sizeBytes + 1);
    else this.int16(sizeBytes);
    this.reserve(sizeBytes);
    this.position += this.bytes.write(value, this.position);
  }

  /** The length in front of arrays, bytes and records; -1 is null. */
  length(length: number, isCompact: boolean): void {
    if (isCompact) this.unsignedVarint(length + 1);
    else this.int32(length);
  }

  uuid(value: string): void {
    this.reserve(16);
    const written = value.length === 22 ? this.bytes.write(value, this.position, 16, 'base64url') : 0;
    if (written !== 16) throw unfit('uuid of 22 base64url characters', value);
    this.position += 16;
  }

  /** A batch of records as it is. */
  batch(batch: Uint8Array): void {
    this.append(batch);
  }

  /** What was written. The writer must not be used afterwards: the bytes belong to the taker. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.position);
  }
}

function unfit(type: string, value: unknown): ProtocolError {
  return new ProtocolError('INVALID_REQUEST', `${JSON.stringify(value)} cannot be sent as ${type}`);
}
