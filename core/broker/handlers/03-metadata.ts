// Brokers, topics and who leads their partitions: here, always this broker. Names only what is committed.

import { ProtocolError } from '../../base/errors.js';
import { metadata } from '../../protocol/03-metadata.js';
import type { RequestOf, ResponseOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { createMissing } from '../create-missing-topics.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';
import { isInternalTopic } from '../internal-topics.js';
import type { RequestContext } from '../request-context.js';
import { noTopicId, type Topic } from '../topic-table.js';

type Request = RequestOf<typeof metadata>;
type Asked = NonNullable<Request['topics']>[number];
type TopicResponse = ResponseOf<typeof metadata>['topics'][number];

/** Below this version the client has no say in whether a missing topic is created. */
const autoCreateChoiceFromVersion = 4;
const notAskedFor = -2147483648;

export const metadataHandler = handler(metadata, async (node, request, context) => {
  const { nodeId, host, port } = node.config;
  return {
    throttleTimeMs: 0,
    brokers: [{ nodeId, host, port, rack: null }],
    clusterId: node.clusterId,
    controllerId: nodeId,
    topics: await topicsOf(node, request, context),
    clusterAuthorizedOperations: notAskedFor,
  };
});

async function topicsOf(node: BrokerNode, request: Request, context: RequestContext): Promise<TopicResponse[]> {
  const asked = request.topics;
  if (asked === null || (context.apiVersion === 0 && asked.length === 0)) {
    return node.topics.all().map(topic => described(node, topic));
  }
  const missing = asked.filter(each => find(node, each) === undefined && isNamed(each)).map(({ name }) => name!);
  const refusals = await autoCreate(node, missing, request, context);
  return asked.map(each => {
    const topic = find(node, each);
    return topic === undefined ? absent(each, refusals) : described(node, topic);
  });
}

function isNamed({ name, topicId }: Asked): boolean {
  return name !== null && topicId === noTopicId;
}

function find(node: BrokerNode, { name, topicId }: Asked): Topic | undefined {
  return topicId === noTopicId ? node.topics.find(name ?? '') : node.topics.findById(topicId);
}

/** Creates what may be created. Returns why the others could not be, by name. */
async function autoCreate(
  node: BrokerNode,
  names: readonly string[],
  request: Request,
  context: RequestContext,
): Promise<ReadonlyMap<string, ProtocolError>> {
  const isWanted = context.apiVersion < autoCreateChoiceFromVersion || request.allowAutoTopicCreation;
  if (names.length === 0 || !isWanted || !node.config.autoCreateTopics) return new Map();
  return createMissing(node.catalogue, names);
}

function described(node: BrokerNode, topic: Topic): TopicResponse {
  const replicas = [node.config.nodeId];
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map((partition, partitionIndex) => ({
      errorCode: 0,
      partitionIndex,
      leaderId: node.config.nodeId,
      leaderEpoch: partition.leaderEpoch,
      replicaNodes: replicas,
      isrNodes: replicas,
      offlineReplicas: [],
    })),
    topicAuthorizedOperations: notAskedFor,
  };
}

function absent({ name, topicId }: Asked, refusals: ReadonlyMap<string, ProtocolError>): TopicResponse {
  const isById = topicId !== noTopicId;
  const error =
    refusals.get(name ?? '') ??
    (isById
      ? new ProtocolError('UNKNOWN_TOPIC_ID', `no topic has the id ${topicId}`)
      : new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name}`));
  return {
    errorCode: errorCode(error),
    name,
    topicId,
    isInternal: false,
    partitions: [],
    topicAuthorizedOperations: notAskedFor,
  };
}
