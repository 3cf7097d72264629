// What the producer does about an error code: one table. Kafka's Java clients keep the same knowledge in the class of each exception
// and in the handlers of the answers. Whether the same request may simply be sent again is `isRetriable` of `kafkaErrors`.

import { ProtocolError, WorldFault } from '../base/errors.js';
import { type KafkaErrorName, kafkaErrors } from '../base/kafka-errors.js';

/** What becomes of a batch after an answer. */
export type ProduceOutcome =
  /** It is written. */
  | 'written'
  /** Send it again. */
  | 'retry'
  /** Too large for the topic: try its halves. */
  | 'split'
  /** The broker does not know the producer's sequence any more: begin again with a new producer epoch. */
  | 'renew'
  /** It will never be accepted. */
  | 'abandon';

export interface ErrorTreatment {
  /** The same request may succeed later. */
  readonly isRetriable: boolean;
  /** Another broker leads the partition, or the topic is another one. */
  readonly refreshesMetadata: boolean;
  /** Another broker coordinates the group or the transactional id. */
  readonly refreshesCoordinator: boolean;
  /** Refused, but perhaps written all the same. */
  readonly leavesDoubt: boolean;
  readonly produceOutcome: ProduceOutcome;
  /**
   * What it means for a transaction when it is not tried again: that must be aborted, or the producer is done for. 'by-origin': an answer to
   * Produce aborts; the coordinator's own word is final.
   */
  readonly transaction: 'abort' | 'fatal' | 'by-origin';
}

const ofStaleMetadata = { refreshesMetadata: true } as const;
const ofMovedCoordinator = { refreshesCoordinator: true } as const;
const abortable = { transaction: 'abort' } as const;
const fatal = { transaction: 'fatal' } as const;

const exceptions: Readonly<Partial<Record<KafkaErrorName, Partial<ErrorTreatment>>>> = {
  UNKNOWN_SERVER_ERROR: { leavesDoubt: true },
  UNKNOWN_TOPIC_OR_PARTITION: ofStaleMetadata,
  LEADER_NOT_AVAILABLE: ofStaleMetadata,
  NOT_LEADER_OR_FOLLOWER: ofStaleMetadata,
  REQUEST_TIMED_OUT: { leavesDoubt: true },
  REPLICA_NOT_AVAILABLE: ofStaleMetadata,
  MESSAGE_TOO_LARGE: { produceOutcome: 'split' },
  NETWORK_EXCEPTION: { refreshesMetadata: true, leavesDoubt: true },
  OFFSET_METADATA_TOO_LARGE: abortable,
  INVALID_COMMIT_OFFSET_SIZE: abortable,
  COORDINATOR_NOT_AVAILABLE: ofMovedCoordinator,
  NOT_COORDINATOR: ofMovedCoordinator,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: { leavesDoubt: true },
  ILLEGAL_GENERATION: abortable,
  UNKNOWN_MEMBER_ID: abortable,
  REBALANCE_IN_PROGRESS: abortable,
  FENCED_INSTANCE_ID: abortable,
  FENCED_MEMBER_EPOCH: abortable,
  STALE_MEMBER_EPOCH: abortable,
  TOPIC_AUTHORIZATION_FAILED: abortable,
  GROUP_AUTHORIZATION_FAILED: abortable,
  CLUSTER_AUTHORIZATION_FAILED: fatal,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: fatal,
  SASL_AUTHENTICATION_FAILED: fatal,
  UNSUPPORTED_VERSION: fatal,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: fatal,
  PRODUCER_FENCED: fatal,
  OUT_OF_ORDER_SEQUENCE_NUMBER: { produceOutcome: 'renew' },
  // Written before, beyond what the broker remembers in detail.
  DUPLICATE_SEQUENCE_NUMBER: { produceOutcome: 'written' },
  INVALID_PRODUCER_EPOCH: { produceOutcome: 'renew' },
  INVALID_PRODUCER_ID_MAPPING: { produceOutcome: 'renew', transaction: 'abort' },
  UNKNOWN_PRODUCER_ID: { produceOutcome: 'renew', transaction: 'abort' },
  TRANSACTION_ABORTABLE: abortable,
  KAFKA_STORAGE_ERROR: { refreshesMetadata: true, leavesDoubt: true },
  LISTENER_NOT_FOUND: ofStaleMetadata,
  FENCED_LEADER_EPOCH: ofStaleMetadata,
  PREFERRED_LEADER_NOT_AVAILABLE: ofStaleMetadata,
  ELIGIBLE_LEADERS_NOT_AVAILABLE: ofStaleMetadata,
  ELECTION_NOT_NEEDED: ofStaleMetadata,
  UNKNOWN_TOPIC_ID: ofStaleMetadata,
  INCONSISTENT_TOPIC_ID: ofStaleMetadata,
};

export function treatmentOf(name: KafkaErrorName): ErrorTreatment {
  const { isRetriable } = kafkaErrors[name];
  return {
    isRetriable,
    refreshesMetadata: false,
    refreshesCoordinator: false,
    leavesDoubt: false,
    produceOutcome: isRetriable ? 'retry' : 'abandon',
    transaction: isRetriable ? 'abort' : 'by-origin',
    ...exceptions[name],
  };
}

/** True when the batch may be in the log although its request failed. */
export function isInDoubt(error: unknown): boolean {
  return error instanceof ProtocolError ? treatmentOf(error.kind).leavesDoubt : error instanceof WorldFault;
}

/** Asking for metadata may show where else to go. */
export function isStaleMetadata(error: unknown): boolean {
  return error instanceof ProtocolError ? treatmentOf(error.kind).refreshesMetadata : error instanceof WorldFault;
}

export function isMovedCoordinator(error: unknown): boolean {
  return error instanceof ProtocolError ? treatmentOf(error.kind).refreshesCoordinator : error instanceof WorldFault;
}

/** Whether a transactional producer is lost with this error, or its transaction only. */
export function endsProducer(error: unknown, origin: 'leader' | 'coordinator'): boolean {
  if (!(error instanceof ProtocolError)) return false;
  const { transaction } = treatmentOf(error.kind);
  return transaction === 'fatal' || (transaction === 'by-origin' && origin === 'coordinator');
}
