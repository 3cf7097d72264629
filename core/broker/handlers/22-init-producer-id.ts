import { ProtocolError } from '../../base/errors.js';
import { initProducerId } from '../../protocol/22-init-producer-id.js';
import { errorCode } from '../error-code.js';
import { handler } from '../handler.js';

export const initProducerIdHandler = handler(initProducerId, async (node, request) => {
  const { transactionalId } = request;
  try {
    if (transactionalId !== null) {
      throw new ProtocolError(
        'INVALID_REQUEST',
        `no transactions yet: "${transactionalId}" cannot be a transactional id`,
      );
    }
    // Without a transactional id every request gets a new producer id, also one that names an old one (as Kafka does).
    return initProducerId.response({ producerId: await node.producerIds.take(), producerEpoch: 0 });
  } catch (error) {
    return initProducerId.response({ errorCode: errorCode(error), producerId: -1, producerEpoch: -1 });
  }
});
