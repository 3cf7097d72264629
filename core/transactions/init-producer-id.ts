// InitProducerId of a transactional producer: whoever asks last owns the id, and shuts out those before by a higher epoch. A transaction
// that is still open is aborted first, at an epoch that nobody is given.

import type { KafkaErrorName } from '../base/kafka-errors.js';
import { fencingEpoch, isEpochExhausted } from './producer-epoch.js';
import { isPrepared } from './transaction-state.js';
import { changed, markersOf, needsProducerId, nothing, refusedProducerId } from './transaction-turn.js';
import type { InitProducerIdCommand } from './transactions-command.js';
import type { TransactionsConfig } from './transactions-config.js';
import type { TransactionsDecision } from './transactions-decision.js';
import type { TransactionRecord } from './transactions-record.js';

export function initProducerId(
  known: TransactionRecord | undefined,
  command: InitProducerIdCommand,
  config: TransactionsConfig,
  nowMs: number,
): TransactionsDecision {
  if (command.transactionalId === '') return refused('INVALID_REQUEST');
  if (command.timeoutMs <= 0 || command.timeoutMs > config.maxTimeoutMs) return refused('INVALID_TRANSACTION_TIMEOUT');
  if (known === undefined) return begin(command, nowMs);
  if (!isExpected(known, command)) return refused('PRODUCER_FENCED');
  if (isPrepared(known.state)) return refused('CONCURRENT_TRANSACTIONS');
  if (known.state === 'Ongoing') {
    // One that is fenced may not abort what its successor has open.
    return isOfLate(known, command) ? abortFirst(known, nowMs) : refused('PRODUCER_FENCED');
  }
  return nextEpoch(known, command, nowMs);
}

function begin(command: InitProducerIdCommand, nowMs: number): TransactionsDecision {
  const { transactionalId, timeoutMs, newProducerId } = command;
  if (newProducerId === undefined) return needsProducerId;
  return given({
    kind: 'transaction',
    transactionalId,
    producerId: newProducerId,
    previousProducerId: -1,
    nextProducerId: -1,
    producerEpoch: 0,
    lastProducerEpoch: -1,
    timeoutMs,
    state: 'Empty',
    partitions: [],
    lastUpdateMs: nowMs,
    startMs: -1,
    clientTransactionVersion: 0,
  });
}

/** Whether the client names the producer id that the broker knows, or the one that was given up for it. */
function isExpected(known: TransactionRecord, { expectedProducerId, expectedProducerEpoch }: InitProducerIdCommand) {
  if (expectedProducerId < 0 || expectedProducerId === known.producerId) return true;
  return expectedProducerId === known.previousProducerId && isEpochExhausted(expectedProducerEpoch);
}

function isOfLate(known: TransactionRecord, { expectedProducerId, expectedProducerEpoch }: InitProducerIdCommand) {
  return expectedProducerId < 0 || [known.producerEpoch, known.lastProducerEpoch].includes(expectedProducerEpoch);
}

/** Its producer is fenced with it. The client comes again, and gets the epoch behind that. */
function abortFirst(known: TransactionRecord, nowMs: number): TransactionsDecision {
  return { ...nothing, ...fencedAbort(known, nowMs), reply: refusedProducerId('CONCURRENT_TRANSACTIONS') };
}

/** Aborts an open transaction from outside. */
export function fencedAbort(
  known: TransactionRecord,
  nowMs: number,
): Pick<TransactionsDecision, 'records' | 'effects'> & { readonly records: readonly TransactionRecord[] } {
  const producerEpoch = fencingEpoch(known.producerEpoch);
  const record = changed(known, nowMs, { state: 'PrepareAbort', producerEpoch, lastProducerEpoch: -1 });
  return { records: [record], effects: [markersOf(record)] };
}

function nextEpoch(known: TransactionRecord, command: InitProducerIdCommand, nowMs: number): TransactionsDecision {
  const { timeoutMs, newProducerId, expectedProducerId } = command;
  const expectedEpoch = expectedProducerId < 0 ? undefined : command.expectedProducerEpoch;
  const isRetry = expectedEpoch !== undefined && expectedEpoch === known.lastProducerEpoch;
  const fresh = { state: 'Empty', partitions: [], startMs: -1, timeoutMs } as const;
  if (expectedEpoch !== undefined && expectedEpoch !== known.producerEpoch) {
    return isRetry ? given(changed(known, nowMs, fresh)) : refused('PRODUCER_FENCED');
  }
  const lastProducerEpoch = expectedEpoch ?? -1;
  if (!isEpochExhausted(known.producerEpoch)) {
    return given(changed(known, nowMs, { ...fresh, producerEpoch: known.producerEpoch + 1, lastProducerEpoch }));
  }
  if (newProducerId === undefined) return needsProducerId;
  const rotated = { producerId: newProducerId, previousProducerId: known.producerId, producerEpoch: 0 };
  return given(changed(known, nowMs, { ...fresh, ...rotated, lastProducerEpoch }));
}

function given(record: TransactionRecord): TransactionsDecision {
  const { producerId, producerEpoch } = record;
  return { ...nothing, records: [record], reply: { errorCode: 0, producerId, producerEpoch } };
}

function refused(error: KafkaErrorName): TransactionsDecision {
  return { ...nothing, reply: refusedProducerId(error) };
}
