/** The durable part of consumer groups: Kafka's record kinds of `__consumer_offsets`. */
export type GroupsRecord =
  | OffsetCommitRecord
  | OffsetTombstone
  | GroupMetadataRecord
  | GroupTombstone
  | PendingOffsetRecord
  | TransactionEndedRecord;

export interface OffsetCommitRecord {
  readonly kind: 'offset-commit';
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** -1: not known. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestamp: number;
  /** When the committer itself asked for an end (OffsetCommit up to version 4); -1: the broker's retention holds. */
  readonly expireTimestamp: number;
}

/** An offset commit that is part of a producer's transaction: it counts when that commits. */
export interface PendingOffsetRecord extends Omit<OffsetCommitRecord, 'kind'> {
  readonly kind: 'pending-offset';
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The marker of a transaction. */
export interface TransactionEndedRecord {
  readonly kind: 'transaction-ended';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly commits: boolean;
}

export interface OffsetTombstone {
  readonly kind: 'offset-tombstone';
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
}

export interface GroupMetadataRecord {
  readonly kind: 'group-metadata';
  readonly groupId: string;
  /** `'consumer'`, `'connect'`, ...; empty while the group never had a member. */
  readonly protocolType: string;
  readonly generation: number;
  readonly protocol: string | null;
  readonly leader: string | null;
  readonly stateTimestamp: number;
  readonly members: readonly GroupMemberRecord[];
}

export interface GroupMemberRecord {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  /** The member's metadata of the chosen protocol. */
  readonly subscription: Uint8Array;
  readonly assignment: Uint8Array;
}

export interface GroupTombstone {
  readonly kind: 'group-tombstone';
  readonly groupId: string;
}
