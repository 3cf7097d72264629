// What a compaction keeps of one batch: the last record of each key; tombstones and markers until their horizon has passed; nothing of an
// aborted transaction. The last batch of a producer stays as a bare header, by which its next one is known to be next.

import type { Compression } from '../ports/compression.js';
import {
  batchSizeBytes,
  isControl,
  lastOffset,
  producerEpoch,
  producerId,
  recordCount,
} from '../records/batch-header.js';
import { deleteHorizonMs, emptiedBatch, filterBatch } from '../records/filter-batch.js';
import { RecordCursor } from '../records/record-cursor.js';
import type { AbortedTransaction } from './aborted-index.js';
import type { CleanedTransactions } from './cleaned-transactions.js';
import type { KeyOffsets } from './key-offsets.js';
import type { ProducerState } from './producer-state.js';

export interface CleaningRules {
  readonly keys: KeyOffsets;
  readonly transactions: CleanedTransactions;
  readonly producers: ProducerState;
  readonly compression: Compression;
  readonly nowMs: number;
  /** How long tombstones and markers stay from the first compaction on that sees them. */
  readonly deleteRetentionMs: number;
}

export interface CleanedBatch {
  /** A view of the old one where nothing changes; undefined: nothing is left. */
  readonly batch: Uint8Array | undefined;
  /** An abort that readers must still be told of. */
  readonly aborted?: AbortedTransaction | undefined;
}

const cursor = new RecordCursor();

/** What stands in the log for the key in `bytes`. */
export function keyText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

export function cleanBatch(rules: CleaningRules, bytes: Uint8Array, at: number): CleanedBatch {
  const horizon = deleteHorizonMs(bytes, at);
  const isPast = horizon !== undefined && horizon <= rules.nowMs;
  if (isControl(bytes, at)) {
    const { mayGo, aborted } = rules.transactions.sawControl(bytes, at);
    if (!mayGo || !isPast) return { batch: keepMarker(rules, bytes, at, mayGo && horizon === undefined), aborted };
    return { batch: remains(rules, bytes, at) };
  }
  const isAborted = rules.transactions.sawBatch(bytes, at);
  if (isAborted || recordCount(bytes, at) === 0) return { batch: remains(rules, bytes, at) };
  return { batch: cleanData(rules, bytes, at, { hasHorizon: horizon !== undefined, isPast }) };
}

/** From now on its time runs, if nothing of its transaction is left. */
function keepMarker(rules: CleaningRules, bytes: Uint8Array, at: number, beginsHorizon: boolean): Uint8Array {
  if (!beginsHorizon || recordCount(bytes, at) === 0) return whole(bytes, at);
  cursor.open(bytes, at, rules.compression);
  return filterBatch({ bytes, at, cursor }, [true], rules.nowMs + rules.deleteRetentionMs, rules.compression);
}

function cleanData(
  rules: CleaningRules,
  bytes: Uint8Array,
  at: number,
  { hasHorizon, isPast }: { readonly hasHorizon: boolean; readonly isPast: boolean },
): Uint8Array | undefined {
  cursor.open(bytes, at, rules.compression);
  const keeps: boolean[] = [];
  let keptCount = 0;
  let hasTombstone = false;
  for (let record = 0; record < cursor.count; record++) {
    const isTombstone = cursor.valueStart(record) < 0;
    const isNew = cursor.offset(record) >= rules.keys.endOffset;
    const isKept = isNew || (isLatest(rules, record) && !(isTombstone && isPast));
    keeps.push(isKept);
    if (isKept) keptCount++;
    hasTombstone ||= isKept && isTombstone;
  }
  if (keptCount === 0) return remains(rules, bytes, at);
  const horizonMs = hasTombstone && !hasHorizon ? rules.nowMs + rules.deleteRetentionMs : undefined;
  if (keptCount === cursor.count && horizonMs === undefined) return whole(bytes, at);
  return filterBatch({ bytes, at, cursor }, keeps, horizonMs, rules.compression);
}

/** A record without a key, which only a topic can have that was not always compacted, does not stay. */
function isLatest({ keys }: CleaningRules, record: number): boolean {
  const start = cursor.keyStart(record);
  return start >= 0 && !keys.isSuperseded(keyText(cursor.bytes, start, cursor.keyEnd(record)), cursor.offset(record));
}

function remains({ producers }: CleaningRules, bytes: Uint8Array, at: number): Uint8Array | undefined {
  const entry = producers.find(producerId(bytes, at));
  if (entry === undefined) return undefined;
  const last = entry.batches.at(-1);
  const isLast =
    last === undefined
      ? isControl(bytes, at) && producerEpoch(bytes, at) === entry.epoch
      : last.lastOffset === lastOffset(bytes, at);
  if (!isLast) return undefined;
  return recordCount(bytes, at) === 0 ? whole(bytes, at) : emptiedBatch(bytes, at);
}

function whole(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.subarray(at, at + batchSizeBytes(bytes, at));
}
