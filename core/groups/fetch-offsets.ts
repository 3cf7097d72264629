import type { CommittedOffset, CommittedOffsets } from './committed-offsets.js';
import type { FetchOffsetsCommand, FetchOffsetsReply } from './groups-command.js';

type FetchedTopic = FetchOffsetsReply['topics'][number];
type FetchedPartition = FetchedTopic['partitions'][number];

/** What a group has committed, where nothing -1. A group that nobody knows has committed nothing. */
export function fetchOffsets(offsets: CommittedOffsets, command: FetchOffsetsCommand): FetchOffsetsReply {
  const { groupId } = command;
  const topics =
    command.topics === null
      ? allTopics(offsets.ofGroup(groupId))
      : command.topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map(index => fetched(index, offsets.find(groupId, name, index))),
        }));
  return { errorCode: 0, groupId, topics };
}

function allTopics(committed: Iterable<CommittedOffset>): FetchedTopic[] {
  const byTopic = new Map<string, FetchedPartition[]>();
  for (const each of committed) {
    const partitions = byTopic.get(each.topic) ?? [];
    byTopic.set(each.topic, partitions);
    partitions.push(fetched(each.partition, each));
  }
  return [...byTopic].map(([name, partitions]) => ({ name, partitions }));
}

function fetched(partitionIndex: number, committed: CommittedOffset | undefined): FetchedPartition {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode: 0,
  };
}
