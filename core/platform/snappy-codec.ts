// Snappy as Kafka uses it: blocks of at most 32 KiB behind the header of xerial's snappy-java, each with its length in front. A stream
// without that header is one bare snappy block, which other clients send.

import { BeyondBound, type Codec } from './codec.js';
import { codecPackage } from './codec-package.js';

interface Snappy {
  compressSync(bytes: Uint8Array): Uint8Array;
  uncompressSync(bytes: Uint8Array, options: { asBuffer: true }): Uint8Array;
}

const snappy = codecPackage<Snappy>('snappy', 'snappy');

/** 0x82 SNAPPY 0, then the version and the oldest compatible one. */
const xerialHeader = Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex');
const xerialMagicBytes = 8;
const lengthBytes = 4;
const blockBytesMax = 32 * 1024;
/** No snappy element yields more than 64 bytes out of two. */
const expansionMax = 32;

export const snappyCodec: Codec = {
  compress(bytes) {
    const { compressSync } = snappy();
    const pieces: Uint8Array[] = [xerialHeader];
    for (let start = 0; start < bytes.length; start += blockBytesMax) {
      const block = compressSync(bytes.subarray(start, start + blockBytesMax));
      const length = Buffer.allocUnsafe(lengthBytes);
      length.writeInt32BE(block.length);
      pieces.push(length, block);
    }
    return Buffer.concat(pieces);
  },

  decompress(bytes, sizeBytesMax) {
    const { uncompressSync } = snappy();
    const blocks = blocksOf(bytes);
    let sizeBytes = 0;
    for (const block of blocks) sizeBytes += uncompressedSize(block);
    if (sizeBytes > sizeBytesMax) throw new BeyondBound('snappy');
    const pieces = blocks.map(block => uncompressSync(block, { asBuffer: true }));
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  },
};

function blocksOf(bytes: Uint8Array): readonly Uint8Array[] {
  const magic = xerialHeader.subarray(0, xerialMagicBytes);
  if (bytes.length < xerialHeader.length || magic.compare(bytes, 0, xerialMagicBytes) !== 0) return [bytes];
  const blocks: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = xerialHeader.length; at < bytes.length; ) {
    if (at + lengthBytes > bytes.length) throw new Error('a snappy block without its length');
    const length = view.getInt32(at);
    at += lengthBytes;
    if (length < 0 || length > bytes.length - at) throw new Error(`a snappy block of ${length} bytes`);
    blocks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return blocks;
}

/** What the block says of itself, as a varint in front. Checked, as the decoder allocates by it. */
function uncompressedSize(block: Uint8Array): number {
  let size = 0;
  for (let at = 0; at < 5 && at < block.length; at++) {
    size += (block[at]! & 0x7f) * 2 ** (7 * at);
    if (block[at]! >= 0x80) continue;
    if (size > block.length * expansionMax) throw new Error(`a snappy block that claims ${size} bytes`);
    return size;
  }
  throw new Error('a snappy block without its size');
}
