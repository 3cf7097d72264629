// Consumer groups of this broker: one shard for each partition of __consumer_offsets. The topic is made when the first group asks for it.

import type { GroupsConfig } from '../groups/groups-config.js';
import type { Ports } from '../ports/ports.js';
import type { ClusterCatalogue } from './cluster-catalogue.js';
import { createConsumerOffsets } from './create-missing-topics.js';
import { GroupShard } from './group-shard.js';
import { internalTopics } from './internal-topics.js';
import { MachineLog } from './machine-log.js';
import { consumerOffsetsCodec } from './machine-record-codecs.js';
import type { TopicTable } from './topic-table.js';

export interface GroupCoordinatorParts {
  readonly topics: TopicTable;
  readonly catalogue: ClusterCatalogue;
  readonly config: GroupsConfig;
  /** Of __consumer_offsets, when it is made. */
  readonly partitionCount: number;
}

export class GroupCoordinator {
  readonly #ports: Ports;
  readonly #parts: GroupCoordinatorParts;
  #shards: readonly GroupShard[] = [];
  #opening: Promise<void> | undefined;
  #isClosed = false;

  private constructor(ports: Ports, parts: GroupCoordinatorParts) {
    this.#ports = ports;
    this.#parts = parts;
  }

  static async open(ports: Ports, parts: GroupCoordinatorParts): Promise<GroupCoordinator> {
    const coordinator = new GroupCoordinator(ports, parts);
    if (parts.topics.find(internalTopics.consumerOffsets) !== undefined) await coordinator.#openShards();
    return coordinator;
  }

  shards(): readonly GroupShard[] {
    return this.#shards;
  }

  async shardOf(groupId: string): Promise<GroupShard> {
    if (this.#shards.length === 0) {
      this.#opening ??= this.#create().finally(() => {
        this.#opening = undefined;
      });
      await this.#opening;
    }
    return this.#shards[Math.abs(javaHash(groupId)) % this.#shards.length]!;
  }

  /** Drops offsets past their retention, and groups that then hold nothing. */
  async expireOffsets(): Promise<void> {
    for (const shard of this.#shards) await shard.run({ kind: 'expire-offsets' });
  }

  /** Those of these topics that are gone take the offsets along that were committed for them. */
  async forgetTopics(names: readonly string[]): Promise<void> {
    for (const shard of this.#shards) {
      const topics = names.filter(name => this.#parts.topics.find(name) === undefined);
      if (topics.length > 0) await shard.run({ kind: 'forget-topics', topics });
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const shard of this.#shards) shard.close();
  }

  async #create(): Promise<void> {
    await createConsumerOffsets(this.#parts.catalogue, this.#parts.partitionCount);
    await this.#openShards();
  }

  async #openShards(): Promise<void> {
    const { partitions } = this.#parts.topics.find(internalTopics.consumerOffsets)!;
    const shards: GroupShard[] = [];
    for (const partition of partitions) {
      const machineLog = new MachineLog(this.#ports, partition.log, {
        codec: consumerOffsetsCodec,
        leaderEpoch: () => partition.leaderEpoch,
        flushes: 'by-policy',
      });
      shards.push(await GroupShard.open(this.#ports, machineLog, this.#parts.config));
    }
    this.#shards = shards;
    if (this.#isClosed) this.close();
  }
}

/** String.hashCode of Java: which partition of __consumer_offsets a group belongs to is part of the format. */
function javaHash(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  // Kafka takes 0 for the one value that has no absolute value.
  return hash === -0x80000000 ? 0 : hash;
}
