import { offsetForLeaderEpoch } from '../../protocol/23-offset-for-leader-epoch.js';
import type { RequestOf, ResponseOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';
import { requireLeaderEpoch } from '../partition.js';

type Asked = RequestOf<typeof offsetForLeaderEpoch>['topics'][number]['partitions'][number];
type PartitionResponse = ResponseOf<typeof offsetForLeaderEpoch>['topics'][number]['partitions'][number];

export const offsetForLeaderEpochHandler = handler(offsetForLeaderEpoch, (node, request) =>
  offsetForLeaderEpoch.response({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(asked => endOf(node, topic, asked)),
    })),
  }),
);

function endOf(node: BrokerNode, topic: string, asked: Asked): Partial<PartitionResponse> {
  try {
    const partition = node.topics.require(topic, asked.partition);
    requireLeaderEpoch(partition, asked.currentLeaderEpoch);
    const { epoch, endOffset } = partition.log.endOffsetOfEpoch(asked.leaderEpoch);
    return {
      partition: asked.partition,
      leaderEpoch: epoch,
      endOffset: Math.min(endOffset, partition.log.highWatermark),
    };
  } catch (error) {
    return { partition: asked.partition, errorCode: errorCode(error) };
  }
}
