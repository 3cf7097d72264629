import { AssertionFailure } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import type {
  ClusterDescription,
  ConfigEntry,
  GroupDescription,
  GroupListing,
  NewTopic,
  OffsetSpec,
  TopicDescription,
  TopicListing,
} from './admin-types.js';
import type { OffsetAtTime, PartitionOffset } from './consumer-options.js';
import type { Place } from './place.js';
import type { TopicPartition } from './topic.js';

export class Admin implements AsyncDisposable {
  readonly ports: Ports;
  readonly place: Place;

  constructor(ports: Ports, place: Place) {
    this.ports = ports;
    this.place = place;
  }

  /** Rejects with the first topic that could not be created (TOPIC_ALREADY_EXISTS unless `ifNotExists`); the others are. */
  createTopics(_topics: readonly NewTopic[], _options?: { ifNotExists?: boolean }): Promise<void> {
    throw notBuilt();
  }

  deleteTopics(_names: readonly string[]): Promise<void> {
    throw notBuilt();
  }

  /** Sorted by name; internal ones only with `withInternal`. */
  listTopics(_options?: { withInternal?: boolean }): Promise<readonly TopicListing[]> {
    throw notBuilt();
  }

  /** In the order asked. Rejects with UsageError for a topic that does not exist. */
  describeTopics(_names: readonly string[]): Promise<readonly TopicDescription[]> {
    throw notBuilt();
  }

  /** `count` is the total afterwards. */
  createPartitions(_topic: string, _count: number): Promise<void> {
    throw notBuilt();
  }

  describeConfigs(_topic: string): Promise<readonly ConfigEntry[]> {
    throw notBuilt();
  }

  /** null takes a config back to its default. */
  alterConfigs(_topic: string, _configs: Readonly<Record<string, string | null>>): Promise<void> {
    throw notBuilt();
  }

  /** Deletes all records below these offsets; returns the new starts. */
  deleteRecords(_before: readonly PartitionOffset[]): Promise<readonly PartitionOffset[]> {
    throw notBuilt();
  }

  listGroups(): Promise<readonly GroupListing[]> {
    throw notBuilt();
  }

  /** With members, committed offsets and lag. Rejects with UsageError for a group that does not exist. */
  describeGroups(_groupIds: readonly string[]): Promise<readonly GroupDescription[]> {
    throw notBuilt();
  }

  deleteGroups(_groupIds: readonly string[]): Promise<void> {
    throw notBuilt();
  }

  /** In the order asked; undefined where a time lies behind the last record. */
  listOffsets(_partitions: readonly TopicPartition[], _at: OffsetSpec): Promise<readonly (OffsetAtTime | undefined)[]> {
    throw notBuilt();
  }

  describeCluster(): Promise<ClusterDescription> {
    throw notBuilt();
  }

  close(): Promise<void> {
    throw notBuilt();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function notBuilt(): AssertionFailure {
  return new AssertionFailure('the admin client is not built yet');
}
