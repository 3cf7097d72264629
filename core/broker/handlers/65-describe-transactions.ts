import { describeTransactions } from '../../protocol/65-describe-transactions.js';
import type { DescribeTransactionsReply } from '../../transactions/transactions-command.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

type Described = DescribeTransactionsReply['transactionStates'][number];

export const describeTransactionsHandler = handler(describeTransactions, async (node, request) =>
  describeTransactions.response({
    transactionStates: await Promise.all(request.transactionalIds.map(id => describe(node, id))),
  }),
);

async function describe(node: BrokerNode, transactionalId: string): Promise<Described> {
  try {
    const shard = await node.transactions.shardOf(transactionalId);
    const reply = await shard.run<'describe-transactions'>({
      kind: 'describe-transactions',
      transactionalIds: [transactionalId],
    });
    return reply.transactionStates[0]!;
  } catch (error) {
    return {
      errorCode: errorCode(error),
      transactionalId,
      transactionState: '',
      transactionTimeoutMs: -1,
      transactionStartTimeMs: -1,
      producerId: -1,
      producerEpoch: -1,
      topics: [],
    };
  }
}
