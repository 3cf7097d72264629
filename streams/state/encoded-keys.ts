// From typed keys to what a store needs of them: a Map key (`cacheKey`), the order of their bytes (`orderKey`), and the bytes.
// Strings and numbers are their own Map keys, which costs nothing; any other key is the latin1 text of its bytes behind two NULs,
// so that it does not meet a string.

import { Arena, type FieldWriter } from '../../core/index.js';

export type CacheKey = string | number;

const markBytes = 2;

export class EncodedKeys {
  readonly #writer: FieldWriter<unknown>;
  readonly #arena = new Arena(256);

  constructor(writer: FieldWriter<unknown>) {
    this.#writer = writer;
  }

  cacheKey(key: unknown): CacheKey {
    if (typeof key === 'string' || typeof key === 'number') return key;
    this.#encode(key);
    return this.#arena.bytes.toString('latin1', 0, this.#arena.position);
  }

  /** Compares with `<` as the bytes do. */
  orderKey(key: unknown): string {
    this.#encode(key);
    return this.#arena.bytes.toString('latin1', markBytes, this.#arena.position);
  }

  /** The key's bytes behind `prefixMs` as eight bytes, when there is one. Borrowed: valid until the next call. */
  row(key: unknown, prefixMs?: number): Uint8Array {
    const arena = this.#arena;
    arena.reset();
    if (prefixMs !== undefined) {
      arena.reserve(8);
      arena.bytes.writeBigInt64BE(BigInt(prefixMs), 0);
      arena.position = 8;
    }
    this.#writer.write(key, arena);
    return arena.bytes.subarray(0, arena.position);
  }

  #encode(key: unknown): void {
    const arena = this.#arena;
    arena.reset();
    arena.bytes[0] = 0;
    arena.bytes[1] = 0;
    arena.position = markBytes;
    this.#writer.write(key, arena);
  }
}
