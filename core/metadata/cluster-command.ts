// What can be asked of the cluster machine, and what it answers, in the field names of Kafka's request and response bodies.
// Randomness (topic ids) comes in with the command.

import type { BrokerEndPoint } from './cluster-record.js';

export interface CreateTopicsCommand {
  readonly kind: 'create-topics';
  readonly topics: readonly CreatableTopic[];
  readonly validateOnly: boolean;
}

export interface CreatableTopic {
  readonly name: string;
  /** Random, drawn by the shell; used if the topic is created. */
  readonly topicId: string;
  /** -1: the broker's default. */
  readonly numPartitions: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[];
  readonly configs: readonly { readonly name: string; readonly value: string | null }[];
}

export interface CreateTopicsReply {
  readonly topics: readonly CreatedTopic[];
}

export interface CreatedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly numPartitions: number;
  readonly replicationFactor: number;
}

export interface DeleteTopicsCommand {
  readonly kind: 'delete-topics';
  /** By name, or by id where the name is null. */
  readonly topics: readonly { readonly name: string | null; readonly topicId: string }[];
}

export interface DeleteTopicsReply {
  readonly responses: readonly {
    name: string | null;
    topicId: string;
    errorCode: number;
    errorMessage: string | null;
  }[];
}

export interface CreatePartitionsCommand {
  readonly kind: 'create-partitions';
  readonly topics: readonly {
    readonly name: string;
    /** The total afterwards. */
    readonly count: number;
    readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null;
  }[];
  readonly validateOnly: boolean;
}

export interface CreatePartitionsReply {
  readonly results: readonly { name: string; errorCode: number; errorMessage: string | null }[];
}

export interface AlterConfigsCommand {
  readonly kind: 'alter-configs';
  readonly resources: readonly {
    /** 2: a topic. */
    readonly resourceType: number;
    readonly resourceName: string;
    readonly configs: readonly ConfigAlteration[];
  }[];
  /** What is not named goes back to its default (AlterConfigs); otherwise it stays (IncrementalAlterConfigs). */
  readonly replaces?: boolean;
  readonly validateOnly: boolean;
}

export interface ConfigAlteration {
  readonly name: string;
  /** 0 set, 1 delete, 2 append, 3 subtract (lists only). */
  readonly configOperation: number;
  readonly value: string | null;
}

export interface AlterConfigsReply {
  readonly responses: readonly {
    errorCode: number;
    errorMessage: string | null;
    resourceType: number;
    resourceName: string;
  }[];
}

export interface RegisterBrokerCommand {
  readonly kind: 'register-broker';
  readonly brokerId: number;
  readonly incarnationId: string;
  /** The offset that the record will get, as in Kafka. */
  readonly brokerEpoch: number;
  readonly endPoints: readonly BrokerEndPoint[];
  readonly rack: string | null;
  /**
   * Whether the partitions it leads begin a new leader epoch: a broker that was away may have lost the end of its log, and
   * clients notice that by the epoch (KIP-320).
   */
  readonly beginsLeaderEpochs: boolean;
}

export interface RegisterBrokerReply {
  readonly brokerEpoch: number;
}

export interface AllocateProducerIdsCommand {
  readonly kind: 'allocate-producer-ids';
  readonly brokerId: number;
  readonly brokerEpoch: number;
}

export interface AllocateProducerIdsReply {
  readonly producerIdStart: number;
  readonly producerIdLen: number;
}

export interface SetFeatureLevelCommand {
  readonly kind: 'set-feature-level';
  readonly name: string;
  readonly featureLevel: number;
}

export interface ClusterReplies {
  readonly 'create-topics': CreateTopicsReply;
  readonly 'delete-topics': DeleteTopicsReply;
  readonly 'create-partitions': CreatePartitionsReply;
  readonly 'alter-configs': AlterConfigsReply;
  readonly 'register-broker': RegisterBrokerReply;
  readonly 'allocate-producer-ids': AllocateProducerIdsReply;
  readonly 'set-feature-level': undefined;
}

export type ClusterCommand =
  | CreateTopicsCommand
  | DeleteTopicsCommand
  | CreatePartitionsCommand
  | AlterConfigsCommand
  | RegisterBrokerCommand
  | AllocateProducerIdsCommand
  | SetFeatureLevelCommand;
