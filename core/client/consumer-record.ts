import type { RecordHeaders } from '../records/record-header.js';

/** A record as an application sees it. */
export interface ConsumerRecord<K, V> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: K | null;
  /** null is a tombstone. */
  readonly value: V | null;
  readonly headers: RecordHeaders;
}

/** Batches of one partition as the log holds them. They may be shared with the log: do not write into them. */
export interface FetchedBatches {
  readonly topic: string;
  readonly partition: number;
  /** Skip records below: a batch is never cut. */
  readonly fromOffset: number;
  /** Behind the last batch. */
  readonly nextOffset: number;
  /**
   * Each holds one or more whole batches; without control batches, and under read_committed without those of aborted transactions. None
   * at all where there was nothing else: `nextOffset` is behind them all the same.
   */
  readonly batches: readonly Uint8Array[];
  /** The end of what may be read, at the time of the fetch: under read_committed the last stable offset. */
  readonly highWatermark: number;
}
