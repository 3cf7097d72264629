// Walks the batches in a range of a file, in large reads. Stops in front of the first that is no whole batch.

import type { DiskFile } from '../ports/disk.js';
import {
  baseOffset,
  batchHeaderBytes,
  batchMagic,
  batchSizeBytes,
  isWholeBatch,
  lastOffset,
  magic,
} from '../records/batch-header.js';

export interface ScanOptions {
  readonly from: number;
  readonly to: number;
  /** The CRC of each batch is checked, else its header alone is believed. */
  readonly isCrcChecked: boolean;
}

/** Sees a batch of `sizeBytes` at bytes[at], which lies at `position` in the file. `false` ends the scan in front of it. */
export type BatchVisitor = (bytes: Uint8Array, at: number, sizeBytes: number, position: number) => boolean;

const chunkBytes = 1024 * 1024;

/** Returns the position where the walk ended: `to`, or in front of the first bad or refused batch. */
export function scanBatches(file: DiskFile, options: ScanOptions, visit: BatchVisitor): number {
  const { to, isCrcChecked } = options;
  let position = options.from;
  let chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, Math.max(to - position, 0)));
  while (to - position >= batchHeaderBytes) {
    const length = file.read(chunk, 0, Math.min(chunk.length, to - position), position);
    let at = 0;
    let wanted = batchHeaderBytes;
    while (length - at >= batchHeaderBytes) {
      const sizeBytes = batchSizeBytes(chunk, at);
      if (sizeBytes < batchHeaderBytes || sizeBytes > to - position - at) return position + at;
      if (sizeBytes > length - at) {
        wanted = sizeBytes;
        break;
      }
      if (!isBatch(chunk, at, length, isCrcChecked) || !visit(chunk, at, sizeBytes, position + at))
        return position + at;
      at += sizeBytes;
    }
    if (at === 0 && length < Math.min(wanted, to - position)) {
      if (length < Math.min(chunk.length, to - position)) return position; // the file is shorter than we were told
      chunk = Buffer.allocUnsafeSlow(wanted);
    }
    position += at;
  }
  return position;
}

/** Offsets fit, and the CRC is right where it is asked for. */
function isBatch(bytes: Uint8Array, at: number, end: number, isCrcChecked: boolean): boolean {
  if (magic(bytes, at) !== batchMagic) return false;
  if (isCrcChecked && !isWholeBatch(bytes, at, end)) return false;
  const base = baseOffset(bytes, at);
  return base >= 0 && Number.isSafeInteger(base) && lastOffset(bytes, at) >= base;
}
