import type { KafkaErrorName } from '../base/kafka-errors.js';
import { errorCode } from './error-code.js';
import { isPrepared } from './transaction-state.js';
import { changed, nothing } from './transaction-turn.js';
import type { AddPartitionsCommand, AppendQuestion, AppendRefusal } from './transactions-command.js';
import type { TransactionsDecision } from './transactions-decision.js';
import type { TransactionPartitions, TransactionRecord } from './transactions-record.js';

/** AddPartitionsToTxn: the first one begins the transaction. What is in it already is written once. */
export function addPartitions(
  known: TransactionRecord | undefined,
  command: AddPartitionsCommand,
  nowMs: number,
): TransactionsDecision {
  const refusal = refusalOf(known, command);
  if (known === undefined || refusal !== undefined) return answered(refusal ?? 'INVALID_PRODUCER_ID_MAPPING');
  const isOngoing = known.state === 'Ongoing';
  const missing = without(command.partitions, known.partitions);
  if (isOngoing && missing.length === 0) return answered(undefined);
  const record = changed(known, nowMs, {
    state: 'Ongoing',
    partitions: isOngoing ? union(known.partitions, missing) : union([], command.partitions),
    startMs: isOngoing ? known.startMs : nowMs,
    clientTransactionVersion: command.clientTransactionVersion,
  });
  return { ...answered(undefined), records: [record] };
}

/** Whether a batch of the transaction may be appended: it must be open, and have the partition in it (KIP-890). */
export function refuseAppend(known: TransactionRecord | undefined, question: AppendQuestion): AppendRefusal {
  const refusal = refusalOf(known, question);
  if (refusal !== undefined) return refusal;
  const isIn = known!.partitions.some(
    ({ topic, partitionIds }) => topic === question.topic && partitionIds.includes(question.partition),
  );
  return known!.state === 'Ongoing' && isIn ? undefined : 'INVALID_TXN_STATE';
}

function refusalOf(
  known: TransactionRecord | undefined,
  { producerId, producerEpoch }: { readonly producerId: number; readonly producerEpoch: number },
): KafkaErrorName | undefined {
  if (known === undefined || known.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING';
  if (known.producerEpoch !== producerEpoch) return 'PRODUCER_FENCED';
  return isPrepared(known.state) ? 'CONCURRENT_TRANSACTIONS' : undefined;
}

/** What of `wanted` is not in `present`. */
function without(
  wanted: readonly TransactionPartitions[],
  present: readonly TransactionPartitions[],
): TransactionPartitions[] {
  return wanted.flatMap(({ topic, partitionIds }) => {
    const there = new Set(present.find(each => each.topic === topic)?.partitionIds);
    const missing = partitionIds.filter(id => !there.has(id));
    return missing.length === 0 ? [] : [{ topic, partitionIds: missing }];
  });
}

function union(
  present: readonly TransactionPartitions[],
  added: readonly TransactionPartitions[],
): TransactionPartitions[] {
  const byTopic = new Map(present.map(({ topic, partitionIds }) => [topic, new Set(partitionIds)]));
  for (const { topic, partitionIds } of added) {
    const there = byTopic.get(topic) ?? new Set();
    byTopic.set(topic, there);
    for (const id of partitionIds) there.add(id);
  }
  return [...byTopic].map(([topic, ids]) => ({ topic, partitionIds: [...ids] }));
}

function answered(error: KafkaErrorName | undefined): TransactionsDecision {
  return { ...nothing, reply: { errorCode: error === undefined ? 0 : errorCode(error) } };
}
