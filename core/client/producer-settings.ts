import { UsageError } from '../base/errors.js';
import type { CodecName } from '../ports/compression.js';
import type { ProducerOptions } from './producer-options.js';

/** The options with their defaults, checked. */
export interface ProducerSettings {
  readonly acks: -1 | 0 | 1;
  readonly lingerMs: number;
  readonly batchSizeBytes: number;
  readonly compression: CodecName;
  readonly isIdempotent: boolean;
  readonly bufferBytesMax: number;
  readonly connectionsPerBroker: number;
  readonly deliveryTimeoutMs: number;
  readonly metadataMaxAgeMs: number;
  readonly transactionalId: string | undefined;
  readonly transactionTimeoutMs: number;
  readonly maxBlockMs: number;
}

export function producerSettings(options: ProducerOptions): ProducerSettings {
  const acks = options.acks ?? 'all';
  const { transactionalId } = options;
  if (transactionalId !== undefined) requireTransactional(options);
  if (options.idempotent === true && acks !== 'all') {
    throw new UsageError(`an idempotent producer needs acks 'all', not ${acks}`);
  }
  return {
    acks: acks === 'all' ? -1 : acks,
    lingerMs: atLeast(0, options.lingerMs ?? 0, 'lingerMs'),
    batchSizeBytes: atLeast(1, options.batchSizeBytes ?? 256 * 1024, 'batchSizeBytes'),
    compression: options.compression ?? 'none',
    isIdempotent: options.idempotent ?? acks === 'all',
    bufferBytesMax: atLeast(1, options.bufferBytesMax ?? 32 * 1024 * 1024, 'bufferBytesMax'),
    // Without answers nothing tells that a batch has come before another goes over another connection.
    connectionsPerBroker: acks === 0 ? 1 : wholeConnections(options.connectionsPerBroker ?? 2),
    deliveryTimeoutMs: atLeast(0, options.deliveryTimeoutMs ?? 120_000, 'deliveryTimeoutMs'),
    metadataMaxAgeMs: atLeast(0, options.metadataMaxAgeMs ?? 300_000, 'metadataMaxAgeMs'),
    transactionalId,
    transactionTimeoutMs: atLeast(1, options.transactionTimeoutMs ?? 60_000, 'transactionTimeoutMs'),
    maxBlockMs: atLeast(0, options.maxBlockMs ?? 60_000, 'maxBlockMs'),
  };
}

function requireTransactional({ transactionalId, acks = 'all', idempotent = true }: ProducerOptions): void {
  if (typeof transactionalId !== 'string' || transactionalId === '') {
    throw new UsageError('the producer option transactionalId must be a text that is not empty');
  }
  if (acks !== 'all' || !idempotent) {
    throw new UsageError(
      `a producer with a transactionalId is idempotent and needs acks 'all': leave both options out`,
    );
  }
}

function atLeast(min: number, value: number, name: string): number {
  if (value >= min) return value;
  throw new UsageError(`the producer option ${name} is ${value}: it must be ${min} or more`);
}

function wholeConnections(count: number): number {
  if (Number.isInteger(count)) return atLeast(1, count, 'connectionsPerBroker');
  throw new UsageError(`the producer option connectionsPerBroker is ${count}: it must be a whole number, 1 or more`);
}
