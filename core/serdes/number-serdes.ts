// Numbers in Kafka's formats: big-endian, of fixed width (IntegerSerializer, LongSerializer, DoubleSerializer).
// An int64 is a number: beyond 2^53 it is refused in both directions instead of losing digits.

import { ProtocolError, UsageError } from '../base/errors.js';
import type { Arena } from '../records/arena.js';
import type { Serde } from './serde.js';

const two32 = 0x1_0000_0000;

export const int32Serde: Serde<number> = {
  name: 'int32',
  readsCopies: true,
  write(value, arena) {
    if ((value | 0) !== value) throw new UsageError(`${value} is no int32`);
    writeInt32(value, arena);
  },
  read(bytes, start, end) {
    requireWidth('int32', 4, end - start);
    return readInt32(bytes, start);
  },
};

export const int64Serde: Serde<number> = {
  name: 'int64',
  readsCopies: true,
  write(value, arena) {
    if (!Number.isSafeInteger(value))
      throw new UsageError(`${value} is no whole number below 2^53: an int64 cannot hold it exactly`);
    writeInt32(Math.floor(value / two32), arena);
    writeInt32(value | 0, arena);
  },
  read(bytes, start, end) {
    requireWidth('int64', 8, end - start);
    const value = readInt32(bytes, start) * two32 + (readInt32(bytes, start + 4) >>> 0);
    if (!Number.isSafeInteger(value))
      throw new ProtocolError('INVALID_RECORD', 'an int64 beyond 2^53: read it as bytes');
    return value;
  },
};

export const float64Serde: Serde<number> = {
  name: 'float64',
  readsCopies: true,
  write(value, arena) {
    if (typeof value !== 'number') throw new UsageError(`${String(value)} is no number`);
    arena.reserve(8);
    arena.position = arena.bytes.writeDoubleBE(value, arena.position);
  },
  read(bytes, start, end) {
    requireWidth('float64', 8, end - start);
    return Buffer.prototype.readDoubleBE.call(bytes, start);
  },
};

function writeInt32(value: number, arena: Arena): void {
  arena.reserve(4);
  const { bytes, position } = arena;
  bytes[position] = value >>> 24;
  bytes[position + 1] = value >>> 16;
  bytes[position + 2] = value >>> 8;
  bytes[position + 3] = value;
  arena.position = position + 4;
}

function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function requireWidth(name: string, width: number, given: number): void {
  if (given !== width) throw new ProtocolError('INVALID_RECORD', `${name} has ${width} bytes, here are ${given}`);
}
