// What can be asked of the groups machine, and what it answers. Replies have the field names of Kafka's response bodies, so that a
// handler only adds what is missing: `joinGroup.response(reply)`.

export interface JoinGroupCommand {
  readonly kind: 'join-group';
  /** Names the request while it is parked; unique among the parked ones. */
  readonly requestId: number;
  readonly groupId: string;
  readonly memberId: string;
  /** Random, drawn by the shell: the second half of a new member id. */
  readonly newMemberUuid: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly GroupProtocol[];
  /** Version 4 and up: a new dynamic member is first given its id (KIP-394). */
  readonly requiresKnownMemberId: boolean;
  /** Version 9 and up: a static leader that returns may be told not to assign anew (KIP-814). */
  readonly canSkipAssignment: boolean;
}

export interface GroupProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface JoinGroupReply {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly memberId: string;
  /** Given to the leader only. */
  readonly members: readonly { memberId: string; groupInstanceId: string | null; metadata: Uint8Array }[];
}

export interface SyncGroupCommand {
  readonly kind: 'sync-group';
  readonly requestId: number;
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** null below version 5, which does not check them. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

export interface SyncGroupReply {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

export interface HeartbeatCommand {
  readonly kind: 'heartbeat';
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export interface ErrorReply {
  readonly errorCode: number;
}

export interface LeaveGroupCommand {
  readonly kind: 'leave-group';
  readonly groupId: string;
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[];
}

export interface LeaveGroupReply {
  readonly errorCode: number;
  readonly members: readonly { memberId: string; groupInstanceId: string | null; errorCode: number }[];
}

export interface CommitOffsetsCommand {
  readonly kind: 'commit-offsets';
  readonly groupId: string;
  /** -1 with an empty member id: a commit outside of any membership. */
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** -1: the broker's retention. */
  readonly retentionTimeMs: number;
  /** Only topics that exist: the shell answers the others itself. */
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly committedOffset: number;
      readonly committedLeaderEpoch: number;
      readonly committedMetadata: string | null;
    }[];
  }[];
}

/** As part of a producer's transaction. The shell has seen to it that the transaction is open. */
export interface CommitTransactionalOffsetsCommand {
  readonly kind: 'commit-transactional-offsets';
  readonly groupId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  /** -1 and an empty member id: from a producer that does not say which member it is (before KIP-447). */
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly topics: CommitOffsetsCommand['topics'];
}

/** The shell's own: the transaction of a producer is over. */
export interface EndTransactionCommand {
  readonly kind: 'end-transaction';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly commits: boolean;
}

export interface PartitionErrorsReply {
  readonly errorCode: number;
  readonly topics: readonly {
    name: string;
    partitions: readonly { partitionIndex: number; errorCode: number }[];
  }[];
}

export interface FetchOffsetsCommand {
  readonly kind: 'fetch-offsets';
  readonly groupId: string;
  /** null: all that the group has committed. */
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;
  /** Says UNSTABLE_OFFSET_COMMIT where an open transaction has committed something (KIP-447). */
  readonly requireStable: boolean;
}

export interface FetchOffsetsReply {
  readonly errorCode: number;
  readonly groupId: string;
  readonly topics: readonly {
    name: string;
    partitions: readonly {
      partitionIndex: number;
      /** -1: nothing committed. */
      committedOffset: number;
      committedLeaderEpoch: number;
      metadata: string;
      errorCode: number;
    }[];
  }[];
}

export interface DescribeGroupsCommand {
  readonly kind: 'describe-groups';
  readonly groups: readonly string[];
}

export interface DescribeGroupsReply {
  readonly groups: readonly DescribedGroup[];
}

export interface DescribedGroup {
  readonly errorCode: number;
  readonly groupId: string;
  readonly groupState: string;
  readonly protocolType: string;
  readonly protocolData: string;
  readonly members: readonly {
    memberId: string;
    groupInstanceId: string | null;
    clientId: string;
    clientHost: string;
    memberMetadata: Uint8Array;
    memberAssignment: Uint8Array;
  }[];
}

export interface ListGroupsCommand {
  readonly kind: 'list-groups';
  /** Empty: all. Names as Kafka's, case does not matter. */
  readonly statesFilter: readonly string[];
  readonly typesFilter: readonly string[];
}

export interface ListGroupsReply {
  readonly groups: readonly { groupId: string; protocolType: string; groupState: string; groupType: string }[];
}

export interface DeleteGroupsCommand {
  readonly kind: 'delete-groups';
  readonly groupsNames: readonly string[];
}

export interface DeleteGroupsReply {
  readonly results: readonly { groupId: string; errorCode: number }[];
}

export interface DeleteOffsetsCommand {
  readonly kind: 'delete-offsets';
  readonly groupId: string;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly partitionIndex: number }[];
  }[];
}

/** The shell's own: topics are gone, so their offsets go. */
export interface ForgetTopicsCommand {
  readonly kind: 'forget-topics';
  readonly topics: readonly string[];
}

/** The shell's own, now and then: offsets past their retention go, and groups that then hold nothing. */
export interface ExpireOffsetsCommand {
  readonly kind: 'expire-offsets';
}

/** The shell's own: the timer of a group has fired (`set-timer`). */
export interface AdvanceTimeCommand {
  readonly kind: 'advance-time';
  readonly groupId: string;
}

/**
 * The shell's own, once after replay. With `expelMembers` every member is taken for gone, because it lived in the process that
 * held the log before: a restart waits for no session timeout. Otherwise each gets a new session to show itself in.
 */
export interface ReopenCommand {
  readonly kind: 'reopen';
  readonly expelMembers: boolean;
}

/** The reply to each kind of command; undefined for the shell's own, which nobody waits for. */
export interface GroupsReplies {
  readonly 'join-group': JoinGroupReply;
  readonly 'sync-group': SyncGroupReply;
  readonly heartbeat: ErrorReply;
  readonly 'leave-group': LeaveGroupReply;
  readonly 'commit-offsets': PartitionErrorsReply;
  readonly 'commit-transactional-offsets': PartitionErrorsReply;
  readonly 'end-transaction': undefined;
  readonly 'fetch-offsets': FetchOffsetsReply;
  readonly 'describe-groups': DescribeGroupsReply;
  readonly 'list-groups': ListGroupsReply;
  readonly 'delete-groups': DeleteGroupsReply;
  readonly 'delete-offsets': PartitionErrorsReply;
  readonly 'forget-topics': undefined;
  readonly 'expire-offsets': undefined;
  readonly 'advance-time': undefined;
  readonly reopen: undefined;
}

export type GroupsCommand =
  | JoinGroupCommand
  | SyncGroupCommand
  | HeartbeatCommand
  | LeaveGroupCommand
  | CommitOffsetsCommand
  | CommitTransactionalOffsetsCommand
  | EndTransactionCommand
  | FetchOffsetsCommand
  | DescribeGroupsCommand
  | ListGroupsCommand
  | DeleteGroupsCommand
  | DeleteOffsetsCommand
  | ForgetTopicsCommand
  | ExpireOffsetsCommand
  | AdvanceTimeCommand
  | ReopenCommand;
