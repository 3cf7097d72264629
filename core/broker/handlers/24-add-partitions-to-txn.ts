// Takes partitions into a transaction: all of a request, or none of them. Brokers ask for several transactions at once (version 4 and up),
// also only whether they are open.

import { ProtocolError } from '../../base/errors.js';
import { kafkaErrors } from '../../base/kafka-errors.js';
import { addPartitionsToTxn } from '../../protocol/24-add-partitions-to-txn.js';
import type { RequestOf, ResponseOf } from '../../protocol/api.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode, noError } from '../error-code.js';
import { handler } from '../handler.js';
import { transactionVersion } from '../transaction-coordinator.js';

type Request = RequestOf<typeof addPartitionsToTxn>;
type Topics = Request['v3AndBelowTopics'];
type TopicResult = ResponseOf<typeof addPartitionsToTxn>['resultsByTopicV3AndBelow'][number];

/** What both forms of the request say of one transaction. */
interface Addition {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly topics: Topics;
  readonly verifyOnly: boolean;
  readonly clientTransactionVersion: number;
}

export const addPartitionsToTxnHandler = handler(addPartitionsToTxn, async (node, request) => {
  // By its content, not by its version: a caller in this process is not bound to the form of the newest one.
  if (request.transactions.length === 0) {
    const results = await answer(node, ofOneProducer(request));
    return addPartitionsToTxn.response({ resultsByTopicV3AndBelow: results });
  }
  const resultsByTransaction = await Promise.all(
    request.transactions.map(async transaction => ({
      transactionalId: transaction.transactionalId,
      topicResults: await answer(node, { ...transaction, clientTransactionVersion: transactionVersion }),
    })),
  );
  return addPartitionsToTxn.response({ resultsByTransaction });
});

function ofOneProducer(request: Request): Addition {
  return {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    topics: request.v3AndBelowTopics,
    verifyOnly: false,
    clientTransactionVersion: 0,
  };
}

async function answer(node: BrokerNode, addition: Addition): Promise<TopicResult[]> {
  const { topics } = addition;
  const isUnknown = (name: string, index: number) => node.topics.find(name)?.partitions[index] === undefined;
  if (topics.some(({ name, partitions }) => partitions.some(index => isUnknown(name, index)))) {
    const { UNKNOWN_TOPIC_OR_PARTITION: unknown, OPERATION_NOT_ATTEMPTED: notAttempted } = kafkaErrors;
    return resultsOf(topics, (name, index) => (isUnknown(name, index) ? unknown.code : notAttempted.code));
  }
  try {
    if (addition.verifyOnly) return verify(node, addition);
    const code = await add(node, addition);
    return resultsOf(topics, () => code);
  } catch (error) {
    return resultsOf(topics, () => errorCode(error));
  }
}

async function add(node: BrokerNode, { topics, verifyOnly: _, ...addition }: Addition): Promise<number> {
  const { transactionalId } = addition;
  if (transactionalId === '') throw new ProtocolError('INVALID_REQUEST', 'a transaction needs a transactional id');
  const shard = await node.transactions.shardOf(transactionalId);
  const partitions = topics.map(({ name, partitions: partitionIds }) => ({ topic: name, partitionIds }));
  const reply = await shard.runPatiently<'add-partitions'>({ kind: 'add-partitions', ...addition, partitions });
  return reply.errorCode;
}

function verify(node: BrokerNode, { topics, transactionalId, producerId, producerEpoch }: Addition): TopicResult[] {
  return resultsOf(topics, (topic, partition) => {
    try {
      node.transactions.requireOpen({ transactionalId, producerId, producerEpoch, topic, partition });
      return noError;
    } catch (error) {
      const code = errorCode(error);
      return code === kafkaErrors.INVALID_TXN_STATE.code ? kafkaErrors.TRANSACTION_ABORTABLE.code : code;
    }
  });
}

function resultsOf(topics: Topics, codeOf: (topic: string, partition: number) => number): TopicResult[] {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map(index => ({ partitionIndex: index, partitionErrorCode: codeOf(name, index) })),
  }));
}
