// One internal partition as the memory of a pure machine: its decisions are appended as one batch each, and replayed when the broker opens.
// Nothing is told to anybody before it is committed: whoever answers asks `committed` first.

import type { PartitionLog } from '../log/partition-log.js';
import type { Ports } from '../ports/ports.js';
import { producerEpoch, producerId } from '../records/batch-header.js';
import { BatchWriter } from '../records/batch-writer.js';
import { readEndTransactionMarker, writeEndTransactionMarker } from '../records/end-transaction-marker.js';
import type { FieldWriter } from '../records/field.js';
import { RecordCursor } from '../records/record-cursor.js';

/** The batch of a decision that belongs to a producer's transaction, or ends it. */
export type TransactionalBatch =
  | { readonly kind: 'part'; readonly producerId: number; readonly producerEpoch: number }
  | ({ readonly kind: 'marker' } & MachineMarker);

export interface MachineMarker {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly commits: boolean;
}

type BytesOrNull = Uint8Array | null;

/** How a machine's records lie in the log. */
export interface MachineRecordCodec<R> {
  encode(record: R): { readonly key: BytesOrNull; readonly value: BytesOrNull };
  /** undefined: a record of a kind that this machine does not know. `part`: of which transaction it is part. */
  decode(
    key: BytesOrNull,
    value: BytesOrNull,
    part: Omit<MachineMarker, 'commits' | 'coordinatorEpoch'> | undefined,
  ): R | undefined;
  /** Where the machine takes part in transactions: what the batch of these records is. */
  batchOf?(records: readonly R[]): TransactionalBatch | undefined;
  decodeMarker?(marker: MachineMarker): R;
}

export interface MachineLogOptions<R> {
  readonly codec: MachineRecordCodec<R>;
  /** Of the batches to come. */
  readonly leaderEpoch: () => number;
  /** `always`: a record is committed once it is on disk, whatever the broker's flush policy. */
  readonly flushes: 'always' | 'by-policy';
}

const replayChunkBytes = 1024 * 1024;
const bytesWriter: FieldWriter<Uint8Array> = { write: (bytes, arena) => arena.append(bytes) };

export class MachineLog<R> {
  readonly log: PartitionLog;
  readonly #ports: Ports;
  readonly #options: MachineLogOptions<R>;
  readonly #writer: BatchWriter;

  constructor(ports: Ports, log: PartitionLog, options: MachineLogOptions<R>) {
    this.log = log;
    this.#ports = ports;
    this.#options = options;
    this.#writer = new BatchWriter({ compression: ports.compression });
  }

  get leaderEpoch(): number {
    return this.#options.leaderEpoch();
  }

  /** Appends the records of one decision, all or none. When it throws, the machine must be dropped and replayed. */
  append(records: readonly R[]): void {
    if (records.length === 0) return;
    const now = this.#ports.clock.now();
    const batch = this.#batchOf(records, now);
    this.log.append(batch, { leaderEpoch: this.leaderEpoch, now, origin: 'coordinator' });
  }

  /** Everything below is committed. */
  get committedOffset(): number {
    return this.#options.flushes === 'always' ? this.log.flushedOffset : this.log.highWatermark;
  }

  /** Resolves when all that was appended so far is committed; undefined when it is already. */
  committed(): Promise<void> | undefined {
    const { log } = this;
    if (this.committedOffset >= log.logEndOffset) return undefined;
    return this.#options.flushes === 'always' ? log.flush() : log.flushed(log.logEndOffset);
  }

  async replay(apply: (record: R) => void): Promise<void> {
    const cursor = new RecordCursor();
    let offset = this.log.logStartOffset;
    while (offset < this.log.logEndOffset) {
      const chunks = await this.log.readAsync(offset, replayChunkBytes, this.log.logEndOffset);
      for (const bytes of chunks) {
        for (let at = 0; at < bytes.length; at = cursor.nextBatchAt) {
          cursor.open(bytes, at, this.#ports.compression);
          if (cursor.isControl) this.#applyMarker(bytes, at, apply);
          else this.#applyAll(cursor, partOf(bytes, at, cursor), apply);
          offset = cursor.lastOffset + 1;
        }
      }
    }
  }

  #batchOf(records: readonly R[], now: number): Uint8Array {
    const { codec } = this.#options;
    const batch = codec.batchOf?.(records);
    if (batch?.kind === 'marker') return writeEndTransactionMarker(this.#ports.compression, batch, now);
    for (const record of records) {
      const { key, value } = codec.encode(record);
      this.#writer.append(key, bytesWriter, value, bytesWriter, now);
    }
    if (batch === undefined) return this.#writer.finish();
    const { producerId, producerEpoch } = batch;
    // As Kafka writes them; sequences of a coordinator are not checked.
    return this.#writer.finish({ producerId, producerEpoch, baseSequence: 0, isTransactional: true });
  }

  #applyMarker(bytes: Uint8Array, at: number, apply: (record: R) => void): void {
    const marker = readEndTransactionMarker(bytes, at);
    const { decodeMarker } = this.#options.codec;
    if (marker === undefined || decodeMarker === undefined) return;
    apply(decodeMarker({ ...marker, producerId: producerId(bytes, at), producerEpoch: producerEpoch(bytes, at) }));
  }

  #applyAll(cursor: RecordCursor, part: ReturnType<typeof partOf>, apply: (record: R) => void): void {
    for (let index = 0; index < cursor.count; index++) {
      const key = field(cursor, cursor.keyStart(index), cursor.keyEnd(index));
      const value = field(cursor, cursor.valueStart(index), cursor.valueEnd(index));
      const record = this.#options.codec.decode(key, value, part);
      if (record !== undefined) apply(record);
    }
  }
}

function partOf(bytes: Uint8Array, at: number, cursor: RecordCursor) {
  if (!cursor.isTransactional) return undefined;
  return { producerId: producerId(bytes, at), producerEpoch: producerEpoch(bytes, at) };
}

function field(cursor: RecordCursor, start: number, end: number): Uint8Array | null {
  return start < 0 ? null : cursor.bytes.slice(start, end);
}
