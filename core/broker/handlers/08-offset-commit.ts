import { offsetCommit } from '../../protocol/08-offset-commit.js';
import { errorCode } from '../error-code.js';
import { answersInOrder, existingPartitions, sameAnswerForAll } from '../existing-partitions.js';
import { handler } from '../handler.js';

export const offsetCommitHandler = handler(offsetCommit, async (node, request) => {
  const topics = existingPartitions(node, request.topics);
  try {
    const shard = await node.groups.shardOf(request.groupId);
    const reply = await shard.run({
      kind: 'commit-offsets',
      groupId: request.groupId,
      generationId: request.generationIdOrMemberEpoch,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      retentionTimeMs: request.retentionTimeMs,
      topics,
    });
    return offsetCommit.response({ topics: answersInOrder(request.topics, reply.topics) });
  } catch (error) {
    return offsetCommit.response({ topics: sameAnswerForAll(request.topics, errorCode(error)) });
  }
});
