// The steps that several commands share: each makes a record out of the one before.

import type { KafkaErrorName } from '../base/kafka-errors.js';
import { errorCode } from './error-code.js';
import { transition } from './transaction-state.js';
import type { ProducerIdReply } from './transactions-command.js';
import type { TransactionsDecision, WriteMarkers } from './transactions-decision.js';
import type { TransactionRecord } from './transactions-record.js';

export const nothing: TransactionsDecision = { records: [], reply: undefined, effects: [], needsProducerId: false };

export const needsProducerId: TransactionsDecision = { ...nothing, needsProducerId: true };

/** The record that follows, in a state that may follow. */
export function changed(
  transaction: TransactionRecord,
  nowMs: number,
  changes: Partial<TransactionRecord>,
): TransactionRecord {
  const state = transition(transaction.state, changes.state ?? transaction.state);
  return { ...transaction, lastUpdateMs: nowMs, ...changes, state };
}

export function refusedProducerId(error: KafkaErrorName): ProducerIdReply {
  return { errorCode: errorCode(error), producerId: -1, producerEpoch: -1 };
}

/** What is to be done for a prepared transaction. */
export function markersOf(transaction: TransactionRecord): WriteMarkers {
  const { transactionalId, producerId, producerEpoch, state, partitions } = transaction;
  const commits = state === 'PrepareCommit';
  return { kind: 'write-markers', transactionalId, producerId, producerEpoch, commits, partitions };
}
