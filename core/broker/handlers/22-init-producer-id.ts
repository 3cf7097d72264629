import { initProducerId } from '../../protocol/22-init-producer-id.js';
import type { RequestOf } from '../../protocol/api.js';
import type { ProducerIdReply } from '../../transactions/transactions-command.js';
import type { BrokerNode } from '../broker-node.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

export const initProducerIdHandler = handler(initProducerId, async (node, request) => {
  try {
    return initProducerId.response(await producerIdFor(node, request));
  } catch (error) {
    return initProducerId.response({ errorCode: errorCode(error), producerId: -1, producerEpoch: -1 });
  }
});

async function producerIdFor(
  node: BrokerNode,
  request: RequestOf<typeof initProducerId>,
): Promise<Partial<ProducerIdReply>> {
  const { transactionalId, transactionTimeoutMs: timeoutMs, producerId, producerEpoch } = request;
  // Without a transactional id every request gets a new producer id, also one that names an old one (as Kafka does).
  if (transactionalId === null) return { producerId: await node.producerIds.take(), producerEpoch: 0 };
  const shard = await node.transactions.shardOf(transactionalId);
  return await shard.runPatiently<'init-producer-id'>({
    kind: 'init-producer-id',
    transactionalId,
    timeoutMs,
    expectedProducerId: producerId,
    expectedProducerEpoch: producerEpoch,
    newProducerId: undefined,
  });
}
