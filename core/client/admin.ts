// Topics, configs, groups and offsets, for tools and start-up code.

import { UsageError } from '../base/errors.js';
import { kafkaErrors } from '../base/kafka-errors.js';
import type { Ports } from '../ports/ports.js';
import { metadata } from '../protocol/03-metadata.js';
import { createTopics } from '../protocol/19-create-topics.js';
import { deleteTopics } from '../protocol/20-delete-topics.js';
import { deleteRecords } from '../protocol/21-delete-records.js';
import { describeConfigs } from '../protocol/32-describe-configs.js';
import { createPartitions } from '../protocol/37-create-partitions.js';
import { incrementalAlterConfigs } from '../protocol/44-incremental-alter-configs.js';
import { describeCluster } from '../protocol/60-describe-cluster.js';
import type { Api, RequestOf, ResponseOf } from '../protocol/api.js';
import { AdminGroups } from './admin-groups.js';
import { AdminTransactions } from './admin-transactions.js';
import type {
  ClusterDescription,
  ConfigEntry,
  GroupDescription,
  GroupListing,
  NewTopic,
  OffsetSpec,
  PartitionProducers,
  TopicDescription,
  TopicListing,
  TransactionDescription,
  TransactionListing,
} from './admin-types.js';
import { ClusterView, type TopicView } from './cluster-view.js';
import type { OffsetAtTime, OffsetToCommit, PartitionOffset } from './consumer-options.js';
import { groupBy } from './group-by.js';
import { askLeaders } from './leader-requests.js';
import { anyNode, NodeConnections } from './node-connections.js';
import { endTimestamp, lookUpOffsets, startTimestamp } from './offset-lookup.js';
import type { Place } from './place.js';
import { refusal, requireSuccess } from './refusal.js';
import { withRetries } from './retry.js';
import type { TopicPartition } from './topic.js';
import { isGone, isThere, TopicSettlement } from './topic-settlement.js';

const requestTimeoutMs = 30_000;
const topicResource = 2;
const setConfig = 0;
const unsetConfig = 1;
/** The source of a config that is set for the topic. */
const topicSource = 1;
/** The source of a config that nobody has set. */
const defaultSource = 5;

export class Admin implements AsyncDisposable {
  readonly #ports: Ports;
  readonly #nodes: NodeConnections;
  readonly #cluster: ClusterView;
  readonly #groups: AdminGroups;
  readonly #settlement: TopicSettlement;
  readonly #transactions: AdminTransactions;
  #controller: number | undefined;

  constructor(ports: Ports, place: Place) {
    this.#ports = ports;
    this.#nodes = new NodeConnections(place);
    this.#cluster = new ClusterView(ports, this.#nodes);
    this.#settlement = new TopicSettlement(ports, this.#nodes);
    this.#groups = new AdminGroups(ports, place, { nodes: this.#nodes, cluster: this.#cluster });
    this.#transactions = new AdminTransactions(ports, place, { nodes: this.#nodes, cluster: this.#cluster });
  }

  /** Creates each of them that can be; rejects with the first that could not (TOPIC_ALREADY_EXISTS is none with `ifNotExists`). */
  async createTopics(topics: readonly NewTopic[], options: { ifNotExists?: boolean } = {}): Promise<void> {
    const request = createTopics.request({
      topics: topics.map(({ name, partitions, replicationFactor, configs }) => ({
        name,
        numPartitions: partitions ?? -1,
        replicationFactor: replicationFactor ?? -1,
        configs: Object.entries(configs ?? {}).map(([config, value]) => ({ name: config, value })),
      })),
      timeoutMs: requestTimeoutMs,
    });
    const names = topics.map(({ name }) => name);
    const answer = await this.#change(createTopics, request, ({ topics }) => topics);
    for (const { name, errorCode, errorMessage } of answer.topics) {
      if (options.ifNotExists && errorCode === kafkaErrors.TOPIC_ALREADY_EXISTS.code) continue;
      requireSuccess(errorCode, `creating topic "${name}"`, errorMessage);
    }
    await this.#settlement.topics(names, topic => isThere(topic));
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#cluster.refresh(names); // names the nearest topic when there is none
    const request = deleteTopics.request({
      topics: names.map(name => ({ name })),
      topicNames: names,
      timeoutMs: requestTimeoutMs,
    });
    const answer = await this.#change(deleteTopics, request, ({ responses }) => responses);
    for (const { name, errorCode, errorMessage } of answer.responses) {
      requireSuccess(errorCode, `deleting topic "${name}"`, errorMessage);
    }
    await this.#settlement.topics(names, isGone);
  }

