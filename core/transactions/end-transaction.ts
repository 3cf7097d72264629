// EndTxn. Once its Prepare record is committed, the outcome is certain: the client is answered, the markers follow. A client that has seen
// no answer asks again and must get the same one. With an epoch for each transaction (KIP-890) the answer carries the next epoch, and a
// repeated request is known by naming the one before it.

import type { KafkaErrorName } from '../base/kafka-errors.js';
import { isEpochExhausted } from './producer-epoch.js';
import { changed, markersOf, needsProducerId, nothing, refusedProducerId } from './transaction-turn.js';
import type { EndTransactionCommand } from './transactions-command.js';
import type { TransactionsDecision } from './transactions-decision.js';
import type { TransactionRecord } from './transactions-record.js';

/** From this version on each transaction has an epoch of its own. */
const epochPerTransaction = 2;

/** What the request is to the transaction that is known. */
type Verdict =
  | { readonly kind: 'end' }
  /** It was done already. */
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly error: KafkaErrorName };

export function endTransaction(
  known: TransactionRecord | undefined,
  command: EndTransactionCommand,
  nowMs: number,
): TransactionsDecision {
  if (known === undefined) return refused('INVALID_PRODUCER_ID_MAPPING');
  const bumpsEpoch = command.clientTransactionVersion >= epochPerTransaction;
  const verdict = bumpsEpoch ? judgeWithBump(known, command) : judge(known, command);
  if (verdict.kind === 'refused') return refused(verdict.error);
  if (verdict.kind === 'done') return { ...nothing, reply: replyOf(known) };
  return bumpsEpoch ? prepareWithBump(known, command, nowMs) : prepared(known, command, { nowMs });
}

function judge(known: TransactionRecord, { producerId, producerEpoch, commits }: EndTransactionCommand): Verdict {
  if (known.producerId !== producerId) return refusal('INVALID_PRODUCER_ID_MAPPING');
  if (known.producerEpoch !== producerEpoch) return refusal('PRODUCER_FENCED');
  switch (known.state) {
    case 'Ongoing':
      return { kind: 'end' };
    case 'PrepareCommit':
    case 'PrepareAbort':
      return refusal(commits === (known.state === 'PrepareCommit') ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE');
    case 'CompleteCommit':
    case 'CompleteAbort':
      return commits === (known.state === 'CompleteCommit') ? { kind: 'done' } : refusal('INVALID_TXN_STATE');
    case 'Empty':
      return refusal('INVALID_TXN_STATE');
  }
}

function judgeWithBump(known: TransactionRecord, command: EndTransactionCommand): Verdict {
  const { producerId, producerEpoch, commits } = command;
  const isOfPreviousId =
    known.previousProducerId === producerId && isEpochExhausted(producerEpoch) && known.producerEpoch === 0;
  if (known.producerId !== producerId && !isOfPreviousId) return refusal('INVALID_PRODUCER_ID_MAPPING');
  const isSameEpoch = known.producerId === producerId && known.producerEpoch === producerEpoch;
  const isRetry = isOfPreviousId || known.producerEpoch === producerEpoch + 1;
  switch (known.state) {
    case 'Ongoing':
      return isSameEpoch ? { kind: 'end' } : refusal('PRODUCER_FENCED');
    case 'PrepareCommit':
    case 'PrepareAbort':
      if (!isRetry) return refusal('PRODUCER_FENCED');
      return refusal(commits === (known.state === 'PrepareCommit') ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE');
    case 'CompleteCommit':
    case 'CompleteAbort':
      if (isRetry) {
        return commits === (known.state === 'CompleteCommit') ? { kind: 'done' } : refusal('INVALID_TXN_STATE');
      }
      return isSameEpoch ? emptyAbort(commits) : refusal('PRODUCER_FENCED');
    case 'Empty':
      return isSameEpoch ? emptyAbort(commits) : refusal('PRODUCER_FENCED');
  }
}

/** A client may abort what nothing was written in: it cannot know whether its first batch arrived. */
function emptyAbort(commits: boolean): Verdict {
  return commits ? refusal('INVALID_TXN_STATE') : { kind: 'end' };
}

function prepareWithBump(
  known: TransactionRecord,
  command: EndTransactionCommand,
  nowMs: number,
): TransactionsDecision {
  const rotates = isEpochExhausted(known.producerEpoch);
  if (rotates && command.newProducerId === undefined) return needsProducerId;
  const nextProducerId = rotates ? command.newProducerId! : -1;
  return prepared(known, command, { nowMs, nextProducerId, producerEpoch: known.producerEpoch + 1 });
}

function prepared(
  known: TransactionRecord,
  { commits, clientTransactionVersion }: EndTransactionCommand,
  next: { readonly nowMs: number; readonly nextProducerId?: number; readonly producerEpoch?: number },
): TransactionsDecision {
  const { nowMs, nextProducerId = -1, producerEpoch = known.producerEpoch } = next;
  const record = changed(known, nowMs, {
    state: commits ? 'PrepareCommit' : 'PrepareAbort',
    nextProducerId,
    producerEpoch,
    lastProducerEpoch: known.producerEpoch,
    startMs: known.state === 'Ongoing' ? known.startMs : nowMs,
    partitions: known.state === 'Ongoing' ? known.partitions : [],
    clientTransactionVersion,
  });
  return { ...nothing, records: [record], effects: [markersOf(record)], reply: replyOf(record) };
}

/** The id and epoch to go on with. */
function replyOf({ producerId, producerEpoch, nextProducerId }: TransactionRecord) {
  return nextProducerId < 0
    ? { errorCode: 0, producerId, producerEpoch }
    : { errorCode: 0, producerId: nextProducerId, producerEpoch: 0 };
}

function refusal(error: KafkaErrorName): Verdict {
  return { kind: 'refused', error };
}

function refused(error: KafkaErrorName): TransactionsDecision {
  return { ...nothing, reply: refusedProducerId(error) };
}
