// Which batches of one fetch answer belong to transactions that were aborted. The broker names them by producer and first offset; each
// ends at the producer's abort marker, after which the same producer may have committed others.

import {
  attributeBits,
  attributes,
  batchHeaderBytes,
  lastOffset,
  producerId,
  recordCount,
} from '../records/batch-header.js';
import { readInt16 } from '../records/int64.js';
import { VarintReader } from '../records/varint-reader.js';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** In the key of a control record, behind its version. */
const abortType = 0;

export class AbortedTransactions {
  readonly #upcoming: readonly AbortedTransaction[];
  readonly #aborted = new Set<number>();
  #next = 0;

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#upcoming = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** To be asked of every batch, in the order of the log. */
  contains(bytes: Uint8Array, at: number): boolean {
    const flags = attributes(bytes, at);
    if ((flags & attributeBits.transactional) === 0) return false;
    const end = lastOffset(bytes, at);
    while (this.#next < this.#upcoming.length && this.#upcoming[this.#next]!.firstOffset <= end) {
      this.#aborted.add(this.#upcoming[this.#next++]!.producerId);
    }
    const producer = producerId(bytes, at);
    if ((flags & attributeBits.control) === 0) return this.#aborted.has(producer);
    if (isAbortMarker(bytes, at)) this.#aborted.delete(producer);
    return false;
  }
}

/** Of a control batch: its one record has a key of version (int16) and type (int16). Control batches are never compressed. */
function isAbortMarker(bytes: Uint8Array, at: number): boolean {
  // Compaction has taken the record, as nothing is left of its transaction.
  if (recordCount(bytes, at) === 0) return false;
  const reader = new VarintReader();
  reader.open(bytes, at + batchHeaderBytes, bytes.length);
  reader.int(); // length
  reader.position += 1; // attributes
  reader.long(); // timestamp
  reader.int(); // offset
  const keyBytes = reader.int();
  return keyBytes >= 4 && readInt16(bytes, reader.position + 2) === abortType;
}
