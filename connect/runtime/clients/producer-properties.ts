import { type CodecName, codecIds, type ProducerOptions } from '../../../core/index.js';
import type { ClientProperties } from './client-property.js';

/** What `producer.override.*` can set. */
export const producerProperties: ClientProperties<ProducerOptions> = {
  acks: {
    type: 'STRING',
    words: ['all', '-1', '0', '1'],
    option: value => ({ acks: value === '0' ? 0 : value === '1' ? 1 : 'all' }),
  },
  // Kafka's 0 is a batch for each record.
  'batch.size': { type: 'INT', min: 0, option: value => ({ batchSizeBytes: Math.max(1, Number(value)) }) },
  'buffer.memory': { type: 'LONG', min: 0, option: value => ({ bufferBytesMax: Math.max(1, Number(value)) }) },
  'client.id': { type: 'STRING', option: clientId => ({ clientId }) },
  'compression.type': {
    type: 'STRING',
    words: Object.keys(codecIds),
    option: value => ({ compression: value as CodecName }),
  },
  'delivery.timeout.ms': { type: 'INT', min: 0, option: value => ({ deliveryTimeoutMs: Number(value) }) },
  'enable.idempotence': { type: 'BOOLEAN', isAnyCase: true, option: value => ({ idempotent: value === 'true' }) },
  'linger.ms': { type: 'LONG', min: 0, option: value => ({ lingerMs: Number(value) }) },
  'max.block.ms': { type: 'LONG', min: 0, option: value => ({ maxBlockMs: Number(value) }) },
  'metadata.max.age.ms': { type: 'LONG', min: 0, option: value => ({ metadataMaxAgeMs: Number(value) }) },
  'transaction.timeout.ms': { type: 'INT', min: 1, option: value => ({ transactionTimeoutMs: Number(value) }) },
};
