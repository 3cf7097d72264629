import { didYouMean } from '../base/nearest-word.js';
import type { CreatePartitionsCommand, CreatePartitionsReply } from './cluster-command.js';
import type { ClusterConfig } from './cluster-config.js';
import type { ClusterImage, TopicImage } from './cluster-image.js';
import type { ClusterRecord } from './cluster-record.js';
import { newPartition } from './create-topics.js';
import { placeReplicas, refusePlacement } from './place-replicas.js';
import { noError, type Refusal, refusal } from './refusal.js';

type Asked = CreatePartitionsCommand['topics'][number];

export function createPartitions(
  image: ClusterImage,
  config: ClusterConfig,
  command: CreatePartitionsCommand,
): { records: ClusterRecord[]; reply: CreatePartitionsReply } {
  const records: ClusterRecord[] = [];
  const results = command.topics.map((asked, index) => {
    const { name } = asked;
    const topic = image.topic(name);
    if (topic === undefined) {
      const near = didYouMean(name, image.topicsByName.keys());
      return { name, ...refusal('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic "${name}"${near}`) };
    }
    if (command.topics.findIndex(each => each.name === name) !== index) {
      return { name, ...refusal('INVALID_REQUEST', `the request names "${name}" twice`) };
    }
    const refused = refuseCount(topic, config, asked) ?? refuseAssignments(image, topic, asked);
    if (refused !== undefined) return { name, ...refused };
    if (!command.validateOnly) records.push(...newPartitions(image, topic, asked));
    return { name, ...noError };
  });
  return { records, reply: { results } };
}

function refuseCount({ name, partitions }: TopicImage, config: ClusterConfig, { count }: Asked): Refusal | undefined {
  const has = partitions.length;
  if (count <= has) {
    const message = `"${name}" has ${has} partitions, and partitions are only ever added, so ${count} cannot be`;
    return refusal('INVALID_PARTITIONS', message);
  }
  if (count - has <= config.createdPartitionsMax) return undefined;
  return refusal('POLICY_VIOLATION', `more than ${config.createdPartitionsMax} partitions in one request`);
}

function refuseAssignments(image: ClusterImage, topic: TopicImage, asked: Asked): Refusal | undefined {
  if (asked.assignments === null) return undefined;
  const placed = asked.assignments.map(({ brokerIds }) => brokerIds);
  const added = asked.count - topic.partitions.length;
  if (placed.length !== added) {
    const message = `${added} partitions are added, but ${placed.length} are assigned`;
    return refusal('INVALID_REPLICA_ASSIGNMENT', message);
  }
  return refusePlacement(placed, image.brokers);
}

function newPartitions(image: ClusterImage, topic: TopicImage, asked: Asked): ClusterRecord[] {
  const from = topic.partitions.length;
  const replicationFactor = topic.partitions[0]!.replicas.length;
  const placed =
    asked.assignments?.map(({ brokerIds }) => brokerIds) ??
    placeReplicas([...image.brokers.keys()], { partitionCount: asked.count - from, replicationFactor, from });
  return placed.map((replicas, index) => newPartition(topic.topicId, from + index, replicas));
}
