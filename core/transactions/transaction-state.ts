import { assert } from '../base/assert.js';

/** Where the transaction of a transactional id stands, in Kafka's words. Prepare*: decided for good, its markers are being written. */
export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort';

const mayFollow: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  Empty: ['Empty', 'Ongoing', 'PrepareAbort'],
  Ongoing: ['Ongoing', 'PrepareCommit', 'PrepareAbort'],
  PrepareCommit: ['CompleteCommit'],
  PrepareAbort: ['CompleteAbort'],
  CompleteCommit: ['Empty', 'Ongoing', 'PrepareAbort'],
  CompleteAbort: ['Empty', 'Ongoing', 'PrepareAbort'],
};

/** `to`, after checking that a transaction may go there from `from`. */
export function transition(from: TransactionState, to: TransactionState): TransactionState {
  assert(mayFollow[from].includes(to), `a transaction goes from ${from} to ${to}`);
  return to;
}

export function isPrepared(state: TransactionState): state is 'PrepareCommit' | 'PrepareAbort' {
  return state === 'PrepareCommit' || state === 'PrepareAbort';
}
