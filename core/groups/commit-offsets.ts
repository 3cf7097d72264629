import type { KafkaErrorName } from '../base/kafka-errors.js';
import { checkGeneration } from './check-member.js';
import { errorCode } from './error-code.js';
import type { Group } from './group.js';
import type {
  CommitOffsetsCommand,
  CommitTransactionalOffsetsCommand,
  PartitionErrorsReply,
} from './groups-command.js';
import type { GroupsConfig } from './groups-config.js';
import type { OffsetCommitRecord, PendingOffsetRecord } from './groups-record.js';

type Committed = CommitOffsetsCommand['topics'][number]['partitions'][number];

/** Why the group does not take this commit. `group` is undefined where nobody ever joined or committed. */
export function refuseCommit(group: Group | undefined, command: CommitOffsetsCommand): KafkaErrorName | undefined {
  if (group === undefined) return command.generationId < 0 ? undefined : 'ILLEGAL_GENERATION';
  const isEmpty = group.state.kind === 'Empty';
  if (command.generationId < 0 && isEmpty) return undefined;
  const isByMember = command.generationId >= 0 || command.memberId !== '' || command.groupInstanceId !== null;
  if (!isByMember) return 'UNKNOWN_MEMBER_ID';
  const refusal = checkGeneration(group, command);
  if (refusal !== undefined) return refusal;
  // Commits of the generation that ends are welcome while the next one gathers; once it has begun, nobody owns a partition yet.
  return group.state.kind === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : undefined;
}

/** The same in a transaction. A producer that names no member commits for whom it likes, as before KIP-447. */
export function refuseTransactionalCommit(
  group: Group | undefined,
  command: CommitTransactionalOffsetsCommand,
): KafkaErrorName | undefined {
  const { generationId, memberId, groupInstanceId } = command;
  if (group === undefined) return generationId < 0 ? undefined : 'ILLEGAL_GENERATION';
  const isByMember = generationId >= 0 || memberId !== '' || groupInstanceId !== null;
  return isByMember ? checkGeneration(group, command) : undefined;
}

export function refusedCommit(
  command: Pick<CommitOffsetsCommand, 'topics'>,
  error: KafkaErrorName,
): PartitionErrorsReply {
  const code = errorCode(error);
  return answer(command, () => code);
}

export function commitOffsets(
  command: CommitOffsetsCommand,
  config: GroupsConfig,
  nowMs: number,
): { records: OffsetCommitRecord[]; reply: PartitionErrorsReply } {
  const { groupId, retentionTimeMs } = command;
  const expireTimestamp = retentionTimeMs < 0 ? -1 : nowMs + retentionTimeMs;
  const records: OffsetCommitRecord[] = [];
  const reply = answer(command, (topic, committed) => {
    const metadata = committed.committedMetadata ?? '';
    if (metadata.length > config.offsetMetadataBytesMax) return errorCode('OFFSET_METADATA_TOO_LARGE');
    const { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: leaderEpoch } = committed;
    const about = { groupId, topic, partition, offset, leaderEpoch, metadata };
    records.push({ kind: 'offset-commit', ...about, commitTimestamp: nowMs, expireTimestamp });
    return 0;
  });
  return { records, reply };
}

export function commitTransactionalOffsets(
  command: CommitTransactionalOffsetsCommand,
  config: GroupsConfig,
  nowMs: number,
): { records: PendingOffsetRecord[]; reply: PartitionErrorsReply } {
  const { producerId, producerEpoch } = command;
  const { records, reply } = commitOffsets({ ...command, kind: 'commit-offsets', retentionTimeMs: -1 }, config, nowMs);
  return { records: records.map(each => ({ ...each, kind: 'pending-offset', producerId, producerEpoch })), reply };
}

function answer(
  command: Pick<CommitOffsetsCommand, 'topics'>,
  codeOf: (topic: string, committed: Committed) => number,
): PartitionErrorsReply {
  const topics = command.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(each => ({ partitionIndex: each.partitionIndex, errorCode: codeOf(name, each) })),
  }));
  return { errorCode: 0, topics };
}