  /** Sorted by name; internal ones only with `withInternal`. */
  async listTopics(options: { withInternal?: boolean } = {}): Promise<readonly TopicListing[]> {
    const views = await this.#cluster.all();
    return views
      .filter(view => options.withInternal || !view.isInternal)
      .map(({ name, topicId, isInternal, partitions }) => ({
        name,
        topicId,
        isInternal,
        partitionCount: partitions.length,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** In the order asked. Rejects with UsageError for a topic that does not exist. */
  async describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]> {
    if (names.length === 0) return [];
    const views = new Map((await this.#cluster.refresh(names)).map(view => [view.name, view]));
    return names.map(name => topicDescription(views.get(name)!));
  }

  /** `count` is the total afterwards. */
  async createPartitions(topic: string, count: number): Promise<void> {
    await this.#cluster.refresh([topic]);
    const request = createPartitions.request({
      topics: [{ name: topic, count, assignments: null }],
      timeoutMs: requestTimeoutMs,
    });
    const answer = await this.#change(createPartitions, request, ({ results }) => results);
    for (const { errorCode, errorMessage } of answer.results) {
      requireSuccess(errorCode, `adding partitions to topic "${topic}"`, errorMessage);
    }
    await this.#settlement.topics([topic], seen => isThere(seen, count));
  }

  /** All configs of a topic, defaults included. */
  async describeConfigs(topic: string): Promise<readonly ConfigEntry[]> {
    await this.#cluster.refresh([topic]);
    const resource = { resourceType: topicResource, resourceName: topic, configurationKeys: null };
    const answer = await this.#send(describeConfigs, describeConfigs.request({ resources: [resource] }));
    return answer.results.flatMap(({ errorCode, errorMessage, configs }) => {
      requireSuccess(errorCode, `configs of topic "${topic}"`, errorMessage);
      return configs.map(({ name, value, configSource, readOnly, isSensitive }) => ({
        name,
        value,
        isDefault: configSource === defaultSource,
        isReadOnly: readOnly,
        isSensitive,
      }));
    });
  }

  /** null takes a config back to its default; those that are not named stay. */
  async alterConfigs(topic: string, configs: Readonly<Record<string, string | null>>): Promise<void> {
    await this.#cluster.refresh([topic]);
    const changes = Object.entries(configs).map(([name, value]) => ({
      name,
      configOperation: value === null ? unsetConfig : setConfig,
      value,
    }));
    const resource = { resourceType: topicResource, resourceName: topic, configs: changes };
    const request = incrementalAlterConfigs.request({ resources: [resource] });
    const answer = await this.#change(incrementalAlterConfigs, request, ({ responses }) => responses);
    for (const { errorCode, errorMessage } of answer.responses) {
      requireSuccess(errorCode, `configs of topic "${topic}"`, errorMessage);
    }
    await this.#settlement.configs(topic, seen =>
      Object.entries(configs).every(([name, value]) => {
        const found = seen.configs.find(config => config.name === name);
        const isTopics = found?.configSource === topicSource;
        return value === null ? !isTopics : isTopics && found.value === value;
      }),
    );
  }

  /** Deletes all records below these offsets; returns the new starts, in the order asked. */
  deleteRecords(before: readonly PartitionOffset[]): Promise<readonly PartitionOffset[]> {
    return askLeaders(this.#ports, this.#cluster, before, async (leader, group) => {
      const topics = [...groupBy(group, ({ topic }) => topic)].map(([name, partitions]) => ({
        name,
        partitions: partitions.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
      }));
      const request = deleteRecords.request({ topics, timeoutMs: requestTimeoutMs });
      const answer = await this.#nodes.send(leader, deleteRecords, request);
      return answer.topics.flatMap(({ name: topic, partitions }) =>
        partitions.map(({ partitionIndex: partition, errorCode, lowWatermark: offset }) => {
          requireSuccess(errorCode, `deleting records of ${topic}-${partition}`);
          return { topic, partition, offset };
        }),
      );
    });
  }

  /** Of all coordinators, sorted by id. */
  listTransactions(): Promise<readonly TransactionListing[]> {
    return this.#transactions.list();
  }

  /** In the order asked. Rejects with UsageError for a transactional id that does not exist. */
  describeTransactions(transactionalIds: readonly string[]): Promise<readonly TransactionDescription[]> {
    return Promise.all(transactionalIds.map(id => this.#transactions.describe(id)));
  }

  /** Who writes to these partitions, and which open transactions hold their last stable offset back; in the order asked. */
  describeProducers(partitions: readonly TopicPartition[]): Promise<readonly PartitionProducers[]> {
    return this.#transactions.producers(partitions);
  }

  listGroups(): Promise<readonly GroupListing[]> {
    return this.#groups.list();
  }

  /** With members, committed offsets and lag. Rejects with UsageError for a group that does not exist. */
  describeGroups(groupIds: readonly string[]): Promise<readonly GroupDescription[]> {
    return this.#groups.describe(groupIds);
  }

  /** Rejects with NON_EMPTY_GROUP for one that has members, with UsageError for one that does not exist. */
  deleteGroups(groupIds: readonly string[]): Promise<void> {
    return this.#groups.delete(groupIds);
  }

  /** Moves where the group goes on; others of its offsets stay. A group that does not exist is made. Rejects with NON_EMPTY_GROUP while it has members. */
  alterGroupOffsets(groupId: string, offsets: readonly OffsetToCommit[]): Promise<void> {
    return this.#groups.alterOffsets(groupId, offsets);
  }

  /** Forgets what the group has committed there. Rejects with GROUP_SUBSCRIBED_TO_TOPIC where a member reads the topic, with UsageError for a group that does not exist. */
  deleteGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void> {
    return this.#groups.deleteOffsets(groupId, partitions);
  }

  /** In the order asked; undefined where a time lies behind the last record. */
  async listOffsets(
    partitions: readonly TopicPartition[],
    at: OffsetSpec,
  ): Promise<readonly (OffsetAtTime | undefined)[]> {
    const timestamp = at === 'start' ? startTimestamp : at === 'end' ? endTimestamp : at;
    if (!Number.isSafeInteger(timestamp)) throw new UsageError(`${at} is no time: give ms since the epoch`);
    const way = { nodes: this.#nodes, cluster: this.#cluster };
    const found = await lookUpOffsets(this.#ports, way, partitions, timestamp);
    return found.map(offset => (offset.offset < 0 ? undefined : offset));
  }

  async describeCluster(): Promise<ClusterDescription> {
    const answer = await this.#send(describeCluster, describeCluster.request());
    requireSuccess(answer.errorCode, 'describing the cluster', answer.errorMessage);
    const brokers = answer.brokers.map(({ brokerId: nodeId, host, port }) => ({ nodeId, host, port }));
    return { clusterId: answer.clusterId, controllerId: answer.controllerId, brokers };
  }

  async close(): Promise<void> {
    await Promise.all([this.#nodes.close(), this.#groups.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Asks the controller. Brokers that forward to it are as good; those that do not name themselves. */
  #change<A extends Api>(
    api: A,
    request: RequestOf<A>,
    partsOf: (answer: ResponseOf<A>) => readonly { readonly errorCode: number }[],
  ): Promise<ResponseOf<A>> {
    return withRetries(this.#ports, {}, async () => {
      const answer = await this.#nodes.send(this.#controller ?? anyNode, api, request);
      const isElsewhere = partsOf(answer).some(({ errorCode }) => errorCode === kafkaErrors.NOT_CONTROLLER.code);
      if (!isElsewhere) return answer;
      const { controllerId } = await this.#nodes.send(anyNode, metadata, metadata.request({ topics: [] }));
      this.#controller = controllerId < 0 ? undefined : controllerId;
      throw refusal(kafkaErrors.NOT_CONTROLLER.code, api.name);
    });
  }

  #send<A extends Api>(api: A, request: RequestOf<A>): Promise<ResponseOf<A>> {
    return withRetries(this.#ports, {}, () => this.#nodes.send(anyNode, api, request));
  }
}

function topicDescription({ name, topicId, isInternal, partitions }: TopicView): TopicDescription {
  return {
    name,
    topicId,
    isInternal,
    partitions: partitions.map(({ leaderId, leaderEpoch, replicas, inSyncReplicas }, partition) => ({
      partition,
      leader: leaderId,
      leaderEpoch,
      replicas,
      inSyncReplicas,
    })),
  };
}
