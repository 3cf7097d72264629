import type { Serde } from './serde.js';

/** Bytes as they are. What is read is a copy: it may be kept. */
export const bytesSerde: Serde<Uint8Array> = {
  name: 'bytes',
  write: (value, arena) => arena.append(value),
  read: (bytes, start, end) => Uint8Array.prototype.slice.call(bytes, start, end),
};
