import type { TopicPartition } from './topic.js';

export interface NewTopic {
  readonly name: string;
  /** Default: the broker's `num.partitions`. */
  readonly partitions?: number;
  /** Default: the broker's. */
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface TopicListing {
  readonly name: string;
  readonly topicId: string;
  readonly partitionCount: number;
  readonly isInternal: boolean;
}

export interface TopicDescription {
  readonly name: string;
  readonly topicId: string;
  readonly isInternal: boolean;
  readonly partitions: readonly PartitionDescription[];
}

export interface PartitionDescription {
  readonly partition: number;
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSyncReplicas: readonly number[];
}

export interface ConfigEntry {
  readonly name: string;
  readonly value: string | null;
  readonly isDefault: boolean;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
}

export interface GroupListing {
  readonly groupId: string;
  readonly state: string;
  readonly protocolType: string;
}

export interface GroupDescription {
  readonly groupId: string;
  /** Empty, PreparingRebalance, CompletingRebalance, Stable or Dead. */
  readonly state: string;
  readonly protocolType: string;
  /** The assignor that the members agreed on. */
  readonly protocol: string;
  readonly members: readonly GroupMember[];
  readonly offsets: readonly GroupOffset[];
}

export interface GroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly partitions: readonly TopicPartition[];
}

export interface GroupOffset extends TopicPartition {
  /** -1 where nothing was committed. */
  readonly committedOffset: number;
  readonly metadata: string;
  readonly endOffset: number;
  /** Records not yet committed. */
  readonly lag: number;
  /** Who has the partition now. */
  readonly memberId: string | null;
}

export interface TransactionListing {
  readonly transactionalId: string;
  /** Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort, Dead or PrepareEpochFence. */
  readonly state: string;
  readonly producerId: number;
  /** The broker that coordinates it. */
  readonly coordinator: number;
}

export interface TransactionDescription {
  readonly transactionalId: string;
  readonly state: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly timeoutMs: number;
  /** Absent while no transaction is open. */
  readonly startTimeMs?: number;
  /** What the open transaction has written to. */
  readonly partitions: readonly TopicPartition[];
}

export interface PartitionProducers extends TopicPartition {
  readonly producers: readonly {
    readonly producerId: number;
    readonly producerEpoch: number;
    readonly lastSequence: number;
    /** Of its last batch, ms since the epoch. */
    readonly lastTimestamp: number;
    /** Of the transaction that holds the last stable offset back. Absent while none is open. */
    readonly transactionStartOffset?: number;
  }[];
}

export interface ClusterDescription {
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
}

/** A time in ms since the epoch, the start, or the end (what the next record will get). */
export type OffsetSpec = 'start' | 'end' | number;
