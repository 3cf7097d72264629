import type { CommittedOffset, CommittedOffsets } from './committed-offsets.js';
import { errorCode } from './error-code.js';
import type { FetchOffsetsCommand, FetchOffsetsReply } from './groups-command.js';
import type { PendingOffsets } from './pending-offsets.js';

type FetchedTopic = FetchOffsetsReply['topics'][number];
type FetchedPartition = FetchedTopic['partitions'][number];

/** What a group has committed, where nothing -1. A group that nobody knows has committed nothing. */
export function fetchOffsets(
  offsets: CommittedOffsets,
  pending: PendingOffsets,
  command: FetchOffsetsCommand,
): FetchOffsetsReply {
  const { groupId, requireStable } = command;
  const answer = (topic: string, partition: number): FetchedPartition =>
    requireStable && pending.has(groupId, topic, partition)
      ? unstable(partition)
      : fetched(partition, offsets.find(groupId, topic, partition));
  const topics =
    command.topics === null
      ? allTopics(offsets.ofGroup(groupId), answer)
      : command.topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map(index => answer(name, index)),
        }));
  return { errorCode: 0, groupId, topics };
}

function allTopics(
  committed: Iterable<CommittedOffset>,
  answer: (topic: string, partition: number) => FetchedPartition,
): FetchedTopic[] {
  const byTopic = new Map<string, FetchedPartition[]>();
  for (const each of committed) {
    const partitions = byTopic.get(each.topic) ?? [];
    byTopic.set(each.topic, partitions);
    partitions.push(answer(each.topic, each.partition));
  }
  return [...byTopic].map(([name, partitions]) => ({ name, partitions }));
}

function unstable(partitionIndex: number): FetchedPartition {
  return { ...fetched(partitionIndex, undefined), errorCode: errorCode('UNSTABLE_OFFSET_COMMIT') };
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
