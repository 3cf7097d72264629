// What a transactional producer asks of its coordinator, each with the retries that Kafka's protocol wants. Rejects with ProtocolError for
// what was refused, and with the last transient error when the time was over.

import { kafkaErrorName, kafkaErrors } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { apiVersions } from '../protocol/18-api-versions.js';
import { initProducerId } from '../protocol/22-init-producer-id.js';
import { addPartitionsToTxn } from '../protocol/24-add-partitions-to-txn.js';
import { addOffsetsToTxn } from '../protocol/25-add-offsets-to-txn.js';
import { endTxn } from '../protocol/26-end-txn.js';
import { txnOffsetCommit } from '../protocol/28-txn-offset-commit.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import { CoordinatorLane } from './coordinator-lane.js';
import { groupBy } from './group-by.js';
import type { GroupMetadata } from './group-metadata.js';
import type { ConnectOptions, Place } from './place.js';
import { noIdentity, type ProducerIdentity } from './producer-identity.js';
import type { OffsetToSend } from './producer-options.js';
import { refusal, requireSuccess } from './refusal.js';
import type { TopicPartition } from './topic.js';

export interface TransactionRequestsOptions extends ConnectOptions {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly maxBlockMs: number;
}

/** The newest versions before an epoch per transaction (KIP-890). */
const addPartitionsVersionMax = 3;
const endVersionMax = 4;
const offsetCommitVersionMax = 4;
const clientSoftware = { clientSoftwareName: 'millrace', clientSoftwareVersion: '0' };

export class TransactionRequests {
  /** The broker bumps the epoch with each transaction, and takes a batch as the word that its partition belongs to it. */
  hasEpochPerTransaction = false;
  readonly #ports: Ports;
  readonly #place: Place;
  readonly #options: TransactionRequestsOptions;
  readonly #lane: CoordinatorLane;
  readonly #groups = new Map<string, CoordinatorLane>();

  constructor(ports: Ports, place: Place, options: TransactionRequestsOptions) {
    this.#ports = ports;
    this.#place = place;
    this.#options = options;
    this.#lane = new CoordinatorLane(ports, place, { kind: 'transactional id', id: options.transactionalId }, options);
  }

  /** Learns what the cluster offers (KIP-584), and takes over the transactional id. */
  async initialize(): Promise<ProducerIdentity> {
    const request = apiVersions.request(clientSoftware);
    const features = await this.#ask(apiVersions, request, answer => answer.finalizedFeatures);
    const level = features.find(({ name }) => name === 'transaction.version')?.maxVersionLevel ?? 0;
    this.hasEpochPerTransaction = level >= 2;
    return this.renew(noIdentity);
  }

