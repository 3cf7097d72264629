import { defaultLogConfig } from '../log/log-config.js';
import type { LogDirectory } from '../log/log-directory.js';
import type { Ports } from '../ports/ports.js';
import type { BrokerConfig } from './broker-config.js';
import type { BrokerNode } from './broker-node.js';
import { ClusterCatalogue } from './cluster-catalogue.js';
import { GroupCoordinator } from './group-coordinator.js';
import { internalTopics } from './internal-topics.js';
import { KeylessRecords } from './keyless-records.js';
import { MachineLog } from './machine-log.js';
import { clusterMetadataCodec } from './machine-record-codecs.js';
import { PartitionLogs } from './partition-logs.js';
import { PendingFetches } from './pending-fetches.js';
import { ProducerIds } from './producer-ids.js';
import { TimestampCheck } from './timestamp-bounds.js';
import { TopicTable } from './topic-table.js';
import { TransactionCoordinator } from './transaction-coordinator.js';
import { TransactionMarkers } from './transaction-markers.js';
import { randomTopicId, randomUuid } from './uuid.js';

/** Fixed by Kafka. */
const clusterMetadataTopicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
const clusterMetadataBatchBytesMax = 100 * 1024 * 1024;

/** Wires the parts of a broker over its data directory, in the order in which they need each other. */
export async function openBrokerNode(ports: Ports, config: BrokerConfig, directory: LogDirectory): Promise<BrokerNode> {
  const topics = new TopicTable();
  const pendingFetches = new PendingFetches(ports.clock, config.pendingFetchCountMax);
  // Drawn anew each time, so that no life of the broker repeats the ids of another.
  const incarnationId = randomTopicId(ports.random);
  const memberIds = ports.random.fork(`member ids ${incarnationId}`);
  let groups: GroupCoordinator | undefined;
  const forgetTopics = async (names: readonly string[]): Promise<void> => await groups?.forgetTopics(names);
  const onTopicRemoved = (name: string) => forgetTopics([name]).catch(config.report);
  directory.onFailed = (log, failure) => {
    config.report(failure);
    const partition = topics.find(log.topic)?.partitions[log.partition];
    if (partition !== undefined) pendingFetches.wake(partition);
  };
  const catalogue = await ClusterCatalogue.open(ports, {
    config,
    incarnationId,
    machineLog: openClusterMetadata(ports, directory),
    partitionLogs: new PartitionLogs({ directory, topics, pendingFetches, report: config.report, onTopicRemoved }),
    forgetTopics,
  });
  groups = await GroupCoordinator.open(ports, {
    topics,
    catalogue,
    partitionCount: config.offsetsTopicPartitionCount,
    config: groupsConfig(config),
  });
  const producerIds = new ProducerIds(() => catalogue.allocateProducerIds());
  const transactionMarkers = new TransactionMarkers(ports, topics, groups);
  const transactions = await TransactionCoordinator.open(ports, {
    topics,
    catalogue,
    producerIds,
    markers: transactionMarkers,
    report: config.report,
    partitionCount: config.transactionTopicPartitionCount,
    config: {
      maxTimeoutMs: config.transactionMaxTimeoutMs,
      transactionalIdExpirationMs: config.transactionalIdExpirationMs,
    },
  });
  return {
    ports,
    config,
    clusterId: directory.clusterId,
    directory,
    topics,
    catalogue,
    groups,
    transactions,
    transactionMarkers,
    producerIds,
    pendingFetches,
    keylessRecords: new KeylessRecords(ports.compression),
    timestampCheck: new TimestampCheck(ports.compression),
    randomUuid: () => randomUuid(memberIds),
  };
}

function openClusterMetadata(ports: Ports, directory: LogDirectory) {
  const { flush: _flush, ...defaults } = defaultLogConfig;
  const log = directory.openLog({
    topic: internalTopics.clusterMetadata,
    partition: 0,
    topicId: clusterMetadataTopicId,
    config: { ...defaults, retentionMs: -1, retentionBytes: -1, maxMessageBytes: clusterMetadataBatchBytesMax },
  });
  return new MachineLog(ports, log, { codec: clusterMetadataCodec, leaderEpoch: () => 0, flushes: 'always' });
}

function groupsConfig(config: BrokerConfig) {
  return {
    initialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
    minSessionTimeoutMs: config.groupMinSessionTimeoutMs,
    maxSessionTimeoutMs: config.groupMaxSessionTimeoutMs,
    maxSize: config.groupMaxSize,
    newMemberJoinTimeoutMs: 5 * 60_000,
    offsetsRetentionMs: config.offsetsRetentionMs,
    offsetMetadataBytesMax: 4_096,
  };
}
