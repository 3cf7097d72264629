/** What a broker sets for all of its groups. Names and defaults are Kafka's, but for the initial delay, which tests and embedded logs do without. */
export interface GroupsConfig {
  /** How long a new group waits for more members before its first assignment. Kafka: 3000. */
  readonly initialRebalanceDelayMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly maxSize: number;
  /** How long a member that joins for the first time is kept while it waits for the others. */
  readonly newMemberJoinTimeoutMs: number;
  readonly offsetsRetentionMs: number;
  /** Compared with the number of characters, as Kafka does, although its config speaks of bytes. */
  readonly offsetMetadataBytesMax: number;
}

export const defaultGroupsConfig: GroupsConfig = {
  initialRebalanceDelayMs: 0,
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  maxSize: Number.POSITIVE_INFINITY,
  newMemberJoinTimeoutMs: 300_000,
  offsetsRetentionMs: 7 * 24 * 3_600_000,
  offsetMetadataBytesMax: 4_096,
};
