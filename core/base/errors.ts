// Errors say whose fault it is. ProtocolError: a client asked for something it may not have. WorldFault: the disk,
// the network, a remote system. UsageError: a person wrote something that cannot be meant (an unknown option or topic, a topology
// that cannot be built). AssertionFailure: our bug; nobody catches it to go on.
// Every message says what happened, where, and what to do.

import { type KafkaErrorName, kafkaErrors } from './kafka-errors.js';

/** A request that was refused, with Kafka's error code. `isRetriable`: the same request may succeed later. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError';
  readonly code: number;
  readonly isRetriable: boolean;
  readonly kind: KafkaErrorName;

  constructor(kind: KafkaErrorName, message?: string, options?: { cause?: unknown }) {
    super(message === undefined ? `${kind}: ${kafkaErrors[kind].meaning}` : `${kind}: ${message}`, options);
    this.kind = kind;
    this.code = kafkaErrors[kind].code;
    this.isRetriable = kafkaErrors[kind].isRetriable;
  }
}

/** Something outside the process failed: disk, network, a remote system. `isRetriable`: trying again may help. */
export class WorldFault extends Error {
  override readonly name = 'WorldFault';
  readonly isRetriable: boolean;

  constructor(message: string, options: { cause?: unknown; isRetriable: boolean }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.isRetriable = options.isRetriable;
  }
}

/** What a person asked for cannot be meant: unknown names, contradicting options, a topology that cannot be built. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Our bug. Never caught to go on. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}
