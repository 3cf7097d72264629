// Finds records by timestamp: the time indexes narrow it down to a few batches, and those are opened.

import type { Compression } from '../ports/compression.js';
import { maxTimestamp } from '../records/batch-header.js';
import { RecordCursor } from '../records/record-cursor.js';
import { scanBatches } from './batch-scan.js';
import type { Segment } from './segment.js';

export interface TimestampedOffset {
  readonly offset: number;
  readonly timestamp: number;
}

/** The first record at or behind `fromOffset` with at least that timestamp. */
export function firstAtOrAfter(
  segments: readonly Segment[],
  compression: Compression,
  wanted: { readonly timestamp: number; readonly fromOffset: number },
): TimestampedOffset | undefined {
  for (const segment of segments) {
    if (segment.maxTimestamp < wanted.timestamp) continue;
    const found = firstInSegment(segment, compression, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstInSegment(
  segment: Segment,
  compression: Compression,
  wanted: { readonly timestamp: number; readonly fromOffset: number },
): TimestampedOffset | undefined {
  const cursor = new RecordCursor();
  const start = Math.max(segment.offsetBefore(wanted.timestamp), Math.min(wanted.fromOffset, Number.MAX_SAFE_INTEGER));
  let found: TimestampedOffset | undefined;
  const range = { from: segment.lookUp(start).position, to: segment.sizeBytes, isCrcChecked: true };
  scanBatches(segment.file, range, (bytes, at) => {
    if (maxTimestamp(bytes, at) < wanted.timestamp) return true;
    cursor.open(bytes, at, compression);
    for (let record = 0; record < cursor.count && found === undefined; record++) {
      const [offset, timestamp] = [cursor.offset(record), cursor.timestamp(record)];
      if (timestamp >= wanted.timestamp && offset >= wanted.fromOffset) found = { offset, timestamp };
    }
    return found === undefined;
  });
  return found;
}
