// What was fetched and not yet handed out, in the order in which it came: as batches, or decoded record by record.

import { ProtocolError } from '../base/errors.js';
import type { Compression } from '../ports/compression.js';
import { giveBackBuffer } from '../records/batch-buffers.js';
import { leaderEpoch } from '../records/batch-header.js';
import { RecordCursor } from '../records/record-cursor.js';
import { noHeaders, type RecordHeaders } from '../records/record-header.js';
import type { Serde } from '../serdes/serde.js';
import type { ConsumerRecord, FetchedBatches } from './consumer-record.js';
import type { PartitionState } from './partition-state.js';

export interface Serdes<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

interface Entry {
  readonly state: PartitionState;
  readonly version: number;
  readonly fetched: FetchedBatches;
  /** Of the last batch. */
  readonly leaderEpoch: number;
  /** Where decoding stands: the piece, the batch's position in it, the record in the batch. */
  piece: number;
  batchAt: number;
  record: number;
}

export class FetchBuffer<K, V> {
  readonly #compression: Compression;
  readonly #serdesOf: (topic: string) => Serdes<K, V>;
  readonly #cursor = new RecordCursor();
  #opened: Entry | undefined;
  #entries: Entry[] = [];

  constructor(compression: Compression, serdesOf: (topic: string) => Serdes<K, V>) {
    this.#compression = compression;
    this.#serdesOf = serdesOf;
  }

  add(state: PartitionState, fetched: FetchedBatches, epoch: number): void {
    state.bufferedCount++;
    this.#entries.push({ state, version: state.version, fetched, leaderEpoch: epoch, piece: 0, batchAt: 0, record: 0 });
  }

  /** Everything that is not paused. */
  takeBatches(): readonly FetchedBatches[] {
    const taken: FetchedBatches[] = [];
    this.#entries = this.#entries.filter(entry => {
      const { state, fetched } = entry;
      if (isStale(entry)) return false;
      if (state.isPaused) return true;
      const isPartial = entry.piece > 0 || entry.batchAt > 0 || entry.record > 0;
      const batches = entry.piece > 0 ? fetched.batches.slice(entry.piece) : fetched.batches;
      taken.push(isPartial ? { ...fetched, fromOffset: state.position, batches } : fetched);
      state.position = fetched.nextOffset;
      state.positionEpoch = entry.leaderEpoch;
      state.bufferedCount--;
      return false;
    });
    return taken;
  }

  /** Up to `countMax` records that are not paused. Throws for one that cannot be decoded, once those before it were taken. */
  takeRecords(countMax: number): ConsumerRecord<K, V>[] {
    const records: ConsumerRecord<K, V>[] = [];
    for (let at = 0; at < this.#entries.length && records.length < countMax; ) {
      const entry = this.#entries[at]!;
      const isOver = isStale(entry) || (!entry.state.isPaused && this.#decode(entry, records, countMax));
      if (isOver) this.#entries.splice(at, 1);
      else at++;
    }
    return records;
  }

  clear(): void {
    this.#entries = [];
    this.#opened = undefined;
  }

  /** True when the entry is used up. */
  #decode(entry: Entry, records: ConsumerRecord<K, V>[], countMax: number): boolean {
    const { state, fetched } = entry;
    const serdes = this.#serdesOf(fetched.topic);
    while (entry.piece < fetched.batches.length) {
      const cursor = this.#open(entry);
      for (; entry.record < cursor.count; entry.record++) {
        if (cursor.offset(entry.record) < state.position) continue;
        if (records.length >= countMax) return false;
        const record = this.#record(entry, serdes, records.length === 0);
        if (record === undefined) return false;
        records.push(record);
        state.position = record.offset + 1;
      }
      state.positionEpoch = leaderEpoch(fetched.batches[entry.piece]!, entry.batchAt);
      this.#advance(entry);
    }
    state.position = fetched.nextOffset;
    state.positionEpoch = entry.leaderEpoch;
    state.bufferedCount--;
    if (serdes.key.readsCopies && serdes.value.readsCopies) for (const batch of fetched.batches) giveBackBuffer(batch);
    return true;
  }

  #open(entry: Entry): RecordCursor {
    if (this.#opened !== entry) {
      this.#opened = undefined;
      this.#cursor.open(entry.fetched.batches[entry.piece]!, entry.batchAt, this.#compression);
      this.#opened = entry;
    }
    return this.#cursor;
  }

  #advance(entry: Entry): void {
    this.#opened = undefined;
    entry.record = 0;
    entry.batchAt = this.#cursor.nextBatchAt;
    if (entry.batchAt >= entry.fetched.batches[entry.piece]!.length) {
      entry.piece++;
      entry.batchAt = 0;
    }
  }

  /** undefined for a record that cannot be decoded while there are others to hand out first. */
  #record(entry: Entry, serdes: Serdes<K, V>, isFirst: boolean): ConsumerRecord<K, V> | undefined {
    const cursor = this.#cursor;
    const { bytes } = cursor;
    const at = entry.record;
    const { topic, partition } = entry.fetched;
    const offset = cursor.offset(at);
    try {
      const keyStart = cursor.keyStart(at);
      const valueStart = cursor.valueStart(at);
      const key = keyStart < 0 ? null : serdes.key.read(bytes, keyStart, cursor.keyEnd(at));
      const value = valueStart < 0 ? null : serdes.value.read(bytes, valueStart, cursor.valueEnd(at));
      return { topic, partition, offset, timestamp: cursor.timestamp(at), key, value, headers: this.#headers(at) };
    } catch (cause) {
      if (!isFirst) return undefined;
      const place = `the record at offset ${offset} of ${topic}-${partition} cannot be decoded`;
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new ProtocolError('INVALID_RECORD', `${place}: ${what}; seek to ${offset + 1} to go on`, { cause });
    }
  }

  /** Copies: a header outlives the fetched bytes. */
  #headers(at: number): RecordHeaders {
    const headers = this.#cursor.headers(at);
    if (headers.length === 0) return noHeaders;
    return headers.map(({ key, value }) => ({ key, value: value === null ? null : new Uint8Array(value) }));
  }
}

/** A seek or a new assignment came in between. */
function isStale(entry: Entry): boolean {
  return entry.version !== entry.state.version;
}
