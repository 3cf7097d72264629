import type { RecordHeader } from './producer-options.js';

/** Appends records to one topic without a promise for each. */
export interface TopicWriter<K, V> {
  readonly topic: string;
  readonly partitionCount: number;
  /** `partition` -1: by the key's hash; without a key the partitions take turns by the batch. */
  append(
    key: K | null,
    value: V | null,
    timestamp: number,
    partition?: number,
    headers?: readonly RecordHeader[],
  ): void;
}
