// The topics as this broker serves them: what the committed records of the metadata log say, with an open log for each partition.
// Kept by ClusterCatalogue; handlers only look things up.

import { ProtocolError } from '../base/errors.js';
import type { Partition } from './partition.js';

/** The id of no topic, as Kafka writes it. */
export const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA';

/** A topic is replaced by a new one of another id when it is deleted and created again. */
export interface Topic {
  readonly name: string;
  readonly id: string;
  readonly partitions: Partition[];
  /** Why nothing can be read or written at present: whether the topic was deleted is not known. */
  failure?: ProtocolError | undefined;
}

export class TopicTable {
  /** Counts changes. */
  version = 0;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();

  add(topic: Topic): void {
    this.version++;
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
  }

  remove(topic: Topic): void {
    this.version++;
    this.#byId.delete(topic.id);
    if (this.#byName.get(topic.name) === topic) this.#byName.delete(topic.name);
  }

  find(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  findById(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  /** By name. */
  all(): readonly Topic[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  *partitions(): Iterable<Partition> {
    for (const topic of this.#byName.values()) yield* topic.partitions;
  }

  require(name: string, index: number): Partition {
    return requirePartition(this.#byName.get(name), name, index);
  }

  /** Throws UNKNOWN_TOPIC_ID when no topic has the id, UNKNOWN_TOPIC_OR_PARTITION when it has no such partition. */
  requireById(id: string, index: number): Partition {
    const topic = this.#byId.get(id);
    if (topic === undefined) throw new ProtocolError('UNKNOWN_TOPIC_ID', `no topic has the id ${id}`);
    return requirePartition(topic, topic.name, index);
  }
}

function requirePartition(topic: Topic | undefined, name: string, index: number): Partition {
  const partition = topic?.partitions[index];
  if (partition === undefined) throw new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION', `there is no ${name}-${index}`);
  const failure = topic?.failure ?? partition.log.failure;
  if (failure !== undefined) throw failure;
  return partition;
}
