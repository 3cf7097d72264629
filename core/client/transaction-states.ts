// The life of a transactional producer as data: which event leads from which state to which. An event that a state does not list is a
// mistake of the caller, and `mistakes` says what to do about it.

import { UsageError } from '../base/errors.js';

export type TransactionState =
  /** The transactional id was not taken over yet. */
  | 'uninitialized'
  /** Between transactions. */
  | 'ready'
  | 'in-transaction'
  | 'committing'
  | 'aborting'
  /** EndTxn was not answered in time: only asking the same again can tell what became of the transaction. */
  | 'commit-in-doubt'
  | 'abort-in-doubt'
  /** Something of the transaction has failed: it can only be aborted. */
  | 'failed'
  /** Fenced, or not allowed: the producer can only be closed. */
  | 'fatal';

export type TransactionEvent =
  | 'initialized'
  | 'begun'
  | 'commit-requested'
  | 'abort-requested'
  | 'ended'
  | 'timed-out'
  | 'failed-abortably'
  | 'failed-fatally';

export const transactionTable: Readonly<
  Record<TransactionState, Readonly<Partial<Record<TransactionEvent, TransactionState>>>>
> = {
  uninitialized: {
    initialized: 'ready',
    begun: 'in-transaction',
    'failed-abortably': 'uninitialized',
    'failed-fatally': 'fatal',
  },
  ready: { begun: 'in-transaction', 'failed-abortably': 'ready', 'failed-fatally': 'fatal' },
  'in-transaction': {
    initialized: 'in-transaction',
    'commit-requested': 'committing',
    'abort-requested': 'aborting',
    'failed-abortably': 'failed',
    'failed-fatally': 'fatal',
  },
  committing: {
    initialized: 'committing',
    ended: 'ready',
    'timed-out': 'commit-in-doubt',
    'failed-abortably': 'failed',
    'failed-fatally': 'fatal',
  },
  'commit-in-doubt': {
    'commit-requested': 'committing',
    'failed-abortably': 'commit-in-doubt',
    'failed-fatally': 'fatal',
  },
  failed: {
    initialized: 'failed',
    'abort-requested': 'aborting',
    'failed-abortably': 'failed',
    'failed-fatally': 'fatal',
  },
  // What fails while it is being aborted is lost anyway.
  aborting: {
    initialized: 'aborting',
    ended: 'ready',
    'timed-out': 'abort-in-doubt',
    'failed-abortably': 'aborting',
    'failed-fatally': 'fatal',
  },
  'abort-in-doubt': {
    'abort-requested': 'aborting',
    'failed-abortably': 'abort-in-doubt',
    'failed-fatally': 'fatal',
  },
  fatal: { initialized: 'fatal', 'failed-abortably': 'fatal', 'failed-fatally': 'fatal' },
};

const mistakes: Readonly<Record<TransactionState, string>> = {
  uninitialized: 'there is no transaction: call beginTransaction() first',
  ready: 'there is no transaction: call beginTransaction() first',
  'in-transaction': 'a transaction is open: commit or abort it first',
  committing: 'the transaction is being committed: await commitTransaction() first',
  'commit-in-doubt': 'the last commitTransaction() was not answered in time: call it again to learn what became of it',
  aborting: 'the transaction is being aborted: await abortTransaction() first',
  'abort-in-doubt': 'the last abortTransaction() was not answered in time: call it again',
  failed: 'the transaction has failed: call abortTransaction() first',
  fatal: 'the producer can write no more: close it and make a new one',
};

/** Throws UsageError, with `cause`, for an event that may not happen in this state. */
export function transactionStateAfter(
  state: TransactionState,
  event: TransactionEvent,
  cause?: unknown,
): TransactionState {
  const next = transactionTable[state][event];
  if (next === undefined) throw transactionMistake(state, cause);
  return next;
}

export function transactionMistake(state: TransactionState, cause?: unknown): UsageError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new UsageError(`${mistakes[state]}${why}`, cause === undefined ? undefined : { cause });
}
