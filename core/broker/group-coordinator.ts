// Consumer groups of this broker: one shard for each partition of __consumer_offsets.

import type { GroupsConfig } from '../groups/groups-config.js';
import type { Ports } from '../ports/ports.js';
import type { ClusterCatalogue } from './cluster-catalogue.js';
import { CoordinatorShards } from './coordinator-shards.js';
import { createConsumerOffsets } from './create-missing-topics.js';
import { GroupNews } from './group-news.js';
import { GroupShard } from './group-shard.js';
import { internalTopics } from './internal-topics.js';
import { MachineLog } from './machine-log.js';
import { consumerOffsetsCodec } from './machine-record-codecs.js';
import { MemberTicks } from './member-ticks.js';
import type { TopicTable } from './topic-table.js';

export interface GroupCoordinatorParts {
  readonly topics: TopicTable;
  readonly catalogue: ClusterCatalogue;
  readonly config: GroupsConfig;
  /** Of __consumer_offsets, when it is made. */
  readonly partitionCount: number;
}

export class GroupCoordinator {
  readonly #topics: TopicTable;
  readonly #shards: CoordinatorShards<GroupShard>;
  readonly news: GroupNews;

  private constructor(topics: TopicTable, shards: CoordinatorShards<GroupShard>, news: GroupNews) {
    this.news = news;
    this.#topics = topics;
    this.#shards = shards;
  }

  static async open(ports: Ports, parts: GroupCoordinatorParts): Promise<GroupCoordinator> {
    const { topics, catalogue, config, partitionCount } = parts;
    const news = new GroupNews({
      ticks: new MemberTicks(ports.clock),
      topicsVersion: () => topics.version,
      beat: heartbeat => shards?.ofIfOpen(heartbeat.groupId)?.beat(heartbeat) ?? false,
    });
    let shards: CoordinatorShards<GroupShard> | undefined;
    shards = await CoordinatorShards.open<GroupShard>({
      topic: internalTopics.consumerOffsets,
      topics,
      createTopic: () => createConsumerOffsets(catalogue, partitionCount),
      openShard: partition => {
        const leaderEpoch = () => partition.leaderEpoch;
        const options = { codec: consumerOffsetsCodec, leaderEpoch, flushes: 'by-policy' } as const;
        return GroupShard.open(ports, new MachineLog(ports, partition.log, options), config, news);
      },
    });
    return new GroupCoordinator(topics, shards, news);
  }

  shards(): readonly GroupShard[] {
    return this.#shards.all;
  }

  shardOf(groupId: string): Promise<GroupShard> {
    return this.#shards.of(groupId);
  }

  /** The partition of __consumer_offsets that holds what the group commits. */
  partitionOf(groupId: string): Promise<number> {
    return this.#shards.partitionOf(groupId);
  }

  /** Drops offsets past their retention, and groups that then hold nothing. */
  async expireOffsets(): Promise<void> {
    for (const shard of this.#shards.all) await shard.run({ kind: 'expire-offsets' });
  }

  /** Those of these topics that are gone take the offsets along that were committed for them. */
  async forgetTopics(names: readonly string[]): Promise<void> {
    for (const shard of this.#shards.all) {
      const topics = names.filter(name => this.#topics.find(name) === undefined);
      if (topics.length > 0) await shard.run({ kind: 'forget-topics', topics });
    }
  }

  close(): void {
    this.news.close();
    this.#shards.close();
  }
}
