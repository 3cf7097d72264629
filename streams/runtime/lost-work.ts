import { type KafkaErrorName, ProtocolError } from '../../core/index.js';
import type { Delivery } from './delivery.js';

/** The group gave the partitions to others. */
const membershipLost: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
]);

/** The transaction was aborted (it took too long) or fenced. */
const transactionLost: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_TXN_STATE',
  'TRANSACTION_ABORTABLE',
]);

/** What says that work since the last commit cannot be committed any more, though nothing is wrong with the app: it can be done again. */
export function isWorkLost(error: unknown, delivery: Delivery): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof ProtocolError) {
    if (membershipLost.has(error.kind)) return true;
    if (transactionLost.has(error.kind)) return !delivery.isVisibleWhenFlushed;
  }
  return error.cause !== undefined && isWorkLost(error.cause, delivery);
}
