// A commit of offsets names topics and partitions. Offsets of those that are not there are not kept, and their answer says so.

import { kafkaErrors } from '../base/kafka-errors.js';
import type { BrokerNode } from './broker-node.js';

interface TopicOf<P> {
  readonly name: string;
  readonly partitions: readonly P[];
}

interface PartitionAnswer {
  readonly partitionIndex: number;
  readonly errorCode: number;
}

type TopicAnswer = { name: string; partitions: PartitionAnswer[] };

/** What of the request names topics and partitions that exist. */
export function existingPartitions<P extends { readonly partitionIndex: number }>(
  node: BrokerNode,
  topics: readonly TopicOf<P>[],
): TopicOf<P>[] {
  return topics
    .map(({ name, partitions }) => {
      const count = node.topics.find(name)?.partitions.length ?? 0;
      return { name, partitions: partitions.filter(({ partitionIndex }) => partitionIndex < count) };
    })
    .filter(({ partitions }) => partitions.length > 0);
}

/** In the order of the request; what was not handed to the group is unknown. */
export function answersInOrder(
  asked: readonly TopicOf<{ readonly partitionIndex: number }>[],
  answered: readonly TopicOf<PartitionAnswer>[],
): TopicAnswer[] {
  const byTopic = new Map(answered.map(({ name, partitions }) => [name, partitions]));
  return asked.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode:
        byTopic.get(name)?.find(each => each.partitionIndex === partitionIndex)?.errorCode ??
        kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION.code,
    })),
  }));
}

export function sameAnswerForAll(
  asked: readonly TopicOf<{ readonly partitionIndex: number }>[],
  errorCode: number,
): TopicAnswer[] {
  return asked.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }));
}
