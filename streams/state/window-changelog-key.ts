// The key of a window store's changelog record, as Kafka writes it: the key's bytes, the window's start as int64, and an int32
// sequence number, which is 0 in stores without duplicates.

import type { Arena, FieldWriter } from '../../core/index.js';

export interface WindowKey {
  readonly key: unknown;
  readonly startMs: number;
}

export const windowSuffixBytes = 12;

export function windowChangelogKey(keyWriter: FieldWriter<unknown>): FieldWriter<WindowKey> {
  return {
    write(windowKey: WindowKey, arena: Arena): void {
      keyWriter.write(windowKey.key, arena);
      arena.reserve(windowSuffixBytes);
      arena.bytes.writeInt32BE(Math.floor(windowKey.startMs / 2 ** 32), arena.position);
      arena.bytes.writeUInt32BE(windowKey.startMs >>> 0, arena.position + 4);
      arena.bytes.writeInt32BE(0, arena.position + 8);
      arena.position += windowSuffixBytes;
    },
  };
}

export function windowStartMs(bytes: Uint8Array, keyEnd: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + keyEnd - windowSuffixBytes, 8);
  return view.getInt32(0) * 2 ** 32 + view.getUint32(4);
}
