// What flows between the runtime and a task. The batch is the unit of flow and of acknowledgement: a source's offset stands at
// the batch, not at each record.

import type { FlatObject } from './flat-object.js';
import type { Schema } from './schema.js';

export type Primitive = string | number | boolean | null;

/** Where in the source records come from, such as a file or a table. Primitive values only: it is a key in the offsets topic. */
export type SourcePartition = Readonly<Record<string, Primitive>>;

/** How far a source partition has been read. Primitive values only. */
export type SourceOffset = Readonly<Record<string, Primitive>>;

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Bytes and null are written as they are, anything else by the `header.converter`. */
export interface SourceHeader {
  readonly key: string;
  readonly value: unknown;
  readonly schema?: Schema | undefined;
}

export interface SourceRecord {
  readonly key?: unknown;
  readonly value: unknown;
  /** Milliseconds since the epoch; without it, the time at which the record is sent. */
  readonly timestamp?: number | undefined;
  /** Without it, the `topic` of the configuration. */
  readonly topic?: string | undefined;
  /** Without it, by the hash of the key. */
  readonly partition?: number | undefined;
  readonly headers?: readonly SourceHeader[] | undefined;
  readonly keySchema?: Schema | undefined;
  readonly valueSchema?: Schema | undefined;
}

/** What could not be made a record of: it goes to the dead letters as it was found, with where it was found. */
export interface BadRecord {
  /** The original bytes (or text), as far as they may be kept. */
  readonly raw: Uint8Array | string | null;
  readonly error: Error;
  /** Such as `{ file, line, offset }`; becomes headers of the dead letter. */
  readonly position: Readonly<Record<string, string | number>>;
}

export interface SourceBatch {
  readonly partition: SourcePartition;
  /** Where to go on once this batch, and all before it of the same partition, are acknowledged. */
  readonly offset: SourceOffset;
  readonly records: readonly SourceRecord[];
  readonly bad?: readonly BadRecord[] | undefined;
  /**
   * With `transaction.boundary` connector: the transaction ends behind this batch. `abort` discards its records, though not its offsets: they
   * are not read again.
   */
  readonly transaction?: 'commit' | 'abort' | undefined;
  /**
   * For a progress bar: how far this source partition has been read, and its length when it is known; with `of`, what of that name (all files of a
   * task, say) has been read.
   */
  readonly progress?:
    | { readonly bytes: number; readonly bytesTotal?: number | undefined; readonly of?: string | undefined }
    | undefined;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `offset` is the next one to read, as everywhere in Kafka. */
export interface TopicOffset extends TopicPartition {
  readonly offset: number;
}

/** What the group of a sink has committed of a partition. */
export interface CommittedOffset extends TopicOffset {
  /** A task that returned offsets of its own from `open` had put records of the partition when this was committed: it should find its offset now. */
  readonly wasWritten?: boolean | undefined;
}

export interface SinkRecord extends TopicOffset {
  /** Where it was read, if a transform has given it another `topic` (KIP-793); see `originOf`. */
  readonly origin?: TopicPartition | undefined;
  readonly key: unknown;
  readonly value: unknown;
  readonly timestamp: number;
  readonly headers: readonly RecordHeader[];
  readonly keySchema?: Schema | undefined;
  readonly valueSchema?: Schema | undefined;
  /** For a task that `readsFlat`: the value in its bytes, where it is such an object; `value` is then read from them when it is asked for. */
  readonly flat?: FlatObject | undefined;
}

/** The topic and partition that the record's offset belongs to: what a sink keeps its offsets by. */
export function originOf(record: SinkRecord): TopicPartition {
  return record.origin ?? record;
}

/** Consecutive records of one partition, in the order of their offsets. Transforms may have given some of them another topic. */
export interface SinkBatch extends TopicPartition {
  readonly records: readonly SinkRecord[];
}
