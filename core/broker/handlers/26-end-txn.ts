import { endTxn } from '../../protocol/26-end-txn.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';
import { transactionVersion } from '../transaction-coordinator.js';

/** From this version on the answer holds the epoch of the next transaction. */
const epochFromVersion = 5;

export const endTxnHandler = handler(endTxn, async (node, request, context) => {
  const { transactionalId, producerId, producerEpoch, committed: commits } = request;
  try {
    const shard = await node.transactions.shardOf(transactionalId);
    const reply = await shard.runPatiently<'end-transaction'>({
      kind: 'end-transaction',
      transactionalId,
      producerId,
      producerEpoch,
      commits,
      clientTransactionVersion: context.apiVersion >= epochFromVersion ? transactionVersion : 0,
      newProducerId: undefined,
    });
    return endTxn.response(reply);
  } catch (error) {
    return endTxn.response({ errorCode: errorCode(error), producerId: -1, producerEpoch: -1 });
  }
});
