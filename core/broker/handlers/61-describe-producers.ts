import { describeProducers } from '../../protocol/61-describe-producers.js';
import type { ResponseOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode, errorMessage } from '../error-code.js';
import { handler } from '../handler.js';

type PartitionResponse = ResponseOf<typeof describeProducers>['topics'][number]['partitions'][number];

export const describeProducersHandler = handler(describeProducers, (node, request) =>
  describeProducers.response({
    topics: request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map(index => describe(node, name, index)),
    })),
  }),
);

function describe(node: BrokerNode, topic: string, partitionIndex: number): PartitionResponse {
  try {
    const { log } = node.topics.require(topic, partitionIndex);
    const activeProducers = [...log.producers.entries].map(producer => ({
      producerId: producer.producerId,
      producerEpoch: producer.epoch,
      lastSequence: producer.batches.at(-1)?.lastSequence ?? -1,
      lastTimestamp: producer.lastTimestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTxnFirstOffset,
    }));
    return { partitionIndex, errorCode: 0, errorMessage: null, activeProducers };
  } catch (error) {
    const code = errorCode(error);
    return { partitionIndex, errorCode: code, errorMessage: errorMessage(error), activeProducers: [] };
  }
}
