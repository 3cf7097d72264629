import type { Serde } from '../serdes/serde.js';
import type { AssignorName, PartitionAssignor } from './assignors/partition-assignor.js';
import type { Topic, TopicPartition } from './topic.js';

/** Where to begin when nothing was committed, or what was committed is gone. 'none' rejects instead. */
export type OffsetReset = 'earliest' | 'latest' | 'none';

/** 'read_committed' passes over the records of transactions that were aborted, and stops before those that are still open. */
export type IsolationLevel = 'read_uncommitted' | 'read_committed';

export interface ConsumerOptions<K = string, V = string> {
  /** Members of a group share the partitions of its topics. Without a group every partition is read and nothing is committed. */
  readonly groupId?: string;
  /** Subscribes at once; with a descriptor its serdes are used. */
  readonly topics?: readonly (string | Topic<K, V>)[];
  /** For topics given by name. Default: strings. */
  readonly key?: Serde<K>;
  readonly value?: Serde<V>;
  /** Default 'latest', as Kafka's. */
  readonly autoOffsetReset?: OffsetReset;
  /** Default 1: a fetch is answered as soon as there is a record. */
  readonly fetchMinBytes?: number;
  /** Of one fetch. Default 16 MiB. */
  readonly fetchMaxBytes?: number;
  /** Of one partition in one fetch. Default 4 MiB. A larger batch is still handed out whole. */
  readonly maxPartitionFetchBytes?: number;
  /** How long the broker holds a fetch that finds nothing. Default 500. */
  readonly fetchMaxWaitMs?: number;
  /** Records that one `poll` returns at most. Default 500. */
  readonly pollRecordsMax?: number;
  /** Without a heartbeat for so long a member is out of the group. Default 45,000. */
  readonly sessionTimeoutMs?: number;
  /** Default 3,000; on an embedded log, which tells its members of rebalances, a third of `sessionTimeoutMs`. */
  readonly heartbeatIntervalMs?: number;
  /** A member that does not poll for so long leaves the group. Default 300,000. */
  readonly maxPollIntervalMs?: number;
  /**
   * For how long `commit`, `committed`, `position` and the look-ups of offsets try before they reject. Default 60,000. A poll never ends by brokers
   * that are away: it returns nothing, and goes on when they are back.
   */
  readonly defaultApiTimeoutMs?: number;
  /**
   * Partitions that are added to the topics are noticed after so long. Default 30,000, where Kafka has 5 minutes. A consumer without a group reads
   * them from their beginning, whatever `autoOffsetReset` says: they began while it was reading.
   */
  readonly metadataMaxAgeMs?: number;
  /** Is told while polls go on trying: no broker can be reached, or none has an answer. Default: on the console. */
  readonly onWarning?: (warning: Error) => void;
  /**
   * Commits for `for await` only, default true: what was handed out before the current record, every `autoCommitIntervalMs`, before
   * partitions are given away, and at the end. So every record is processed at least once. `poll` and `pollBatches` never commit.
   */
  readonly autoCommit?: boolean;
  /** Default 5,000. */
  readonly autoCommitIntervalMs?: number;
  /** A static member (KIP-345): it keeps its partitions over a restart within the session timeout. */
  readonly groupInstanceId?: string;
  /**
   * How the members share partitions, what is liked most first; the group takes one that all members have. Default
   * `['range', 'cooperative-sticky']`, as Kafka's; `['cooperative-sticky']` alone lets members go on while others come and go.
   */
  readonly assignors?: readonly (AssignorName | PartitionAssignor)[];
  /**
   * 'classic' (default): the members share out, by `assignors`. 'consumer' (KIP-848): the brokers do, from Apache Kafka 4.0 on; nobody waits for
   * the others in a rebalance. `assignors`, `sessionTimeoutMs` and `heartbeatIntervalMs` are then the brokers' business.
   */
  readonly groupProtocol?: 'classic' | 'consumer';
  /** Of the group protocol 'consumer': 'uniform' or 'range'. Default: what the brokers are configured to. */
  readonly groupRemoteAssignor?: string;
  /** Default 'read_uncommitted', as Kafka's. */
  readonly isolationLevel?: IsolationLevel;
  /** Whether the checksum of every batch is compared with its bytes. Default: when they came over a network. */
  readonly checkCrcs?: boolean;
  readonly clientId?: string;
}

/** What a group member is told of its partitions, within a call of `poll`. */
export interface RebalanceListener {
  onAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** The last moment to commit for them. */
  onRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** The membership was lost, others may have them already: too late to commit. Default: onRevoked. */
  onLost?(partitions: readonly TopicPartition[]): void | Promise<void>;
}

export interface PollOptions {
  /** How long to wait for the first record. Default 0: what can be had at once. */
  readonly waitMs?: number;
  /** Ends the wait; the poll rejects with its reason. */
  readonly signal?: AbortSignal;
}

export interface OffsetToCommit extends TopicPartition {
  /** The next offset to read, not the last one read. */
  readonly offset: number;
  /** Of the last record read, so that whoever goes on from there notices a truncated log (KIP-320). */
  readonly leaderEpoch?: number;
  readonly metadata?: string;
}

export interface CommittedOffset extends TopicPartition {
  readonly offset: number;
  /** -1 when it was committed without one. */
  readonly leaderEpoch: number;
  readonly metadata: string;
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}

export interface OffsetAtTime extends PartitionOffset {
  /** Of the record at that offset. */
  readonly timestamp: number;
}
