// Which transactions a compaction has come across, as it walks a log from its start. Records of aborted ones go at once. A marker may go once
// nothing of its transaction is left before it: then there is nobody to tell how it ended.

import { isTransactional, lastOffset, producerId, recordCount } from '../records/batch-header.js';
import { readEndTransactionMarker } from '../records/end-transaction-marker.js';
import type { AbortedTransaction } from './aborted-index.js';

export class CleanedTransactions {
  /** By first offset; those that begin behind the batch last seen. */
  private readonly aborted: AbortedTransaction[];
  private next = 0;
  /** Begun, and the marker not seen yet: by producer. */
  private readonly openAborted = new Map<number, { readonly transaction: AbortedTransaction; hasBatches: boolean }>();
  private readonly openCommitted = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.aborted = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** A batch of data that is still there; true when it was aborted. */
  sawBatch(bytes: Uint8Array, at: number): boolean {
    if (!isTransactional(bytes, at)) return false;
    this.beginUpTo(lastOffset(bytes, at));
    const id = producerId(bytes, at);
    const open = this.openAborted.get(id);
    if (open === undefined) {
      this.openCommitted.add(id);
      return false;
    }
    open.hasBatches = true;
    return true;
  }

  /** A control batch. `mayGo`: nothing of its transaction is left; `aborted`: what readers must still be told. */
  sawControl(bytes: Uint8Array, at: number): { readonly mayGo: boolean; readonly aborted?: AbortedTransaction } {
    // An emptied one has lost its transaction in an earlier round.
    if (recordCount(bytes, at) === 0) return { mayGo: true };
    const marker = readEndTransactionMarker(bytes, at);
    if (marker === undefined) return { mayGo: false };
    this.beginUpTo(lastOffset(bytes, at));
    const id = producerId(bytes, at);
    if (marker.commits) return { mayGo: !this.openCommitted.delete(id) };
    const open = this.openAborted.get(id);
    this.openAborted.delete(id);
    return open?.hasBatches ? { mayGo: false, aborted: open.transaction } : { mayGo: true };
  }

  private beginUpTo(offset: number): void {
    for (; this.next < this.aborted.length; this.next++) {
      const transaction = this.aborted[this.next]!;
      if (transaction.firstOffset > offset) return;
      this.openAborted.set(transaction.producerId, { transaction, hasBatches: false });
    }
  }
}
