import type { Serde } from './serde.js';

/** Small copies share a buffer: making one for each takes several times as long as copying. */
const slabBytes = 16 * 1024;
const copyBytesMax = slabBytes / 4;
let slab = Buffer.allocUnsafeSlow(slabBytes);
let slabEnd = 0;

/** Bytes as they are. What is read is a copy: it may be kept. */
export const bytesSerde: Serde<Uint8Array> = {
  name: 'bytes',
  readsCopies: true,
  write: (value, arena) => arena.append(value),
  read: (bytes, start, end) => {
    const copy = room(end - start);
    copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
    return copy;
  },
};

function room(sizeBytes: number): Buffer {
  if (sizeBytes > copyBytesMax) return Buffer.allocUnsafeSlow(sizeBytes);
  if (slabEnd + sizeBytes > slabBytes) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    slabEnd = 0;
  }
  const found = Buffer.from(slab.buffer, slabEnd, sizeBytes);
  slabEnd += sizeBytes;
  return found;
}
