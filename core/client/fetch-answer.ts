// One partition's part of a fetch answer.

import { type KafkaErrorName, kafkaErrorName, kafkaErrors } from '../base/kafka-errors.js';
import type { fetch } from '../protocol/01-fetch.js';
import type { ResponseOf } from '../protocol/api.js';

export type FetchedPartition = ResponseOf<typeof fetch>['responses'][number]['partitions'][number];

export type FetchFault = 'out-of-range' | 'stale-metadata' | 'retry' | 'fatal';

const staleMetadata: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
]);

/** A batch that is corrupt in the log stays so; asking again does not mend it. */
const fatalThough: ReadonlySet<KafkaErrorName> = new Set<KafkaErrorName>(['CORRUPT_MESSAGE']);

export function fetchFault(code: number): FetchFault | undefined {
  if (code === 0) return undefined;
  const name = kafkaErrorName(code);
  if (name === 'OFFSET_OUT_OF_RANGE') return 'out-of-range';
  if (staleMetadata.has(name)) return 'stale-metadata';
  return kafkaErrors[name].isRetriable && !fatalThough.has(name) ? 'retry' : 'fatal';
}
