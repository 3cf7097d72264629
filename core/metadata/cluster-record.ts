/** The durable part of the cluster: Kafka's records of `__cluster_metadata`. */
export type ClusterRecord =
  | FeatureLevelRecord
  | RegisterBrokerRecord
  | TopicRecord
  | PartitionRecord
  | PartitionChangeRecord
  | ConfigRecord
  | RemoveTopicRecord
  | ProducerIdsRecord;

export interface FeatureLevelRecord {
  readonly kind: 'feature-level';
  readonly name: string;
  readonly featureLevel: number;
}

export interface RegisterBrokerRecord {
  readonly kind: 'register-broker';
  readonly brokerId: number;
  /** Drawn anew each time the process starts. */
  readonly incarnationId: string;
  readonly brokerEpoch: number;
  readonly endPoints: readonly BrokerEndPoint[];
  readonly rack: string | null;
}

export interface BrokerEndPoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface TopicRecord {
  readonly kind: 'topic';
  readonly name: string;
  readonly topicId: string;
}

export interface PartitionRecord {
  readonly kind: 'partition';
  readonly topicId: string;
  readonly partitionId: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
}

/** Raises the partition epoch, and the leader epoch too when it names a leader, be it the same. */
export interface PartitionChangeRecord {
  readonly kind: 'partition-change';
  readonly topicId: string;
  readonly partitionId: number;
  readonly leader: number | undefined;
  readonly isr: readonly number[] | undefined;
}

export interface ConfigRecord {
  readonly kind: 'config';
  /** The only kind of resource that has configs here. */
  readonly topic: string;
  readonly name: string;
  /** null: back to the default. */
  readonly value: string | null;
}

export interface RemoveTopicRecord {
  readonly kind: 'remove-topic';
  readonly topicId: string;
}

export interface ProducerIdsRecord {
  readonly kind: 'producer-ids';
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly nextProducerId: number;
}
