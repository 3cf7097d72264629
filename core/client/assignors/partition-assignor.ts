// How a group of the classic protocol shares out its partitions: each member says what it subscribes to and what it has, and the
// leader's assignor answers for all. The coordinator carries what they say and does not look into it, so an assignor is a contract
// between members, of whatever make.

import type { GroupMetadata } from '../group-metadata.js';
import type { TopicPartition } from '../topic.js';

/** Kafka's own, by the names that go over the wire. */
export type AssignorName = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky';

/**
 * 'eager': a member gives up everything before it joins. 'cooperative': it goes on with what it has, gives up what the new
 * assignment does not have any more, and joins once more so that others get it.
 */
export type RebalanceProtocol = 'eager' | 'cooperative';

export interface MemberSubscription {
  readonly memberId: string;
  /** Orders static members the same after they come back under another member id. */
  readonly groupInstanceId: string | null;
  readonly topics: readonly string[];
  /** What the member says that it has. */
  readonly owned: readonly TopicPartition[];
  /** In which it got them; -1 when it does not say. */
  readonly generationId: number;
  readonly rackId: string | null;
  /** The assignor's own, as its `subscriptionUserData` wrote it at the member. */
  readonly userData: Uint8Array | null;
}

export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[];
  /** For the member's `onAssignment`. */
  readonly userData?: Uint8Array | null;
}

/** By member id. */
export type GroupAssignment = ReadonlyMap<string, MemberAssignment>;

/** One object serves one consumer: it may remember what it was assigned. */
export interface PartitionAssignor {
  /** Members can only be in one group when they have an assignor of the same name. */
  readonly name: string;
  readonly protocols: readonly RebalanceProtocol[];
  /** Called before every join. */
  subscriptionUserData?(topics: readonly string[]): Uint8Array | null;
  /**
   * At the leader. `partitionCounts` has the topics that anybody subscribed to, as far as they exist; every member must have an entry
   * in the answer, perhaps without partitions. When it throws, the leader's poll rejects with that.
   */
  assign(
    partitionCounts: ReadonlyMap<string, number>,
    members: readonly MemberSubscription[],
  ): GroupAssignment | Promise<GroupAssignment>;
  /** At every member, before its listener is told. */
  onAssignment?(assignment: MemberAssignment, group: GroupMetadata): void;
}
