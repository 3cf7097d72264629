// What of a partition's part of a fetch answer an application may read: whole batches, no control batches, none of aborted
// transactions. Looked at batch by batch, by headers alone; where nothing is left out the bytes are handed on as they came.

import { passOnBuffer } from '../records/batch-buffers.js';
import {
  attributeBits,
  attributes,
  batchHeaderBytes,
  batchSizeBytes,
  isWholeBatch,
  lastOffset,
  leaderEpoch,
} from '../records/batch-header.js';
import type { AbortedTransactions } from './aborted-transactions.js';

export interface ReadableBatches {
  readonly batches: readonly Uint8Array[];
  /** Behind the last batch, left out or not. */
  readonly nextOffset: number;
  /** Of the last batch; -1 when there is none. */
  readonly leaderEpoch: number;
  /** The batch at `nextOffset` is not what its writer wrote: nothing from there on can be trusted. */
  readonly isCorruptBehind: boolean;
}

export interface BatchRules {
  readonly checkCrcs?: boolean;
  /** Under read_committed. */
  readonly aborted?: AbortedTransactions | undefined;
}

/** A broker may cut the last batch to keep to a size, never the first: `fetchOffset` must be got past. */
export function readableBatches(
  pieces: readonly Uint8Array[],
  fetchOffset: number,
  { checkCrcs = false, aborted }: BatchRules = {},
): ReadableBatches {
  const batches: Uint8Array[] = [];
  let nextOffset = fetchOffset;
  let epoch = -1;
  let isCorruptBehind = false;
  for (const piece of pieces) {
    const partsFrom = batches.length;
    let runStart = 0;
    let at = 0;
    while (!isCorruptBehind && piece.length - at >= batchHeaderBytes) {
      const next = at + batchSizeBytes(piece, at);
      if (next > piece.length || next < at + batchHeaderBytes) break;
      if (checkCrcs && !isWholeBatch(piece, at, next)) {
        isCorruptBehind = true;
        break;
      }
      const isLeftOut = aborted?.contains(piece, at) || (attributes(piece, at) & attributeBits.control) !== 0;
      if (isLeftOut) {
        if (at > runStart) batches.push(piece.subarray(runStart, at));
        runStart = next;
      }
      nextOffset = Math.max(nextOffset, lastOffset(piece, at) + 1);
      epoch = leaderEpoch(piece, at);
      at = next;
    }
    if (at > runStart) batches.push(runStart === 0 && at === piece.length ? piece : piece.subarray(runStart, at));
    const parts = batches.slice(partsFrom);
    if (parts[0] !== piece) passOnBuffer(piece, parts);
  }
  const isStuck = nextOffset === fetchOffset && pieces.some(({ length }) => length > 0);
  return { batches, nextOffset, leaderEpoch: epoch, isCorruptBehind: isCorruptBehind || isStuck };
}