  /** A new epoch: behind that of `identity`, if nobody else took over since; without one, behind whatever the coordinator knows. */
  renew(identity: ProducerIdentity): Promise<ProducerIdentity> {
    const { transactionalId, transactionTimeoutMs } = this.#options;
    const request = initProducerId.request({ transactionalId, transactionTimeoutMs, ...identity });
    return this.#ask(initProducerId, request, ({ errorCode, producerId, producerEpoch }) => {
      requireSuccess(errorCode, this.#what('taking over'));
      return { producerId, producerEpoch };
    });
  }

  addPartitions(identity: ProducerIdentity, partitions: readonly TopicPartition[]): Promise<void> {
    const request = addPartitionsToTxn.request({
      v3AndBelowTransactionalId: this.#options.transactionalId,
      v3AndBelowProducerId: identity.producerId,
      v3AndBelowProducerEpoch: identity.producerEpoch,
      v3AndBelowTopics: [...groupBy(partitions, ({ topic }) => topic)].map(([name, group]) => ({
        name,
        partitions: group.map(({ partition }) => partition),
      })),
    });
    const read = (answer: ResponseOf<typeof addPartitionsToTxn>): void => {
      const codes = answer.resultsByTopicV3AndBelow.flatMap(topic =>
        topic.resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
      );
      requireAll(codes, this.#what('adding partitions to the transaction of'));
    };
    return this.#ask(addPartitionsToTxn, request, read, addPartitionsVersionMax);
  }

  /** Makes the group part of the transaction. */
  addOffsets({ producerId, producerEpoch }: ProducerIdentity, groupId: string): Promise<void> {
    const { transactionalId } = this.#options;
    const request = addOffsetsToTxn.request({ transactionalId, producerId, producerEpoch, groupId });
    return this.#ask(addOffsetsToTxn, request, ({ errorCode }) => {
      requireSuccess(errorCode, this.#what(`adding group "${groupId}" to the transaction of`));
    });
  }

  commitOffsets(identity: ProducerIdentity, group: GroupMetadata, offsets: readonly OffsetToSend[]): Promise<void> {
    const { transactionalId, maxBlockMs: timeoutMs } = this.#options;
    const { groupId, generationId, memberId, groupInstanceId = null } = group;
    const topics = [...groupBy(offsets, ({ topic }) => topic)].map(([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, offset, metadata = '', leaderEpoch = -1 }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: metadata,
      })),
    }));
    const membership = { groupId, generationId, memberId, groupInstanceId };
    const request = txnOffsetCommit.request({ transactionalId, ...identity, ...membership, topics });
    const read = (answer: ResponseOf<typeof txnOffsetCommit>): void => {
      const codes = answer.topics.flatMap(topic => topic.partitions.map(({ errorCode }) => errorCode));
      requireAll(codes, `committing offsets of group "${groupId}" in a transaction`);
    };
    const versionMax = this.hasEpochPerTransaction ? undefined : offsetCommitVersionMax;
    return this.#group(groupId).ask(txnOffsetCommit, request, read, { timeoutMs, versionMax });
  }

  /** The identity for the next transaction. */
  end(identity: ProducerIdentity, isCommit: boolean): Promise<ProducerIdentity> {
    const { transactionalId } = this.#options;
    const request = endTxn.request({ transactionalId, ...identity, committed: isCommit });
    const read = ({ errorCode, producerId, producerEpoch }: ResponseOf<typeof endTxn>): ProducerIdentity => {
      requireSuccess(errorCode, this.#what(isCommit ? 'committing the transaction of' : 'aborting the transaction of'));
      return this.hasEpochPerTransaction ? { producerId, producerEpoch } : identity;
    };
    return this.#ask(endTxn, request, read, this.hasEpochPerTransaction ? undefined : endVersionMax);
  }

  async close(): Promise<void> {
    await this.#lane.close();
    for (const lane of this.#groups.values()) await lane.close();
  }

  #ask<A extends Api, T>(
    api: A,
    request: RequestOf<A>,
    read: (answer: ResponseOf<A>) => T,
    versionMax?: number,
  ): Promise<T> {
    return this.#lane.ask(api, request, read, { timeoutMs: this.#options.maxBlockMs, versionMax });
  }

  #group(groupId: string): CoordinatorLane {
    let lane = this.#groups.get(groupId);
    if (lane === undefined) {
      lane = new CoordinatorLane(this.#ports, this.#place, { kind: 'group', id: groupId }, this.#options);
      this.#groups.set(groupId, lane);
    }
    return lane;
  }

  #what(doing: string): string {
    return `${doing} transactional id "${this.#options.transactionalId}"`;
  }
}

/** Throws for the gravest of the codes: one that will not go away by trying again, if there is any. */
function requireAll(codes: readonly number[], what: string): void {
  const failed = codes.filter(code => code !== 0);
  if (failed.length === 0) return;
  // What was not attempted says nothing; the reason for it is with another partition.
  const reasons = failed.filter(code => code !== kafkaErrors.OPERATION_NOT_ATTEMPTED.code);
  const final = reasons.find(code => !kafkaErrors[kafkaErrorName(code)].isRetriable);
  throw refusal(final ?? reasons[0] ?? failed[0]!, what);
}
