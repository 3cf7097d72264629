import type { CreatableTopic, CreatedTopic, CreateTopicsCommand, CreateTopicsReply } from './cluster-command.js';
import type { ClusterConfig } from './cluster-config.js';
import type { ClusterImage } from './cluster-image.js';
import type { ClusterRecord, PartitionRecord } from './cluster-record.js';
import { placeReplicas, refusePlacement } from './place-replicas.js';
import { noError, type Refusal, refusal } from './refusal.js';
import { refuseTopicConfig, refuseTopicConfigs } from './topic-config.js';
import { refuseTopicName } from './topic-name.js';

interface Outcome {
  readonly records: readonly ClusterRecord[];
  readonly reply: CreateTopicsReply;
}

export function createTopics(image: ClusterImage, config: ClusterConfig, command: CreateTopicsCommand): Outcome {
  const records: ClusterRecord[] = [];
  const seen = new Set<string>();
  const twice = new Set(command.topics.map(({ name }) => name).filter(name => seen.size === seen.add(name).size));
  const accepted: string[] = [];
  let partitionCount = 0;
  const topics = [...seen].map(name => {
    const topic = command.topics.find(each => each.name === name)!;
    if (twice.has(name)) return refused(topic, refusal('INVALID_REQUEST', `the request names "${name}" twice`));
    const placed = refuseNewTopic(image, topic, accepted) ?? placePartitions(image, config, topic);
    if (!Array.isArray(placed)) return refused(topic, placed);
    const replicas = placed as readonly (readonly number[])[];
    partitionCount += replicas.length;
    if (partitionCount > config.createdPartitionsMax) {
      const message = `more than ${config.createdPartitionsMax} partitions in one request`;
      return refused(topic, refusal('POLICY_VIOLATION', message));
    }
    accepted.push(name);
    if (!command.validateOnly) records.push(...recordsOf(topic, replicas));
    return created(topic, replicas, command.validateOnly);
  });
  return { records, reply: { topics } };
}

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';

function refused({ name }: CreatableTopic, why: Refusal): CreatedTopic {
  return { name, topicId: zeroId, ...why, numPartitions: -1, replicationFactor: -1 };
}

function created(
  { name, topicId }: CreatableTopic,
  replicas: readonly (readonly number[])[],
  isValidation: boolean,
): CreatedTopic {
  const numPartitions = replicas.length;
  const replicationFactor = replicas[0]!.length;
  return { name, topicId: isValidation ? zeroId : topicId, ...noError, numPartitions, replicationFactor };
}

function refuseNewTopic(image: ClusterImage, topic: CreatableTopic, accepted: readonly string[]): Refusal | undefined {
  const existing = [...image.topicsByName.keys(), ...accepted];
  const wrongName = refuseTopicName(topic.name, existing);
  if (wrongName !== undefined) return wrongName;
  if (image.topic(topic.name) !== undefined) {
    return refusal('TOPIC_ALREADY_EXISTS', `there is a topic "${topic.name}" already`);
  }
  for (const { name, value } of topic.configs) {
    const wrongConfig = refuseTopicConfig(name, value);
    if (wrongConfig !== undefined) return wrongConfig;
  }
  return refuseTopicConfigs(new Map(topic.configs.map(({ name, value }) => [name, value ?? ''])));
}

function placePartitions(image: ClusterImage, config: ClusterConfig, topic: CreatableTopic): number[][] | Refusal {
  if (topic.assignments.length > 0) return placeAsAsked(image, topic);
  const { numPartitions, replicationFactor } = topic;
  if (numPartitions === 0 || numPartitions < -1) {
    return refusal('INVALID_PARTITIONS', `a topic has at least one partition, not ${numPartitions}`);
  }
  const brokerIds = [...image.brokers.keys()];
  const replicas = replicationFactor === -1 ? config.defaultReplicationFactor : replicationFactor;
  if (replicas < 1 || replicas > brokerIds.length) {
    const message = `replication factor ${replicas} is not between 1 and the number of brokers, ${brokerIds.length}`;
    return refusal('INVALID_REPLICATION_FACTOR', message);
  }
  const partitionCount = numPartitions === -1 ? config.numPartitions : numPartitions;
  if (partitionCount > config.createdPartitionsMax) {
    return refusal('POLICY_VIOLATION', `more than ${config.createdPartitionsMax} partitions in one request`);
  }
  return placeReplicas(brokerIds, { partitionCount, replicationFactor: replicas, from: image.topicsByName.size });
}

function placeAsAsked(image: ClusterImage, topic: CreatableTopic): number[][] | Refusal {
  if (topic.numPartitions !== -1 || topic.replicationFactor !== -1) {
    const message = 'with an assignment, the number of partitions and the replication factor must be -1';
    return refusal('INVALID_REQUEST', message);
  }
  const placed: number[][] = [];
  for (const { partitionIndex, brokerIds } of topic.assignments) placed[partitionIndex] = [...brokerIds];
  const areConsecutive = placed.length === topic.assignments.length && !placed.includes(undefined as never);
  if (!areConsecutive) {
    return refusal('INVALID_REPLICA_ASSIGNMENT', 'the assigned partitions must be 0, 1, 2, ... without a gap');
  }
  return refusePlacement(placed, image.brokers) ?? placed;
}

function recordsOf(topic: CreatableTopic, replicas: readonly (readonly number[])[]): ClusterRecord[] {
  const { name, topicId, configs } = topic;
  return [
    { kind: 'topic', name, topicId },
    ...configs.map(each => ({ kind: 'config', topic: name, name: each.name, value: each.value }) as const),
    ...replicas.map((brokerIds, partitionId) => newPartition(topicId, partitionId, brokerIds)),
  ];
}

export function newPartition(topicId: string, partitionId: number, replicas: readonly number[]): PartitionRecord {
  const leader = replicas[0]!;
  return {
    kind: 'partition',
    topicId,
    partitionId,
    replicas,
    isr: replicas,
    leader,
    leaderEpoch: 0,
    partitionEpoch: 0,
  };
}
