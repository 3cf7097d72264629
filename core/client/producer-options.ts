import type { CodecName } from '../ports/compression.js';
import type { RecordHeaders } from '../records/record-header.js';

export interface ProducerOptions {
  /** 'all' (default): acknowledged by all in-sync replicas. 1: by the leader. 0: not at all, offsets are then -1. */
  readonly acks?: 'all' | 0 | 1;
  /** Default 0: what is appended in one run of the event loop goes out together, at its end. */
  readonly lingerMs?: number;
  /** A batch goes out when it has this size. Default 256 KiB. */
  readonly batchSizeBytes?: number;
  readonly compression?: CodecName;
  /** Default true: a batch that is sent again because its answer was lost is written once. Needs acks 'all'. */
  readonly idempotent?: boolean;
  /** What may wait to be acknowledged before `send` waits and `isFull` becomes true. Default 32 MiB. */
  readonly bufferBytesMax?: number;
  /**
   * How many connections to one broker batches may take. A broker works on one request of a connection at a time; further ones are
   * used only while more than 256 KiB are under way. A partition's records keep their order. Default 2; 1 with acks 0 and in this process.
   */
  readonly connectionsPerBroker?: number;
  /** A record that could not be delivered for so long is given up. Default 2 minutes. */
  readonly deliveryTimeoutMs?: number;
  /**
   * Makes the producer transactional: what it writes between `beginTransaction` and `commitTransaction` becomes visible to read_committed
   * readers as one. Of all producers with one id only the newest may write; earlier ones are fenced. Implies `idempotent`.
   */
  readonly transactionalId?: string;
  /** A transaction that takes longer is aborted by the broker. Default one minute. */
  readonly transactionTimeoutMs?: number;
  /** For how long initTransactions, sendOffsets, commitTransaction and abortTransaction try before they reject. Default one minute. */
  readonly maxBlockMs?: number;
  /** How old what is known of topics may get: partitions that were added are noticed after so long. Default 5 minutes. */
  readonly metadataMaxAgeMs?: number;
  readonly clientId?: string;
}

export interface ProducerRecord<K, V> {
  readonly key?: K | null;
  /** null, or left out, is a tombstone. */
  readonly value?: V | null;
  /** Default: by the hash of the key, as Java's partitioner; without a key the partitions take turns by the batch. */
  readonly partition?: number;
  /** Milliseconds since the epoch. Default: the topic's timestamp function, else now. */
  readonly timestamp?: number;
  readonly headers?: RecordHeaders;
}

/** How far a group has read a partition, as part of a transaction. */
export interface OffsetToSend {
  readonly topic: string;
  readonly partition: number;
  /** Of the next record to read. */
  readonly offset: number;
  readonly metadata?: string;
  readonly leaderEpoch?: number;
}

/** Where a record was written. `offset` is -1 with acks 0. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
}
