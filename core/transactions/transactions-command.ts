// What can be asked of the transactions machine, and what it answers. Replies have the field names of Kafka's response bodies where
// there are such.

import type { KafkaErrorName } from '../base/kafka-errors.js';
import type { TransactionPartitions } from './transactions-record.js';

export interface InitProducerIdCommand {
  readonly kind: 'init-producer-id';
  readonly transactionalId: string;
  readonly timeoutMs: number;
  /** What the client believes to have (KIP-360); -1 and -1: nothing, or it does not say. */
  readonly expectedProducerId: number;
  readonly expectedProducerEpoch: number;
  /** A producer id that nobody has, once a decision has asked for one. */
  readonly newProducerId: number | undefined;
}

export interface ProducerIdReply {
  readonly errorCode: number;
  /** -1 with an error. */
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The producer begins its transaction with these partitions, or takes them into it. */
export interface AddPartitionsCommand {
  readonly kind: 'add-partitions';
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly partitions: readonly TransactionPartitions[];
  readonly clientTransactionVersion: number;
}

export interface ErrorReply {
  readonly errorCode: number;
}

export interface EndTransactionCommand {
  readonly kind: 'end-transaction';
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly commits: boolean;
  /** 2: the answer carries the epoch of the next transaction. */
  readonly clientTransactionVersion: number;
  /** As in InitProducerIdCommand. */
  readonly newProducerId: number | undefined;
}

/** The shell's own: every partition of a prepared transaction has its marker. */
export interface CompleteTransactionCommand {
  readonly kind: 'complete-transaction';
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The shell's own, now and then: transactions that took too long are aborted, their producers fenced. */
export interface AbortTimedOutCommand {
  readonly kind: 'abort-timed-out';
}

/** The shell's own, now and then: ids that nobody has used for long are forgotten. */
export interface ExpireTransactionalIdsCommand {
  readonly kind: 'expire-transactional-ids';
}

/** The shell's own, once after replay: what was prepared is completed. */
export interface ReopenCommand {
  readonly kind: 'reopen';
}

export interface DescribeTransactionsCommand {
  readonly kind: 'describe-transactions';
  readonly transactionalIds: readonly string[];
}

export interface DescribeTransactionsReply {
  readonly transactionStates: readonly {
    errorCode: number;
    transactionalId: string;
    transactionState: string;
    transactionTimeoutMs: number;
    /** -1: none is open. */
    transactionStartTimeMs: number;
    producerId: number;
    producerEpoch: number;
    topics: readonly { topic: string; partitions: readonly number[] }[];
  }[];
}

export interface ListTransactionsCommand {
  readonly kind: 'list-transactions';
  /** Empty: all. */
  readonly stateFilters: readonly string[];
  readonly producerIdFilters: readonly number[];
  /** Only those that are open for longer; negative: all. */
  readonly durationFilterMs: number;
  /** Which ids; undefined: all. */
  readonly matches: ((transactionalId: string) => boolean) | undefined;
}

export interface ListTransactionsReply {
  readonly unknownStateFilters: readonly string[];
  readonly transactionStates: readonly { transactionalId: string; producerId: number; transactionState: string }[];
}

/** The reply to each kind of command; undefined for the shell's own. */
export interface TransactionsReplies {
  readonly 'init-producer-id': ProducerIdReply;
  readonly 'add-partitions': ErrorReply;
  readonly 'end-transaction': ProducerIdReply;
  readonly 'complete-transaction': undefined;
  readonly 'abort-timed-out': undefined;
  readonly 'expire-transactional-ids': undefined;
  readonly reopen: undefined;
  readonly 'describe-transactions': DescribeTransactionsReply;
  readonly 'list-transactions': ListTransactionsReply;
}

export type TransactionsCommand =
  | InitProducerIdCommand
  | AddPartitionsCommand
  | EndTransactionCommand
  | CompleteTransactionCommand
  | AbortTimedOutCommand
  | ExpireTransactionalIdsCommand
  | ReopenCommand
  | DescribeTransactionsCommand
  | ListTransactionsCommand;

/** A batch that is about to be appended in a transaction (KIP-890): may it? */
export interface AppendQuestion {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly topic: string;
  readonly partition: number;
}

/** Why not; undefined: it may. */
export type AppendRefusal = KafkaErrorName | undefined;
