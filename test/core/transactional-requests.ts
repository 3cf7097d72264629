// A transactional producer at the level of requests: every step by hand, with the old or the new protocol (KIP-890).

import { fail } from 'node:assert';
import { kafkaErrorName } from '../../core/base/kafka-errors.js';
import { nodeCompression } from '../../core/platform/node-compression.js';
import { produce } from '../../core/protocol/00-produce.js';
import { initProducerId } from '../../core/protocol/22-init-producer-id.js';
import { addPartitionsToTxn } from '../../core/protocol/24-add-partitions-to-txn.js';
import { addOffsetsToTxn } from '../../core/protocol/25-add-offsets-to-txn.js';
import { endTxn } from '../../core/protocol/26-end-txn.js';
import { txnOffsetCommit } from '../../core/protocol/28-txn-offset-commit.js';
import { BatchWriter } from '../../core/records/batch-writer.js';
import { stringSerde } from '../../core/serdes/string-serde.js';
import type { Requests } from './requests.js';

const nameOf = (code: number) => (code === 0 ? 'none' : kafkaErrorName(code));

export class TransactionalRequests {
  readonly transactionalId: string;
  producerId = -1;
  producerEpoch = -1;
  private readonly requests: Requests;
  private readonly sequences = new Map<string, number>();

  private readonly isOld: boolean;

  /** `isOld`: as a client from before KIP-890, with one epoch for all transactions, and partitions that are added first. */
  constructor(requests: Requests, transactionalId: string, { isOld = false } = {}) {
    this.requests = requests;
    this.transactionalId = transactionalId;
    this.isOld = isOld;
  }

  /** Takes the id over; returns the name of the error. */
  async init(timeoutMs = 60_000): Promise<string> {
    const answer = await this.requests.send(initProducerId, {
      transactionalId: this.transactionalId,
      transactionTimeoutMs: timeoutMs,
    });
    if (answer.errorCode === 0) this.adopt(answer.producerId, answer.producerEpoch);
    return nameOf(answer.errorCode);
  }

  async addPartition(topic: string, partition = 0): Promise<string> {
    const request = {
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: this.producerId,
      v3AndBelowProducerEpoch: this.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    };
    const answer = await this.requests.send(addPartitionsToTxn, request, { versionMax: 3 });
    const { resultsByTopicV3AndBelow: results } = answer;
    return nameOf(results[0]!.resultsByPartition[0]!.partitionErrorCode);
  }

  /** Writes one batch in the transaction; returns the name of the error. */
  async write(topic: string, values: readonly string[], partition = 0, isTransactional = true): Promise<string> {
    const place = `${topic}-${partition}`;
    const baseSequence = this.sequences.get(place) ?? 0;
    const writer = new BatchWriter({ compression: nodeCompression });
    for (const value of values) writer.append('k', stringSerde, value, stringSerde, 1_000);
    const { producerId, producerEpoch } = this;
    const batch = Buffer.from(writer.finish({ producerId, producerEpoch, baseSequence, isTransactional }));
    const request = {
      transactionalId: this.transactionalId,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records: [batch] }] }],
    };
    const { responses } = await this.requests.send(produce, request, this.upTo(11));
    const { errorCode } = responses[0]!.partitionResponses[0]!;
    if (errorCode === 0) this.sequences.set(place, baseSequence + values.length);
    return nameOf(errorCode);
  }

  async addOffsets(groupId: string): Promise<string> {
    const { transactionalId, producerId, producerEpoch } = this;
    const request = { transactionalId, producerId, producerEpoch, groupId };
    return nameOf((await this.requests.send(addOffsetsToTxn, request)).errorCode);
  }

  async commitOffset(groupId: string, topic: string, offset: number, partition = 0): Promise<string> {
    const request = {
      transactionalId: this.transactionalId,
      groupId,
      producerId: this.producerId,
      producerEpoch: this.producerEpoch,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, committedOffset: offset }] }],
    };
    const { topics } = await this.requests.send(txnOffsetCommit, request, this.upTo(4));
    return nameOf(topics[0]!.partitions[0]!.errorCode);
  }

  /** Returns the name of the error; goes on with the epoch in the answer. */
  async end(committed: boolean): Promise<string> {
    const { transactionalId, producerId, producerEpoch } = this;
    const request = { transactionalId, producerId, producerEpoch, committed };
    const answer = await this.requests.send(endTxn, request, this.upTo(4));
    if (answer.errorCode === 0) this.adopt(answer.producerId, answer.producerEpoch);
    return nameOf(answer.errorCode);
  }

  async mustBegin(topic: string, values: readonly string[]): Promise<void> {
    for (const step of [() => this.init(), () => this.write(topic, values)]) {
      const error = await step();
      if (error !== 'none') fail(error);
    }
  }

  private upTo(versionMax: number) {
    return this.isOld ? { versionMax } : {};
  }

  private adopt(producerId: number, producerEpoch: number): void {
    if (producerEpoch < 0 || (producerId === this.producerId && producerEpoch === this.producerEpoch)) return;
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.sequences.clear();
  }
}
