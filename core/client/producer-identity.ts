import type { Ports } from '../ports/ports.js';
import { initProducerId } from '../protocol/22-init-producer-id.js';
import { anyNode, type NodeConnections } from './node-connections.js';
import { requireSuccess } from './refusal.js';
import { type RetryOptions, withRetries } from './retry.js';

/** The id under which the broker remembers a producer's sequences. -1 for one that is not idempotent. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export const noIdentity: ProducerIdentity = { producerId: -1, producerEpoch: -1 };

const epochMax = 0x7fff;

/** The same id an epoch later, whose sequences begin at 0 (KIP-360); undefined when the epochs are used up. */
export function nextEpoch({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity | undefined {
  return producerEpoch < epochMax ? { producerId, producerEpoch: producerEpoch + 1 } : undefined;
}

/** A fresh id from the broker. */
export function requestIdentity(
  ports: Ports,
  nodes: NodeConnections,
  options: RetryOptions = {},
): Promise<ProducerIdentity> {
  return withRetries(ports, options, async () => {
    const answer = await nodes.send(anyNode, initProducerId, initProducerId.request({ transactionalId: null }));
    requireSuccess(answer.errorCode, 'asking for a producer id');
    return { producerId: answer.producerId, producerEpoch: answer.producerEpoch };
  });
}
