import type { CommittedOffsets } from './committed-offsets.js';
import { errorCode } from './error-code.js';
import type { Group } from './group.js';
import type { DeleteOffsetsCommand, PartitionErrorsReply } from './groups-command.js';
import type { OffsetTombstone } from './groups-record.js';
import { subscribedTopics } from './subscribed-topics.js';

/** OffsetDelete: of an empty group anything, of a consumer group with members the topics that none of them subscribes to. */
export function deleteOffsets(
  group: Group | undefined,
  offsets: CommittedOffsets,
  command: DeleteOffsetsCommand,
): { records: OffsetTombstone[]; reply: PartitionErrorsReply } {
  const { groupId } = command;
  const records: OffsetTombstone[] = [];
  if (group === undefined) return { records, reply: { errorCode: errorCode('GROUP_ID_NOT_FOUND'), topics: [] } };
  const isEmpty = group.state.kind === 'Empty';
  if (!isEmpty && group.protocolType !== 'consumer') {
    return { records, reply: { errorCode: errorCode('NON_EMPTY_GROUP'), topics: [] } };
  }
  const subscribed = isEmpty ? new Set<string>() : subscribedTopics(group);
  const topics = command.topics.map(({ name: topic, partitions }) => {
    const isInUse = subscribed === undefined || subscribed.has(topic);
    const code = isInUse ? errorCode('GROUP_SUBSCRIBED_TO_TOPIC') : 0;
    for (const { partitionIndex: partition } of isInUse ? [] : partitions) {
      if (offsets.find(groupId, topic, partition) === undefined) continue;
      records.push({ kind: 'offset-tombstone', groupId, topic, partition });
    }
    return { name: topic, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })) };
  });
  return { records, reply: { errorCode: 0, topics } };
}
