// Brokers that are away, or not ready, for longer than any call waits for them: no reason for an application to end. Its work since the last commit is
// done again when they are back, as Kafka Streams does it.

import { type KafkaErrorName, ProtocolError, WorldFault } from '../../core/index.js';

/** Retriable by Kafka's word, though waiting mends nothing of it. */
const stays: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'CORRUPT_MESSAGE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
]);

/** Whether the error, or what it came of, is that no broker could be reached or had an answer. `isInProcess`: the log is, and no other broker takes over a disk that has failed. */
export function isPassingTrouble(error: unknown, isInProcess: boolean): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof WorldFault && error.isRetriable) return true;
  const isLasting = ({ kind }: ProtocolError) => stays.has(kind) || (isInProcess && kind === 'KAFKA_STORAGE_ERROR');
  if (error instanceof ProtocolError && error.isRetriable && !isLasting(error)) return true;
  return isPassingTrouble(error.cause, isInProcess);
}
