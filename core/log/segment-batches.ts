import { ProtocolError } from '../base/errors.js';
import type { Clock } from '../ports/clock.js';
import { batchHeaderBytes, batchSizeBytes, isWholeBatch } from '../records/batch-header.js';
import type { Segment } from './segment.js';

export interface BatchRun {
  readonly bytes: Uint8Array;
  /** Where whole batches end. */
  readonly end: number;
}

const chunkBytes = 256 * 1024;
const sliceMs = 5;

/** Walks all batches of a segment, verified, some at a time; the event loop has its turn in between. Throws CORRUPT_MESSAGE. */
export async function* segmentBatches(segment: Segment, clock: Clock): AsyncGenerator<BatchRun> {
  segment.pin();
  try {
    let startedMs = clock.monotonic();
    let wantedBytes = chunkBytes;
    for (let position = 0; position < segment.sizeBytes; ) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(wantedBytes, segment.sizeBytes - position));
      const length = await segment.file.readAsync(bytes, 0, bytes.length, position);
      const end = endOfWhole(bytes, length);
      if (end === 0) {
        const isCut = length === bytes.length && bytes.length < segment.sizeBytes - position;
        wantedBytes = isCut ? Math.max(chunkBytes, batchSizeBytes(bytes, 0)) : 0;
        if (!isCut || wantedBytes <= bytes.length) throw damaged(segment, position);
        continue;
      }
      wantedBytes = chunkBytes;
      yield { bytes, end };
      position += end;
      if (clock.monotonic() - startedMs < sliceMs) continue;
      await clock.yield();
      startedMs = clock.monotonic();
    }
  } finally {
    segment.unpin();
  }
}

function endOfWhole(bytes: Uint8Array, length: number): number {
  let at = 0;
  while (length - at >= batchHeaderBytes && isWholeBatch(bytes, at, length)) at += batchSizeBytes(bytes, at);
  return at;
}

function damaged({ file }: Segment, position: number): ProtocolError {
  const message = `${file.path} is damaged at byte ${position}, and is not compacted: restore it, or delete the records up to there`;
  return new ProtocolError('CORRUPT_MESSAGE', message);
}
