// The shards of a coordinator: one for each partition of its internal topic, which is made when somebody first asks for it. An id belongs
// to the shard that Kafka's hash names.

import type { internalTopics } from './internal-topics.js';
import { javaHash } from './java-hash.js';
import type { Partition } from './partition.js';
import type { TopicTable } from './topic-table.js';

export interface CoordinatorShardsParts<S> {
  readonly topic: (typeof internalTopics)[keyof typeof internalTopics];
  readonly topics: TopicTable;
  readonly createTopic: () => Promise<void>;
  readonly openShard: (partition: Partition) => Promise<S>;
}

export class CoordinatorShards<S extends { close(): void }> {
  readonly #parts: CoordinatorShardsParts<S>;
  #shards: readonly S[] = [];
  #opening: Promise<void> | undefined;
  #isClosed = false;

  private constructor(parts: CoordinatorShardsParts<S>) {
    this.#parts = parts;
  }

  static async open<S extends { close(): void }>(parts: CoordinatorShardsParts<S>): Promise<CoordinatorShards<S>> {
    const shards = new CoordinatorShards(parts);
    if (parts.topics.find(parts.topic) !== undefined) await shards.#openShards();
    return shards;
  }

  /** None before anybody has asked for one. */
  get all(): readonly S[] {
    return this.#shards;
  }

  /** The number of the partition that the id belongs to. */
  async partitionOf(id: string): Promise<number> {
    if (this.#shards.length === 0) {
      this.#opening ??= this.#create().finally(() => {
        this.#opening = undefined;
      });
      await this.#opening;
    }
    return javaHash(id) % this.#shards.length;
  }

  async of(id: string): Promise<S> {
    const partition = await this.partitionOf(id);
    return this.#shards[partition]!;
  }

  /** undefined as long as there are no shards. */
  ofIfOpen(id: string): S | undefined {
    return this.#shards[javaHash(id) % this.#shards.length];
  }

  close(): void {
    this.#isClosed = true;
    for (const shard of this.#shards) shard.close();
  }

  async #create(): Promise<void> {
    await this.#parts.createTopic();
    await this.#openShards();
  }

  async #openShards(): Promise<void> {
    const shards: S[] = [];
    const { topics, topic, openShard } = this.#parts;
    for (const partition of topics.find(topic)!.partitions) shards.push(await openShard(partition));
    this.#shards = shards;
    if (this.#isClosed) this.close();
  }
}
