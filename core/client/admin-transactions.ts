// The transactions' part of the admin client: which there are, how far they are, and who writes to a partition.

import { UsageError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import { didYouMean } from '../base/nearest-word.js';
import type { Ports } from '../ports/ports.js';
import { describeCluster } from '../protocol/60-describe-cluster.js';
import { describeProducers } from '../protocol/61-describe-producers.js';
import { describeTransactions } from '../protocol/65-describe-transactions.js';
import { listTransactions } from '../protocol/66-list-transactions.js';
import type { PartitionProducers, TransactionDescription, TransactionListing } from './admin-types.js';
import type { ClusterView } from './cluster-view.js';
import { CoordinatorLane } from './coordinator-lane.js';
import { groupBy } from './group-by.js';
import { askLeaders } from './leader-requests.js';
import { anyNode, type NodeConnections } from './node-connections.js';
import type { Place } from './place.js';
import { refusal, requireSuccess } from './refusal.js';
import { withRetries } from './retry.js';
import type { TopicPartition } from './topic.js';

const notFound = kafkaErrors.TRANSACTIONAL_ID_NOT_FOUND.code;

export class AdminTransactions {
  readonly #ports: Ports;
  readonly #place: Place;
  readonly #way: { readonly nodes: NodeConnections; readonly cluster: ClusterView };

  constructor(ports: Ports, place: Place, way: { nodes: NodeConnections; cluster: ClusterView }) {
    this.#ports = ports;
    this.#place = place;
    this.#way = way;
  }

  /** Of all coordinators, sorted by id. */
  list(): Promise<readonly TransactionListing[]> {
    return withRetries(this.#ports, {}, async () => {
      const { brokers } = await this.#way.nodes.send(anyNode, describeCluster, describeCluster.request());
      const listings: TransactionListing[] = [];
      for (const { brokerId: coordinator } of brokers) {
        const answer = await this.#way.nodes.send(coordinator, listTransactions, listTransactions.request());
        requireSuccess(answer.errorCode, 'listing transactions');
        for (const { transactionalId, transactionState: state, producerId } of answer.transactionStates) {
          listings.push({ transactionalId, state, producerId, coordinator });
        }
      }
      return listings.sort((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1));
    });
  }

  async describe(transactionalId: string): Promise<TransactionDescription> {
    const lane = new CoordinatorLane(this.#ports, this.#place, { kind: 'transactional id', id: transactionalId });
    try {
      const request = describeTransactions.request({ transactionalIds: [transactionalId] });
      const state = await lane.ask(describeTransactions, request, ({ transactionStates }) => {
        const found = transactionStates[0]!;
        if (found.errorCode === notFound) return undefined;
        requireSuccess(found.errorCode, `describing transactional id "${transactionalId}"`);
        return found;
      });
      if (state === undefined) throw await this.#unknown(transactionalId);
      const startTimeMs = state.transactionStartTimeMs;
      return {
        transactionalId,
        state: state.transactionState,
        producerId: state.producerId,
        producerEpoch: state.producerEpoch,
        timeoutMs: state.transactionTimeoutMs,
        ...(startTimeMs >= 0 && { startTimeMs }),
        partitions: state.topics.flatMap(({ topic, partitions }) =>
          partitions.map(partition => ({ topic, partition })),
        ),
      };
    } finally {
      await lane.close();
    }
  }

  /** In the order asked. */
  producers(partitions: readonly TopicPartition[]): Promise<readonly PartitionProducers[]> {
    return askLeaders(this.#ports, this.#way.cluster, partitions, async (leader, group) => {
      const topics = [...groupBy(group, ({ topic }) => topic)].map(([name, wanted]) => ({
        name,
        partitionIndexes: wanted.map(({ partition }) => partition),
      }));
      const answer = await this.#way.nodes.send(leader, describeProducers, describeProducers.request({ topics }));
      return answer.topics.flatMap(({ name: topic, partitions: found }) =>
        found.map(({ partitionIndex: partition, errorCode, errorMessage, activeProducers }) => {
          requireSuccess(errorCode, `describing the producers of ${topic}-${partition}`, errorMessage);
          return { topic, partition, producers: activeProducers.map(producerOf) };
        }),
      );
    });
  }

  async #unknown(transactionalId: string): Promise<UsageError> {
    const others = (await this.list()).map(listing => listing.transactionalId);
    const hint = didYouMean(transactionalId, others) || '; there are no transactional ids yet';
    const cause = refusal(notFound, `transactional id "${transactionalId}"`);
    return new UsageError(`transactional id "${transactionalId}" does not exist${hint}`, { cause });
  }
}

type ActiveProducer = ReturnType<
  typeof describeProducers.response
>['topics'][number]['partitions'][number]['activeProducers'][number];

function producerOf(active: ActiveProducer): PartitionProducers['producers'][number] {
  const { producerId, producerEpoch, lastSequence, lastTimestamp, currentTxnStartOffset } = active;
  const transactionStartOffset = currentTxnStartOffset < 0 ? undefined : currentTxnStartOffset;
  return {
    producerId,
    producerEpoch,
    lastSequence,
    lastTimestamp,
    ...(transactionStartOffset !== undefined && { transactionStartOffset }),
  };
}
