import type { TransactionState } from './transaction-state.js';

/** The durable part of transactions: what Kafka keeps in `__transaction_state`, a record for each transactional id. */
export type TransactionsRecord = TransactionRecord | TransactionTombstone;

export interface TransactionRecord {
  readonly kind: 'transaction';
  readonly transactionalId: string;
  readonly producerId: number;
  /** The one before, when its epochs were used up; -1: none. */
  readonly previousProducerId: number;
  /** The one that takes over when the transaction is complete, as the epochs of this one are used up; -1: none. */
  readonly nextProducerId: number;
  readonly producerEpoch: number;
  /** The epoch before, by which a repeated InitProducerId is known. Not in the log: -1 after a replay. */
  readonly lastProducerEpoch: number;
  readonly timeoutMs: number;
  readonly state: TransactionState;
  /** Of the transaction; empty when none is open. */
  readonly partitions: readonly TransactionPartitions[];
  readonly lastUpdateMs: number;
  /** When the transaction began; -1 before the first. */
  readonly startMs: number;
  /** 2: the client takes a new epoch for each transaction (KIP-890). */
  readonly clientTransactionVersion: number;
}

export interface TransactionPartitions {
  readonly topic: string;
  readonly partitionIds: readonly number[];
}

export interface TransactionTombstone {
  readonly kind: 'transaction-tombstone';
  readonly transactionalId: string;
}
