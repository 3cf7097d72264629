// Committed offsets of a group: as a member, or (generation -1, no member id) from outside of any membership.

import { kafkaErrors } from '../base/kafka-errors.js';
import { offsetCommit } from '../protocol/08-offset-commit.js';
import { offsetFetch } from '../protocol/09-offset-fetch.js';
import type { ResponseOf } from '../protocol/api.js';
import type { CommittedOffset, IsolationLevel, OffsetToCommit } from './consumer-options.js';
import { groupBy } from './group-by.js';
import type { GroupLane } from './group-lane.js';
import { refusal, requireSuccess } from './refusal.js';
import type { RetryOptions } from './retry.js';
import type { TopicPartition } from './topic.js';

export interface MemberFacts {
  readonly memberId: string;
  readonly generationId: number;
  readonly groupInstanceId: string | null;
}

/** For commits by whoever assigns partitions by hand. */
export const noMember: MemberFacts = { memberId: '', generationId: -1, groupInstanceId: null };

const membershipCodes: ReadonlySet<number> = new Set([
  kafkaErrors.ILLEGAL_GENERATION.code,
  kafkaErrors.UNKNOWN_MEMBER_ID.code,
  kafkaErrors.REBALANCE_IN_PROGRESS.code,
  kafkaErrors.FENCED_INSTANCE_ID.code,
  kafkaErrors.FENCED_MEMBER_EPOCH.code,
  kafkaErrors.STALE_MEMBER_EPOCH.code,
]);

export async function commitOffsets(
  lane: GroupLane,
  member: MemberFacts,
  offsets: readonly OffsetToCommit[],
  options: RetryOptions = {},
): Promise<void> {
  const topics = [...groupBy(offsets, ({ topic }) => topic)].map(([name, group]) => ({
    name,
    partitions: group.map(({ partition, offset, leaderEpoch, metadata }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch ?? -1,
      committedMetadata: metadata ?? '',
    })),
  }));
  const { groupId } = lane;
  const { memberId, generationId, groupInstanceId } = member;
  const request = offsetCommit.request({
    groupId,
    generationIdOrMemberEpoch: generationId,
    memberId,
    groupInstanceId,
    topics,
  });
  const codesOf = ({ topics: answers }: ResponseOf<typeof offsetCommit>) =>
    answers.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
  const answer = await lane.send(offsetCommit, request, codesOf, options);
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, errorCode } of partitions) {
      const what = `committing ${name}-${partitionIndex} for group "${groupId}"`;
      if (membershipCodes.has(errorCode)) throw refusal(errorCode, what, rebalanced);
      requireSuccess(errorCode, what);
    }
  }
}

const rebalanced =
  'the group has rebalanced meanwhile; nothing was committed: poll again, what was not committed is handed out once more';

/** Throws UNKNOWN_MEMBER_ID: offsets of nobody's generation would be taken, from anybody, as long as the group has no member. */
export function requireMembership(groupId: string, { generationId }: MemberFacts): void {
  if (generationId >= 0) return;
  throw refusal(kafkaErrors.UNKNOWN_MEMBER_ID.code, `this consumer is out of the group "${groupId}"`, rebalanced);
}

/** Only partitions with a committed offset. `partitions` null: all that the group has committed. */
export async function fetchCommitted(
  lane: GroupLane,
  partitions: readonly TopicPartition[] | null,
  options: RetryOptions & { readonly isolationLevel?: IsolationLevel; readonly member?: MemberFacts | undefined } = {},
): Promise<readonly CommittedOffset[]> {
  const { groupId } = lane;
  const topics =
    partitions === null
      ? null
      : [...groupBy(partitions, ({ topic }) => topic)].map(([name, group]) => ({
          name,
          partitionIndexes: group.map(({ partition }) => partition),
        }));
  // Offsets of a transaction that is still open are waited for: whoever goes on before them would do its work twice (KIP-447).
  const requireStable = options.isolationLevel === 'read_committed';
  const request = offsetFetch.request({
    groups: [{ groupId, topics, ...memberFields(options.member) }],
    requireStable,
  });
  const codesOf = ({ groups, errorCode }: ResponseOf<typeof offsetFetch>) => [
    errorCode,
    ...groups.map(group => group.errorCode),
    ...groups.flatMap(group => group.topics.flatMap(topic => topic.partitions.map(one => one.errorCode))),
  ];
  const answer = await lane.send(offsetFetch, request, codesOf, options);
  const found = answer.groups.find(group => group.groupId === groupId) ?? answer;
  requireSuccess(found.errorCode, `reading the offsets of group "${groupId}"`);
  const committed: CommittedOffset[] = [];
  for (const { name: topic, partitions: answers } of found.topics) {
    for (const answered of answers) {
      const { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: leaderEpoch } = answered;
      requireSuccess(answered.errorCode, `reading the offset of ${topic}-${partition} for group "${groupId}"`);
      if (offset >= 0) committed.push({ topic, partition, offset, leaderEpoch, metadata: answered.metadata ?? '' });
    }
  }
  return committed;
}

/** A member of the consumer protocol says who it is, so that one that was replaced does not go on from another's offsets. */
function memberFields(member: MemberFacts | undefined): { memberId: string | null; memberEpoch: number } {
  return member === undefined
    ? { memberId: null, memberEpoch: -1 }
    : { memberId: member.memberId, memberEpoch: member.generationId };
}
