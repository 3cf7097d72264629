// LZ4 in frames, each block independent of the others, as Kafka's own reader demands it. The decoder of the package knows no bound, so
// the blocks are walked first: what they may hold at most, and where that is too much, what they do hold.

import { BeyondBound, type Codec } from './codec.js';
import { codecPackage } from './codec-package.js';

interface Lz4 {
  compressFrameSync(bytes: Buffer): Uint8Array;
  decompressFrameSync(bytes: Buffer): Uint8Array;
}

const lz4 = codecPackage<Lz4>('lz4', 'lz4-napi');

const frameMagic = 0x184d2204;
const flagBits = { blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 } as const;
const blockIsPlain = 0x8000_0000;

interface Block {
  readonly start: number;
  readonly end: number;
  readonly isPlain: boolean;
}

export const lz4Codec: Codec = {
  compress: bytes => lz4().compressFrameSync(asBuffer(bytes)),

  decompress(bytes, sizeBytesMax) {
    const { decompressFrameSync } = lz4();
    const { blocks, blockBytesMax, end } = walkFrame(bytes);
    if (blocks.length * blockBytesMax > sizeBytesMax) {
      let sizeBytes = 0;
      for (const block of blocks) {
        sizeBytes += block.isPlain ? block.end - block.start : unpackedSize(bytes, block);
        if (sizeBytes > sizeBytesMax) throw new BeyondBound('lz4');
      }
    }
    return decompressFrameSync(asBuffer(bytes.subarray(0, end)));
  },
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The blocks of the first frame, up to its end mark. */
function walkFrame(bytes: Uint8Array): { blocks: readonly Block[]; blockBytesMax: number; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 7 || view.getUint32(0, true) !== frameMagic) throw new Error('no LZ4 frame');
  const flags = bytes[4]!;
  const sizeCode = (bytes[5]! >> 4) & 0x07;
  if (flags >> 6 !== 1 || flags & flagBits.dictionary || sizeCode < 4) throw new Error('an unknown kind of LZ4 frame');
  const checksumBytes = flags & flagBits.blockChecksum ? 4 : 0;
  const blocks: Block[] = [];
  for (let at = flags & flagBits.contentSize ? 15 : 7; at + 4 <= bytes.length; ) {
    const head = view.getUint32(at, true);
    const start = at + 4;
    if (head === 0) return { blocks, blockBytesMax: 1 << (8 + 2 * sizeCode), end: endOfFrame(bytes, start, flags) };
    const end = start + (head & ~blockIsPlain);
    blocks.push({ start, end, isPlain: (head & blockIsPlain) !== 0 });
    at = end + checksumBytes;
  }
  throw new Error('an LZ4 frame without its end');
}

const contentChecksum = 0x04;

function endOfFrame(bytes: Uint8Array, start: number, flags: number): number {
  const end = flags & contentChecksum ? start + 4 : start;
  if (end > bytes.length) throw new Error('an LZ4 frame without its checksum');
  return end;
}

/** Adds up the lengths of a block's sequences: literals, then a match of at least four bytes, which the last one does not have. */
function unpackedSize(bytes: Uint8Array, { start, end }: Block): number {
  let size = 0;
  let at = start;
  const length = (nibble: number): number => {
    let sum = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; sum += byte) {
      if (at >= end) throw new Error('an LZ4 block that is cut short');
      byte = bytes[at++]!;
    }
    return sum;
  };
  while (at < end) {
    const token = bytes[at++]!;
    const literals = length(token >> 4);
    at += literals;
    size += literals;
    if (at >= end) break;
    at += 2;
    size += length(token & 0x0f) + 4;
  }
  return size;
}
