// Brings the partition logs in the data directory, and the topic table, in line with the committed cluster metadata: opens what a
// record adds, hands on what it changes, removes what it takes away. What lies on disk and belongs to no topic any more (the process
// died between the record and the removal) is removed when the broker opens.

import type { LogDirectory } from '../log/log-directory.js';
import type { PartitionLog } from '../log/partition-log.js';
import type { ClusterImage, TopicImage } from '../metadata/cluster-image.js';
import type { ClusterRecord } from '../metadata/cluster-record.js';
import { internalTopics } from './internal-topics.js';
import type { Partition } from './partition.js';
import type { PendingFetches } from './pending-fetches.js';
import { isCompacted, topicLogConfig } from './topic-log-config.js';
import type { Topic, TopicTable } from './topic-table.js';

export interface PartitionLogsParts {
  readonly directory: LogDirectory;
  readonly topics: TopicTable;
  readonly pendingFetches: PendingFetches;
  /** A topic is gone; its offsets in groups may go too. */
  readonly onTopicRemoved: (name: string) => void;
}

export class PartitionLogs {
  readonly #parts: PartitionLogsParts;
  /** Removals that are under way, by topic: the same name may only be created behind them. */
  readonly #removals = new Map<string, Promise<void>>();

  constructor(parts: PartitionLogsParts) {
    this.#parts = parts;
  }

  async openAll(image: ClusterImage): Promise<void> {
    await this.#removeStrays(image);
    for (const topic of image.topicsByName.values()) this.#open(topic);
  }

  /** `image` is what the records have led to. */
  async follow(records: readonly ClusterRecord[], image: ClusterImage): Promise<void> {
    const { topics } = this.#parts;
    for (const record of records) if (record.kind === 'remove-topic') this.#remove(record.topicId);
    for (const name of changedTopics(records, image)) {
      const topic = image.topic(name);
      if (topic === undefined) continue;
      if (topics.find(name) === undefined) await this.#removals.get(name);
      this.#open(topic);
    }
  }

  /** Opens what is not open yet and hands the present configs and leader epochs to all partitions. */
  #open(image: TopicImage): void {
    const { topics, directory } = this.#parts;
    const { name, topicId, configs } = image;
    const topic: Topic = topics.findById(topicId) ?? { name, id: topicId, partitions: [] };
    const config = topicLogConfig(configs);
    for (const { partitionId, leaderEpoch } of image.partitions) {
      const open = topic.partitions[partitionId];
      if (open === undefined) {
        const log = directory.openLog({ topic: name, partition: partitionId, topicId, config });
        const partition = { log, leaderEpoch: epochOf(log, leaderEpoch), isCompacted: isCompacted(configs) };
        this.#listen(partition);
        topic.partitions.push(partition);
      } else {
        open.log.config = { ...open.log.config, ...config };
        open.leaderEpoch = epochOf(open.log, leaderEpoch);
        open.isCompacted = isCompacted(configs);
      }
    }
    topics.add(topic);
  }

  #listen(partition: Partition): void {
    const { log } = partition;
    const wake = () => this.#parts.pendingFetches.wake(partition);
    if (log.config.flush.kind === 'commit') log.onFlushed = wake;
    else log.onAppended = wake;
  }

  #remove(topicId: string): void {
    const { topics, directory, pendingFetches, onTopicRemoved } = this.#parts;
    const topic = topics.findById(topicId);
    if (topic === undefined) return;
    topics.remove(topic);
    for (const partition of topic.partitions) pendingFetches.wake(partition);
    const removal = Promise.all(topic.partitions.map((_, index) => directory.removeLog(topic.name, index))).then(() => {
      if (this.#removals.get(topic.name) === removal) this.#removals.delete(topic.name);
    });
    this.#removals.set(topic.name, removal);
    onTopicRemoved(topic.name);
  }

  async #removeStrays(image: ClusterImage): Promise<void> {
    const { directory } = this.#parts;
    for (const { topic, partition, topicId } of directory.partitionsOnDisk()) {
      if (topic === internalTopics.clusterMetadata || image.topic(topic)?.topicId === topicId) continue;
      await directory.removeLog(topic, partition);
    }
  }
}

/** Never behind what the log has: a batch of an older epoch would be refused. */
function epochOf(log: PartitionLog, leaderEpoch: number): number {
  return Math.max(leaderEpoch, log.latestLeaderEpoch);
}

/** Names of the topics that these records added or changed, in their order. */
function changedTopics(records: readonly ClusterRecord[], image: ClusterImage): Set<string> {
  const names = new Set<string>();
  for (const record of records) {
    if (record.kind === 'topic') names.add(record.name);
    else if (record.kind === 'config') names.add(record.topic);
    else if (record.kind === 'partition' || record.kind === 'partition-change') {
      const name = image.topicById(record.topicId)?.name;
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}
