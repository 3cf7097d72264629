// The disk's form of an entry is Kafka's ValueAndTimestamp: eight bytes of timestamp, then the value.

import { Arena, type Serde } from '../../core/index.js';

const timestampBytes = 8;

export class EncodedValues {
  readonly #serde: Serde<unknown>;
  readonly #arena = new Arena(256);

  constructor(serde: Serde<unknown>) {
    this.#serde = serde;
  }

  /** Borrowed: valid until the next call. */
  row(value: unknown, timestamp: number): Uint8Array {
    const arena = this.#begin(timestamp);
    this.#serde.write(value, arena);
    return arena.bytes.subarray(0, arena.position);
  }

  /** The disk's form of what a changelog record holds. Borrowed: valid until the next call. */
  rowOfChange(bytes: Uint8Array, start: number, end: number, timestamp: number): Uint8Array {
    const arena = this.#begin(timestamp);
    arena.append(bytes, start, end);
    return arena.bytes.subarray(0, arena.position);
  }

  valueOf(row: Uint8Array): unknown {
    return this.#serde.read(row, timestampBytes, row.length);
  }

  timestampOf(row: Uint8Array): number {
    return Number(new DataView(row.buffer, row.byteOffset, timestampBytes).getBigInt64(0));
  }

  #begin(timestamp: number): Arena {
    const arena = this.#arena;
    arena.reset();
    arena.reserve(timestampBytes);
    arena.bytes.writeBigInt64BE(BigInt(timestamp), 0);
    arena.position = timestampBytes;
    return arena;
  }
}
