// Kafka's cooperative sticky assignor: members go on with what they have. What is to move is first taken from its owner alone;
// the owner gives it up and joins once more, and only that second assignment gives it to somebody else.

import type { GroupMetadata } from '../group-metadata.js';
import { GroupBytesReader, GroupBytesWriter } from './group-bytes.js';
import type { GroupAssignment, MemberAssignment, MemberSubscription, PartitionAssignor } from './partition-assignor.js';
import { partitionKey, soundClaims } from './sticky-claims.js';
import { shareSticky } from './sticky-sharing.js';

export class CooperativeStickyAssignor implements PartitionAssignor {
  readonly name = 'cooperative-sticky';
  /** Eager too: so that a group can be moved over, one member after the other. */
  readonly protocols = ['cooperative', 'eager'] as const;
  #generationId = -1;

  /** For members so old that their subscription does not say the generation (before its version 2). */
  subscriptionUserData(): Uint8Array {
    return new GroupBytesWriter().int32(this.#generationId).finish();
  }

  assign(partitionCounts: ReadonlyMap<string, number>, members: readonly MemberSubscription[]): GroupAssignment {
    const claimants = members.map(({ memberId, topics, owned, generationId, userData }) => {
      return { memberId, topics, owned, generationId: generationId >= 0 ? generationId : generationIn(userData) };
    });
    const claims = soundClaims(partitionCounts, claimants);
    const claimed = new Set(members.flatMap(({ owned }) => owned.map(partitionKey)));
    const assigned = new Map<string, MemberAssignment>();
    for (const [memberId, share] of shareSticky(partitionCounts, claimants)) {
      const kept = new Set(claims.get(memberId)!.map(partitionKey));
      const partitions = share.filter(one => kept.has(partitionKey(one)) || !claimed.has(partitionKey(one)));
      assigned.set(memberId, { partitions });
    }
    return assigned;
  }

  onAssignment(_assignment: MemberAssignment, { generationId }: GroupMetadata): void {
    this.#generationId = generationId;
  }
}

function generationIn(userData: Uint8Array | null): number {
  return userData === null || userData.length < 4 ? -1 : new GroupBytesReader(userData).int32();
}
