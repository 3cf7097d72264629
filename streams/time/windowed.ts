// The key of a windowed table: a key and the window it was counted in. As bytes: the key's bytes, then the start as int64
// (Kafka: TimeWindowedSerializer); the end follows from the size, which the serde knows.

import type { Arena, Serde } from '../../core/index.js';

const startBytes = 8;

export class Windowed<K> {
  readonly key: K;
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;

  constructor(key: K, startMs: number, endMs: number) {
    this.key = key;
    this.startMs = startMs;
    this.endMs = endMs;
  }

  toString(): string {
    return `${this.key}@${this.startMs}/${this.endMs}`;
  }
}

/** The serde of keys in windows of `sizeMs`. */
export function windowed<K>(key: Serde<K>, sizeMs: number): Serde<Windowed<K>> {
  return {
    name: `windowed(${key.name}, ${sizeMs} ms)`,
    write: (value: Windowed<K>, arena: Arena) => {
      key.write(value.key, arena);
      arena.reserve(startBytes);
      writeStart(arena.bytes, arena.position, value.startMs);
      arena.position += startBytes;
    },
    read: (bytes: Uint8Array, start: number, end: number) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + end - startBytes, startBytes);
      const startMs = Number(view.getBigInt64(0));
      return new Windowed(key.read(bytes, start, end - startBytes), startMs, startMs + sizeMs);
    },
  };
}

/** Byte by byte: the checks of Buffer's own writers cost more than the rest of the key. */
function writeStart(bytes: Uint8Array, at: number, startMs: number): void {
  const high = Math.floor(startMs / 2 ** 32);
  for (let index = 0; index < 4; index++) {
    bytes[at + index] = high >>> (24 - 8 * index);
    bytes[at + 4 + index] = startMs >>> (24 - 8 * index);
  }
}
