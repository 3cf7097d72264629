import { kafkaErrors } from '../../base/kafka-errors.js';
import { offsetCommit } from '../../protocol/08-offset-commit.js';
import type { RequestOf, ResponseOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

type Request = RequestOf<typeof offsetCommit>;
type TopicResponse = ResponseOf<typeof offsetCommit>['topics'][number];

export const offsetCommitHandler = handler(offsetCommit, async (node, request) => {
  const topics = existing(node, request);
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
    return offsetCommit.response({ topics: merge(request, reply.topics) });
  } catch (error) {
    return offsetCommit.response({ topics: answerAll(request, errorCode(error)) });
  }
});

/** What of the request names topics and partitions that exist: offsets of others are not kept. */
function existing(node: BrokerNode, request: Request): Request['topics'] {
  return request.topics
    .map(({ name, partitions }) => {
      const count = node.topics.find(name)?.partitions.length ?? 0;
      return { name, partitions: partitions.filter(({ partitionIndex }) => partitionIndex < count) };
    })
    .filter(({ partitions }) => partitions.length > 0);
}

/** In the order of the request; what was not handed to the group is unknown. */
function merge(request: Request, answered: readonly TopicResponse[]): TopicResponse[] {
  const byTopic = new Map(answered.map(({ name, partitions }) => [name, partitions]));
  return request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode:
        byTopic.get(name)?.find(each => each.partitionIndex === partitionIndex)?.errorCode ??
        kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION.code,
    })),
  }));
}

function answerAll(request: Request, code: number): TopicResponse[] {
  return request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
  }));
}
