import { addOffsetsToTxn } from '../../protocol/25-add-offsets-to-txn.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';
import { internalTopics } from '../internal-topics.js';

/** Takes the partition of __consumer_offsets into the transaction in which the group commits. */
export const addOffsetsToTxnHandler = handler(addOffsetsToTxn, async (node, request) => {
  const { transactionalId, producerId, producerEpoch, groupId } = request;
  try {
    const partition = await node.groups.partitionOf(groupId);
    const shard = await node.transactions.shardOf(transactionalId);
    return addOffsetsToTxn.response(
      await shard.runPatiently<'add-partitions'>({
        kind: 'add-partitions',
        transactionalId,
        producerId,
        producerEpoch,
        partitions: [{ topic: internalTopics.consumerOffsets, partitionIds: [partition] }],
        clientTransactionVersion: 0,
      }),
    );
  } catch (error) {
    return addOffsetsToTxn.response({ errorCode: errorCode(error) });
  }
});
