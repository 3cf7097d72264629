import type { Ports } from '../ports/ports.js';
import { initProducerId } from '../protocol/22-init-producer-id.js';
import { anyNode, type NodeConnections } from './node-connections.js';
import { requireSuccess } from './refusal.js';
import { withRetries } from './retry.js';

/** The id under which the broker remembers a producer's sequences. -1 for one that is not idempotent. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export const noIdentity: ProducerIdentity = { producerId: -1, producerEpoch: -1 };

/** A fresh id from the broker. */
export function requestIdentity(ports: Ports, nodes: NodeConnections): Promise<ProducerIdentity> {
  return withRetries(ports, {}, async () => {
    const answer = await nodes.send(anyNode, initProducerId, initProducerId.request({ transactionalId: null }));
    requireSuccess(answer.errorCode, 'asking for a producer id');
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch };
  });
}
