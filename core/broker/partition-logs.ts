// Brings the partition logs in the data directory, and the topic table, in line with the committed cluster metadata: opens what a
// record adds, hands on what it changes, removes what it takes away. What lies on disk and belongs to no topic any more (the process
// died between the record and the removal) is removed when the broker opens.

import { ProtocolError } from '../base/errors.js';
import type { LogDirectory } from '../log/log-directory.js';
import type { PartitionLog } from '../log/partition-log.js';
import type { ClusterImage, TopicImage } from '../metadata/cluster-image.js';
import type { ClusterRecord } from '../metadata/cluster-record.js';
import { internalTopics } from './internal-topics.js';
import type { Partition } from './partition.js';
import type { PendingFetches } from './pending-fetches.js';
import { batchRules, topicLogConfig } from './topic-log-config.js';
import type { Topic, TopicTable } from './topic-table.js';

export interface PartitionLogsParts {
  readonly directory: LogDirectory;
  readonly topics: TopicTable;
  readonly pendingFetches: PendingFetches;
  readonly report: (problem: Error) => void;
  /** A topic is gone, and its offsets in groups go too, before the deletion is answered. */
  readonly onTopicRemoved: (name: string) => Promise<void>;
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
    for (const record of records) if (record.kind === 'remove-topic') await this.#remove(record.topicId);
    for (const name of changedTopics(records, image)) {
      const topic = image.topic(name);
      if (topic === undefined) continue;
      if (topics.find(name) === undefined) await this.#settleRemoval(name);
      this.#open(topic);
    }
  }

  /**
   * A deletion that failed may still turn out to have happened when the log is opened again: until that is settled (`failure` is
   * undefined), nothing of the topic may be acknowledged.
   */
  suspend(records: readonly ClusterRecord[], failure: ProtocolError | undefined): void {
    const { topics, pendingFetches } = this.#parts;
    for (const record of records) {
      const topic = record.kind === 'remove-topic' ? topics.findById(record.topicId) : undefined;
      if (topic === undefined) continue;
      topic.failure = failure;
      for (const partition of topic.partitions) pendingFetches.wake(partition);
    }
  }

  /** Opens what is not open yet and hands the present configs and leader epochs to all partitions. */
  #open(image: TopicImage): void {
    const { topics } = this.#parts;
    const { name, topicId, configs } = image;
    const topic: Topic = topics.findById(topicId) ?? { name, id: topicId, partitions: [] };
    const config = topicLogConfig(configs);
    for (const { partitionId, leaderEpoch } of image.partitions) {
      const open = topic.partitions[partitionId];
      if (open === undefined) {
        const log = this.#openLog(topic, { topic: name, partition: partitionId, topicId, config });
        const partition = { log, leaderEpoch: epochOf(log, leaderEpoch), ...batchRules(configs) };
        this.#listen(partition);
        topic.partitions.push(partition);
      } else {
        open.log.config = { ...open.log.config, ...config };
        open.leaderEpoch = epochOf(open.log, leaderEpoch);
        Object.assign(open, batchRules(configs));
      }
    }
    topics.add(topic);
  }

  /** When it cannot be opened, the topic is there and says why it cannot be used. */
  #openLog(topic: Topic, wanted: Parameters<LogDirectory['openLog']>[0]): PartitionLog {
    try {
      return this.#parts.directory.openLog(wanted);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `${wanted.topic}-${wanted.partition} cannot be opened: ${reason}. Mend it, then open the log again`;
      topic.failure = new ProtocolError('KAFKA_STORAGE_ERROR', message, { cause });
      this.#parts.topics.add(topic);
      throw topic.failure;
    }
  }

  #listen(partition: Partition): void {
    const { log } = partition;
    const wake = () => this.#parts.pendingFetches.wake(partition);
    if (log.config.flush.kind === 'commit') log.onFlushed = wake;
    else log.onAppended = wake;
  }

  async #remove(topicId: string): Promise<void> {
    const { topics, pendingFetches, onTopicRemoved } = this.#parts;
    const topic = topics.findById(topicId);
    if (topic === undefined) return;
    topics.remove(topic);
    for (const partition of topic.partitions) pendingFetches.wake(partition);
    const removal = this.#removeFiles(topic);
    this.#removals.set(topic.name, removal);
    await onTopicRemoved(topic.name);
  }

  async #settleRemoval(name: string): Promise<void> {
    await this.#removals.get(name);
    this.#removals.delete(name);
  }

  /** What cannot be removed is reported, and removed when the broker is opened again. */
  async #removeFiles({ name, partitions }: Topic): Promise<void> {
    for (const index of partitions.keys()) {
      await this.#parts.directory.removeLog(name, index).catch(this.#parts.report);
    }
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
