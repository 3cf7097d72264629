import { ProtocolError } from '../base/errors.js';
import { ownBuffer, takeBuffer } from '../records/batch-buffers.js';
import { finishStep, firstStep, type ReadRange, type ReadStep } from './cold-read.js';
import type { Segment } from './segment.js';

/** Whole batches of the segment, in one buffer; undefined when it holds nothing of the range. */
export function readSegment(segment: Segment, range: ReadRange): Uint8Array | undefined {
  for (let isIndexRebuilt = false; ; isIndexRebuilt = true) {
    let step: ReadStep | undefined = firstStep(segment, range);
    while (step !== undefined) {
      const bytes: Uint8Array = takeBuffer(step.length);
      const result = finishStep(segment, range, step, bytes, segment.file.read(bytes, 0, step.length, step.position));
      if (result.kind === 'done') return owned(result.batches);
      step = result.kind === 'again' ? result.step : undefined;
    }
    repair(segment, range, isIndexRebuilt);
  }
}

/** The same without blocking. The segment's file stays open as long as this reads. */
export async function readSegmentAsync(segment: Segment, range: ReadRange): Promise<Uint8Array | undefined> {
  segment.pin();
  try {
    for (let isIndexRebuilt = false; ; isIndexRebuilt = true) {
      let step: ReadStep | undefined = firstStep(segment, range);
      while (step !== undefined) {
        const bytes: Uint8Array = takeBuffer(step.length);
        const length = await segment.file.readAsync(bytes, 0, step.length, step.position);
        const result = finishStep(segment, range, step, bytes, length);
        if (result.kind === 'done') return owned(result.batches);
        step = result.kind === 'again' ? result.step : undefined;
      }
      repair(segment, range, isIndexRebuilt);
    }
  } finally {
    segment.unpin();
  }
}

function owned(batches: Uint8Array | undefined): Uint8Array | undefined {
  if (batches !== undefined) ownBuffer(batches);
  return batches;
}

/** What does not fit may be the index: it is rebuilt once. If it is not, the log itself is damaged. */
function repair(segment: Segment, range: ReadRange, isIndexRebuilt: boolean): void {
  if (isIndexRebuilt) {
    const message = `${segment.file.path} is damaged at or before offset ${range.fromOffset}`;
    throw new ProtocolError('CORRUPT_MESSAGE', `${message}: restore it, or delete the records up to there`);
  }
  segment.rebuildIndexes();
}
