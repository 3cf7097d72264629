// Reads batches from a segment's file, for readers that the tail in memory no longer serves. Every batch is checked (CRC, offsets without a
// gap, but where the log was compacted) before it is handed out, as a bit may have flipped since it was written.

import {
  baseOffset,
  batchHeaderBytes,
  batchMagic,
  batchSizeBytes,
  isWholeBatch,
  lastOffset,
  magic,
} from '../records/batch-header.js';
import type { Segment } from './segment.js';

export interface ReadRange {
  readonly fromOffset: number;
  readonly upToOffset: number;
  readonly maxBytes: number;
}

type Selection =
  | { readonly kind: 'found'; readonly start: number; readonly end: number; readonly nextOffset: number }
  /** Nothing yet; the batch at `at` needs `wantedBytes`. */
  | {
      readonly kind: 'more';
      readonly at: number;
      readonly wantedBytes: number;
      readonly nextOffset: number | undefined;
    }
  | { readonly kind: 'bad' };

/** One read of the file: where, how much, and which offset the batch at `position` must begin or end with. */
export interface ReadStep {
  readonly position: number;
  readonly length: number;
  readonly firstOffset: number | undefined;
  readonly firstLastOffset: number | undefined;
}

export type StepResult =
  | { readonly kind: 'done'; readonly batches: Uint8Array | undefined }
  | { readonly kind: 'again'; readonly step: ReadStep }
  | { readonly kind: 'bad' };

/** A batch may begin as far in front of the offset as the index is sparse. */
const slackBytes = 8 * 1024;

export function firstStep(segment: Segment, range: ReadRange): ReadStep {
  const { fromOffset, maxBytes } = range;
  const resumed = segment.endOfRead(fromOffset);
  if (resumed !== undefined) {
    const length = Math.min(segment.sizeBytes - resumed, Math.max(maxBytes, batchHeaderBytes));
    return { position: resumed, length, firstOffset: fromOffset, firstLastOffset: undefined };
  }
  const { position, lastOffset } = segment.lookUp(fromOffset);
  return {
    position,
    length: Math.min(segment.sizeBytes - position, maxBytes + slackBytes),
    firstOffset: position === 0 ? segment.baseOffset : undefined,
    firstLastOffset: lastOffset,
  };
}

/** What to make of the `length` bytes that `step` has read. */
export function finishStep(
  segment: Segment,
  range: ReadRange,
  step: ReadStep,
  bytes: Uint8Array,
  length: number,
): StepResult {
  const selection = select(segment, bytes, length, { range, step });
  if (selection.kind === 'found') {
    segment.noteEndOfRead(selection.nextOffset, step.position + selection.end);
    return { kind: 'done', batches: bytes.subarray(selection.start, selection.end) };
  }
  if (selection.kind === 'bad') return { kind: 'bad' };
  const position = step.position + selection.at;
  const leftBytes = segment.sizeBytes - position;
  if (leftBytes <= 0) return { kind: 'done', batches: undefined };
  if (selection.wantedBytes > leftBytes || length < step.length) return { kind: 'bad' };
  const wanted = Math.min(leftBytes, Math.max(selection.wantedBytes, range.maxBytes + slackBytes));
  const firstOffset = selection.nextOffset ?? step.firstOffset;
  const firstLastOffset = selection.nextOffset === undefined ? step.firstLastOffset : undefined;
  return { kind: 'again', step: { position, length: wanted, firstOffset, firstLastOffset } };
}

function select(
  segment: Segment,
  bytes: Uint8Array,
  length: number,
  { range, step }: { readonly range: ReadRange; readonly step: ReadStep },
): Selection {
  let at = 0;
  let start = -1;
  let nextOffset = step.firstOffset;
  while (at < length) {
    const isFound = start >= 0;
    const sizeBytes = length - at < batchHeaderBytes ? batchHeaderBytes : batchSizeBytes(bytes, at);
    if (sizeBytes < batchHeaderBytes) return isFound ? found(start, at, nextOffset) : { kind: 'bad' };
    if (isFound && at - start + sizeBytes > range.maxBytes) break;
    if (length - at < sizeBytes) {
      return isFound
        ? found(start, at, nextOffset)
        : { kind: 'more', at, wantedBytes: sizeBytes, nextOffset: at === 0 ? undefined : nextOffset };
    }
    const base = baseOffset(bytes, at);
    if (isFound && base >= range.upToOffset) break;
    const last = lastOffset(bytes, at);
    const isExpected = nextOffset === undefined ? last === step.firstLastOffset : segment.follows(base, nextOffset);
    const isHeaderRight = magic(bytes, at) === batchMagic && last >= base && isExpected;
    if (!isHeaderRight) return isFound ? found(start, at, nextOffset) : { kind: 'bad' };
    if (last >= range.fromOffset) {
      if (!isWholeBatch(bytes, at, length)) return isFound ? found(start, at, nextOffset) : { kind: 'bad' };
      if (!isFound) start = at;
    }
    nextOffset = last + 1;
    at += sizeBytes;
  }
  return start >= 0 ? found(start, at, nextOffset) : { kind: 'more', at, wantedBytes: batchHeaderBytes, nextOffset };
}

/** `nextOffset` is known behind every batch. */
function found(start: number, end: number, nextOffset: number | undefined): Selection {
  return { kind: 'found', start, end, nextOffset: nextOffset! };
}
