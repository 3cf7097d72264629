// Transactions of this broker: one shard for each partition of __transaction_state.

import { ProtocolError } from '../base/errors.js';
import { kafkaErrorName } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import type { AppendQuestion, TransactionsCommand } from '../transactions/transactions-command.js';
import type { TransactionsConfig } from '../transactions/transactions-config.js';
import type { ClusterCatalogue } from './cluster-catalogue.js';
import { CoordinatorShards } from './coordinator-shards.js';
import { createTransactionState } from './create-missing-topics.js';
import { internalTopics } from './internal-topics.js';
import { MachineLog } from './machine-log.js';
import { transactionStateCodec } from './machine-record-codecs.js';
import type { ProducerIds } from './producer-ids.js';
import type { TopicTable } from './topic-table.js';
import type { TransactionMarkers } from './transaction-markers.js';
import { TransactionShard } from './transaction-shard.js';

export interface TransactionCoordinatorParts {
  readonly topics: TopicTable;
  readonly catalogue: ClusterCatalogue;
  readonly config: TransactionsConfig;
  readonly producerIds: ProducerIds;
  readonly markers: TransactionMarkers;
  readonly report: (problem: Error) => void;
  /** Of __transaction_state, when it is made. */
  readonly partitionCount: number;
}

/** The version of transactions in which each has an epoch of its own (KIP-890). */
export const transactionVersion = 2;

export class TransactionCoordinator {
  readonly #shards: CoordinatorShards<TransactionShard>;

  private constructor(shards: CoordinatorShards<TransactionShard>) {
    this.#shards = shards;
  }

  static async open(ports: Ports, parts: TransactionCoordinatorParts): Promise<TransactionCoordinator> {
    const { topics, catalogue, partitionCount } = parts;
    return new TransactionCoordinator(
      await CoordinatorShards.open<TransactionShard>({
        topic: internalTopics.transactionState,
        topics,
        createTopic: () => createTransactionState(catalogue, partitionCount),
        openShard: partition => {
          const leaderEpoch = () => partition.leaderEpoch;
          const options = { codec: transactionStateCodec, leaderEpoch, flushes: 'by-policy' } as const;
          return TransactionShard.open(ports, { ...parts, machineLog: new MachineLog(ports, partition.log, options) });
        },
      }),
    );
  }

  shards(): readonly TransactionShard[] {
    return this.#shards.all;
  }

  shardOf(transactionalId: string): Promise<TransactionShard> {
    return this.#shards.of(transactionalId);
  }

  /** Throws unless the transaction is open and has the partition in it. */
  requireOpen(question: AppendQuestion): void {
    const shard = this.#shards.ofIfOpen(question.transactionalId);
    const refusal = shard === undefined ? 'INVALID_PRODUCER_ID_MAPPING' : shard.refuseAppend(question);
    if (refusal !== undefined) throw new ProtocolError(refusal);
  }

  /** Takes a partition into the transaction, which may begin by that; rejects with ProtocolError when it cannot. */
  async add(question: AppendQuestion): Promise<void> {
    const { topic, partition, ...producer } = question;
    const shard = await this.shardOf(question.transactionalId);
    const { errorCode } = await shard.runPatiently<'add-partitions'>({
      kind: 'add-partitions',
      ...producer,
      partitions: [{ topic, partitionIds: [partition] }],
      clientTransactionVersion: transactionVersion,
    });
    if (errorCode !== 0) throw new ProtocolError(kafkaErrorName(errorCode));
  }

  /** Work that is due now and then. */
  async housekeep(
    kind: Extract<TransactionsCommand['kind'], 'abort-timed-out' | 'expire-transactional-ids'>,
  ): Promise<void> {
    // A log that cannot be written has said so itself.
    for (const shard of this.#shards.all) await shard.run({ kind }).catch(() => undefined);
  }

  close(): void {
    this.#shards.close();
  }
}
