// Commits offsets of a group in a producer's transaction: they count once it commits. As with any other batch the transaction must be open
// and have the partition in it, here that of __consumer_offsets; newer clients leave it to the broker to take it in (KIP-890).

import { txnOffsetCommit } from '../../protocol/28-txn-offset-commit.js';
import type { RequestOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { answersInOrder, existingPartitions, sameAnswerForAll } from '../existing-partitions.js';
import { handler } from '../handler.js';
import { internalTopics } from '../internal-topics.js';

type Request = RequestOf<typeof txnOffsetCommit>;

const addsFromVersion = 5;

export const txnOffsetCommitHandler = handler(txnOffsetCommit, async (node, request, context) => {
  const topics = existingPartitions(node, request.topics);
  try {
    await admit(node, request, context.apiVersion >= addsFromVersion);
    const { groupId, producerId, producerEpoch, generationId, memberId, groupInstanceId } = request;
    const shard = await node.groups.shardOf(groupId);
    const reply = await shard.run({
      kind: 'commit-transactional-offsets',
      groupId,
      producerId,
      producerEpoch,
      generationId,
      memberId,
      groupInstanceId,
      topics,
    });
    return txnOffsetCommit.response({ topics: answersInOrder(request.topics, reply.topics) });
  } catch (error) {
    return txnOffsetCommit.response({ topics: sameAnswerForAll(request.topics, errorCode(error)) });
  }
});

async function admit(node: BrokerNode, request: Request, adds: boolean): Promise<void> {
  const { transactionalId, producerId, producerEpoch, groupId } = request;
  const partition = await node.groups.partitionOf(groupId);
  const topic = internalTopics.consumerOffsets;
  const question = { transactionalId, producerId, producerEpoch, topic, partition };
  if (adds) await node.transactions.add(question);
  node.transactions.requireOpen(question);
}
