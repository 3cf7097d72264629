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
      arena.bytes.writeInt32BE(Math.floor(value.startMs / 2 ** 32), arena.position);
      arena.bytes.writeUInt32BE(value.startMs >>> 0, arena.position + 4);
      arena.position += startBytes;
    },
    read: (bytes: Uint8Array, start: number, end: number) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + end - startBytes, startBytes);
      const startMs = Number(view.getBigInt64(0));
      return new Windowed(key.read(bytes, start, end - startBytes), startMs, startMs + sizeMs);
    },
  };
}
