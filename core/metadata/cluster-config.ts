/** What a broker sets for topics that do not say otherwise. Names and defaults are Kafka's. */
export interface ClusterConfig {
  readonly numPartitions: number;
  readonly defaultReplicationFactor: number;
  /** How many partitions one request may create. */
  readonly createdPartitionsMax: number;
}

export const defaultClusterConfig: ClusterConfig = {
  numPartitions: 1,
  defaultReplicationFactor: 1,
  createdPartitionsMax: 10_000,
};
