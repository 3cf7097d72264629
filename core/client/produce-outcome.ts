// What becomes of a batch after an answer, as a table over the error codes.

import { ProtocolError, WorldFault } from '../base/errors.js';
import { type KafkaErrorName, kafkaErrorName, kafkaErrors } from '../base/kafka-errors.js';

export type ProduceOutcome =
  /** It is written. */
  | 'written'
  /** Send it again. */
  | 'retry'
  /** Too large for the topic: try its halves. */
  | 'split'
  /** The broker does not know the producer's sequence any more: begin again with a new producer id. */
  | 'renew'
  /** It will never be accepted. */
  | 'abandon';

const outcomes: Partial<Record<KafkaErrorName, ProduceOutcome>> = {
  // Written before, beyond what the broker remembers in detail.
  DUPLICATE_SEQUENCE_NUMBER: 'written',
  MESSAGE_TOO_LARGE: 'split',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'renew',
  UNKNOWN_PRODUCER_ID: 'renew',
  INVALID_PRODUCER_EPOCH: 'renew',
  INVALID_PRODUCER_ID_MAPPING: 'renew',
};

/** Refused, but perhaps written all the same. */
const leavesDoubt: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
  'UNKNOWN_SERVER_ERROR',
]);

/** The leader is another one than was thought. */
const wantsMetadata: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_TOPIC_ID',
  'KAFKA_STORAGE_ERROR',
]);

/** A failed disk does not mend itself; on a cluster another leader may have been found after some attempts. */
const storageAttemptsMax = 5;

export interface AttemptFacts {
  readonly attempts: number;
  readonly recordCount: number;
  /** A batch before it in the sequence has failed, so this one could not be taken. */
  readonly isBehindFailure: boolean;
}

export function outcomeOf(code: number, facts: AttemptFacts): ProduceOutcome {
  if (code === 0) return 'written';
  const name = kafkaErrorName(code);
  if (name === 'KAFKA_STORAGE_ERROR' && facts.attempts >= storageAttemptsMax) return 'abandon';
  const outcome = outcomes[name] ?? (kafkaErrors[name].isRetriable ? 'retry' : 'abandon');
  if (outcome === 'renew' && facts.isBehindFailure) return 'retry';
  if (outcome === 'split' && facts.recordCount === 1) return 'abandon';
  return outcome;
}

/** True when the batch may be in the log although its request failed. */
export function isInDoubt(error: unknown): boolean {
  if (error instanceof ProtocolError) return leavesDoubt.has(error.kind);
  return error instanceof WorldFault;
}

export function isStaleMetadata(error: unknown): boolean {
  return error instanceof WorldFault || (error instanceof ProtocolError && wantsMetadata.has(error.kind));
}
