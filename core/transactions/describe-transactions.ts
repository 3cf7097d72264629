import { errorCode } from './error-code.js';
import type { TransactionState } from './transaction-state.js';
import type {
  DescribeTransactionsReply,
  ListTransactionsCommand,
  ListTransactionsReply,
} from './transactions-command.js';
import type { TransactionRecord } from './transactions-record.js';

/** Also those that only ever exist inside of a decision. */
const stateNames: readonly string[] = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
] satisfies readonly (TransactionState | 'Dead' | 'PrepareEpochFence')[];

export function describeTransaction(
  transactionalId: string,
  known: TransactionRecord | undefined,
): DescribeTransactionsReply['transactionStates'][number] {
  return {
    errorCode: known === undefined ? errorCode('TRANSACTIONAL_ID_NOT_FOUND') : 0,
    transactionalId,
    transactionState: known?.state ?? '',
    transactionTimeoutMs: known?.timeoutMs ?? -1,
    transactionStartTimeMs: known?.startMs ?? -1,
    producerId: known?.producerId ?? -1,
    producerEpoch: known?.producerEpoch ?? -1,
    topics: (known?.partitions ?? []).map(({ topic, partitionIds }) => ({ topic, partitions: partitionIds })),
  };
}

export function listTransactions(
  all: Iterable<TransactionRecord>,
  command: ListTransactionsCommand,
  nowMs: number,
): ListTransactionsReply {
  const { stateFilters, producerIdFilters, durationFilterMs, matches } = command;
  const listed = [...all].filter(
    ({ transactionalId, producerId, state, startMs }) =>
      (stateFilters.length === 0 || stateFilters.includes(state)) &&
      (producerIdFilters.length === 0 || producerIdFilters.includes(producerId)) &&
      (durationFilterMs < 0 || (isOpen(state) && nowMs - startMs > durationFilterMs)) &&
      (matches === undefined || matches(transactionalId)),
  );
  return {
    unknownStateFilters: stateFilters.filter(name => !stateNames.includes(name)),
    transactionStates: listed.map(({ transactionalId, producerId, state: transactionState }) => ({
      transactionalId,
      producerId,
      transactionState,
    })),
  };
}

function isOpen(state: TransactionState): boolean {
  return state === 'Ongoing' || state === 'PrepareCommit' || state === 'PrepareAbort';
}
