import { ProtocolError } from '../../base/errors.js';
import { deleteRecords } from '../../protocol/21-delete-records.js';
import type { RequestOf, ResponseOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';
import { isInternalTopic } from '../internal-topics.js';

type Asked = RequestOf<typeof deleteRecords>['topics'][number]['partitions'][number];
type PartitionResponse = ResponseOf<typeof deleteRecords>['topics'][number]['partitions'][number];

const upToHighWatermark = -1;

export const deleteRecordsHandler = handler(deleteRecords, (node, request) =>
  deleteRecords.response({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(asked => deleteBefore(node, name, asked)),
    })),
  }),
);

function deleteBefore(node: BrokerNode, topic: string, { partitionIndex, offset }: Asked): PartitionResponse {
  try {
    if (isInternalTopic(topic)) {
      throw new ProtocolError('INVALID_TOPIC_EXCEPTION', `${topic} is written by the broker alone`);
    }
    const { log } = node.topics.require(topic, partitionIndex);
    const before = offset === upToHighWatermark ? log.highWatermark : offset;
    if (before < 0 || before > log.highWatermark) {
      throw new ProtocolError('OFFSET_OUT_OF_RANGE', `${topic}-${partitionIndex} ends at ${log.highWatermark}`);
    }
    return { partitionIndex, lowWatermark: log.deleteRecordsBefore(before), errorCode: 0 };
  } catch (error) {
    return { partitionIndex, lowWatermark: -1, errorCode: errorCode(error) };
  }
}
