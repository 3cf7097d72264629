// A converter turns what a connector holds into the bytes of a topic and back. It writes into the arena it is given, so that no
// Buffer is made per record. Null never reaches it: the record's framing says null.

import type { Schema } from './schema.js';

/** A growing buffer: `reserve`, then write at `position` into `bytes` (taken anew after each `reserve`), then move `position` on. */
export interface ByteArena {
  readonly bytes: Buffer;
  position: number;
  reserve(count: number): void;
}

export interface Converter {
  readonly name: string;
  /** Throws DataError for a value that it cannot write. */
  write(value: unknown, arena: ByteArena, schema?: Schema): void;
  /** Throws DataError for bytes that it cannot read. What it returns does not alias `bytes`. */
  read(bytes: Uint8Array, start: number, end: number): Converted;
}

export interface Converted {
  readonly value: unknown;
  readonly schema?: Schema | undefined;
}
