// The assignors that one member brings into its group. It offers all of them, the coordinator chooses one that all members have; then
// they say what the member subscribes to, share out for all if it is the leader, and read what it was given.

import { ProtocolError, UsageError } from '../base/errors.js';
import type { joinGroup } from '../protocol/11-join-group.js';
import type { ResponseOf } from '../protocol/api.js';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './assignors/consumer-protocol.js';
import type {
  GroupAssignment,
  MemberSubscription,
  PartitionAssignor,
  RebalanceProtocol,
} from './assignors/partition-assignor.js';
import type { GroupMetadata } from './group-metadata.js';
import type { TopicPartition } from './topic.js';

type Joined = ResponseOf<typeof joinGroup>;

export class MemberAssignors {
  /** The most that all of them can do: during an upgrade from eager to cooperative a member has both kinds, and is eager. */
  readonly rebalanceProtocol: RebalanceProtocol;
  readonly #assignors: readonly PartitionAssignor[];

  constructor(assignors: readonly PartitionAssignor[]) {
    this.#assignors = assignors;
    const isCooperative = assignors.every(({ protocols }) => protocols.includes('cooperative'));
    this.rebalanceProtocol = isCooperative ? 'cooperative' : 'eager';
    const never = assignors.find(({ protocols }) => !protocols.includes('eager'));
    if (isCooperative || never === undefined) return;
    throw new UsageError(
      `assignor ${never.name} is only cooperative, another one only eager: they cannot be used together`,
    );
  }

  /** What the member offers, what it likes most first. */
  offers(
    topics: readonly string[],
    owned: readonly TopicPartition[],
    generationId: number,
  ): { name: string; metadata: Uint8Array }[] {
    return this.#assignors.map(assignor => {
      const userData = assignor.subscriptionUserData?.(topics) ?? null;
      return { name: assignor.name, metadata: encodeSubscription({ topics, userData, owned, generationId }) };
    });
  }

  /** At the leader: everybody's part, as SyncGroup carries it. */
  async share(
    joined: Joined,
    partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>,
  ): Promise<{ memberId: string; assignment: Uint8Array }[]> {
    const assignor = this.#require(joined.protocolName);
    const members = joined.members.map(({ memberId, groupInstanceId, metadata }): MemberSubscription => {
      return { memberId, groupInstanceId, ...decodeSubscription(metadata) };
    });
    const topics = [...new Set(members.flatMap(member => member.topics))];
    const assigned = await assignor.assign(await partitionCounts(topics), members);
    requireSound(assignor, assigned, members);
    return [...assigned].map(([memberId, assignment]) => ({ memberId, assignment: encodeAssignment(assignment) }));
  }

  /** What this member was given. */
  take(protocolName: string | null, bytes: Uint8Array, group: GroupMetadata): readonly TopicPartition[] {
    const assignment = decodeAssignment(bytes);
    this.#require(protocolName).onAssignment?.(assignment, group);
    return assignment.partitions;
  }

  #require(name: string | null): PartitionAssignor {
    const found = this.#assignors.find(assignor => assignor.name === name);
    if (found !== undefined) return found;
    throw new ProtocolError(
      'INCONSISTENT_GROUP_PROTOCOL',
      `the group uses assignor "${name}", which this consumer has not`,
    );
  }
}

/** An assignor of somebody else's making may forget a member, or give a partition twice: nobody must read on from that. */
function requireSound(
  assignor: PartitionAssignor,
  assigned: GroupAssignment,
  members: readonly MemberSubscription[],
): void {
  const taken = new Set<string>();
  for (const { memberId } of members) {
    if (!assigned.has(memberId)) throw new UsageError(`assignor ${assignor.name} left out member ${memberId}`);
  }
  for (const { partitions } of assigned.values()) {
    for (const { topic, partition } of partitions) {
      const name = `${topic}-${partition}`;
      if (taken.has(name)) throw new UsageError(`assignor ${assignor.name} gave ${name} to two members`);
      taken.add(name);
    }
  }
}
