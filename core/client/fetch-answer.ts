// One partition's part of a fetch answer.

import { type KafkaErrorName, kafkaErrorName, kafkaErrors } from '../base/kafka-errors.js';
import type { fetch } from '../protocol/01-fetch.js';
import type { ResponseOf } from '../protocol/api.js';
import { batchHeaderBytes, batchSizeBytes, lastOffset } from '../records/batch-header.js';

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

/** The whole batches of an answer, and the offset behind them. A broker may cut the last batch to keep to a size. */
export function wholeBatches(
  pieces: readonly Uint8Array[],
  fetchOffset: number,
): { batches: readonly Uint8Array[]; nextOffset: number } {
  const batches: Uint8Array[] = [];
  let nextOffset = fetchOffset;
  for (const piece of pieces) {
    let end = 0;
    while (piece.length - end >= batchHeaderBytes) {
      const next = end + batchSizeBytes(piece, end);
      if (next > piece.length || next < end + batchHeaderBytes) break;
      nextOffset = Math.max(nextOffset, lastOffset(piece, end) + 1);
      end = next;
    }
    if (end > 0) batches.push(end === piece.length ? piece : piece.subarray(0, end));
  }
  return { batches, nextOffset };
}
