import { isPrepared } from './transaction-state.js';
import { changed, nothing } from './transaction-turn.js';
import type { CompleteTransactionCommand } from './transactions-command.js';
import type { TransactionsDecision } from './transactions-decision.js';
import type { TransactionRecord } from './transactions-record.js';

/** The markers are written. A producer id whose epochs are used up gives way to the next one. */
export function completeTransaction(
  known: TransactionRecord | undefined,
  { producerId, producerEpoch }: CompleteTransactionCommand,
  nowMs: number,
): TransactionsDecision {
  if (known === undefined || known.producerId !== producerId || known.producerEpoch !== producerEpoch) return nothing;
  if (!isPrepared(known.state)) return nothing;
  const state = known.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort';
  const next = {
    previousProducerId: producerId,
    producerId: known.nextProducerId,
    producerEpoch: 0,
    nextProducerId: -1,
  };
  const record = changed(known, nowMs, { state, partitions: [], ...(known.nextProducerId >= 0 && next) });
  return { ...nothing, records: [record] };
}
