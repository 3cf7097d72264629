// What was fetched of one partition and is not processed yet. Batches stay as they came; only the head record is looked at. Its key and
// value are decoded when it is taken, or, where the event time is read out of the value, when it becomes the head.

import { type Compression, type FetchedBatches, RecordCursor } from '../../core/index.js';
import type { Headers, SourcePlan } from '../topology/plan.js';

export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly source: SourcePlan;
  readonly isInternal: boolean;
  /** Infinity without a head. */
  headTimestamp = Number.POSITIVE_INFINITY;
  hasHead = false;
  key: unknown = null;
  value: unknown = null;
  /** Why the head could not be decoded. */
  decodeFailure: { readonly cause: unknown } | undefined;
  bufferedBytes = 0;
  isPaused = false;
  /** The highest timestamp taken, -1 at first. */
  partitionTime = -1;
  /** Where the next fetch goes on. */
  fetchOffset: number;
  highWatermark = 0;
  /** Where processing is to stop; finish() sets it. */
  endOffset = Number.POSITIVE_INFINITY;
  headOffset = -1;
  readonly #compression: Compression;
  readonly #cursor = new RecordCursor();
  #record = 0;
  #batches: { readonly bytes: Uint8Array; readonly from: number }[] = [];
  #open: { readonly bytes: Uint8Array; readonly from: number } | undefined;
  #isDecoded = false;
  /** Somebody was given views of the open bytes. */
  #isShown = false;
  #release: (batch: Uint8Array) => void = () => {};

  constructor(source: SourcePlan, topic: string, partition: number, position: number, compression: Compression) {
    this.source = source;
    this.isInternal = source.isInternal;
    this.topic = topic;
    this.partition = partition;
    this.fetchOffset = position;
    this.#compression = compression;
  }

  /** The offset to commit: of the next record that was not taken. */
  get position(): number {
    return this.hasHead ? this.headOffset : this.fetchOffset;
  }

  /** There is more in the log than was fetched, and nothing here. */
  get isStarved(): boolean {
    return !this.hasHead && this.fetchOffset < this.highWatermark;
  }

  get hasReachedEnd(): boolean {
    return this.position >= this.endOffset;
  }

  /** `release` is called with each batch that nothing here refers to any more. */
  add(fetched: FetchedBatches, release: (batch: Uint8Array) => void = () => {}): void {
    this.#release = release;
    this.highWatermark = fetched.highWatermark;
    this.fetchOffset = fetched.nextOffset;
    for (const bytes of fetched.batches) {
      this.bufferedBytes += bytes.length;
      this.#batches.push({ bytes, from: fetched.fromOffset });
    }
    if (!this.hasHead) this.advance();
  }

  /** Decodes the head's key and value; false (and `decodeFailure`) when a serde throws. */
  decode(): boolean {
    if (this.#isDecoded) return this.decodeFailure === undefined;
    this.#isDecoded = true;
    const cursor = this.#cursor;
    const record = this.#record;
    const { keySerde, valueSerde } = this.source;
    try {
      const keyStart = cursor.keyStart(record);
      this.key = keyStart < 0 ? null : keySerde.read(cursor.bytes, keyStart, cursor.keyEnd(record));
      const valueStart = cursor.valueStart(record);
      this.value = valueStart < 0 ? null : valueSerde.read(cursor.bytes, valueStart, cursor.valueEnd(record));
      return true;
    } catch (cause) {
      this.decodeFailure = { cause };
      return false;
    }
  }

  /** Their values are views: who was given any may keep them. */
  headHeaders(): Headers {
    const headers = this.#cursor.headers(this.#record);
    if (headers.length > 0) this.#isShown = true;
    return headers;
  }

  /** The head as it lies in the log, copied. */
  headBytes(): { readonly key: Uint8Array | null; readonly value: Uint8Array | null } {
    const cursor = this.#cursor;
    const part = (start: number, end: number) => (start < 0 ? null : cursor.bytes.slice(start, end));
    return {
      key: part(cursor.keyStart(this.#record), cursor.keyEnd(this.#record)),
      value: part(cursor.valueStart(this.#record), cursor.valueEnd(this.#record)),
    };
  }

  /** Lets go of the head and looks at the next record. */
  advance(): void {
    const cursor = this.#cursor;
    this.#isDecoded = false;
    this.decodeFailure = undefined;
    for (;;) {
      this.#record++;
      if (this.#record >= cursor.count) {
        if (this.#openNext()) continue;
        this.hasHead = false;
        this.headTimestamp = Number.POSITIVE_INFINITY;
        return;
      }
      const offset = cursor.offset(this.#record);
      if (offset < this.#open!.from) continue;
      this.hasHead = true;
      this.headOffset = offset;
      this.headTimestamp =
        this.source.timestamp === undefined ? cursor.timestamp(this.#record) : this.#extractTimestamp();
      return;
    }
  }

  #extractTimestamp(): number {
    const ofRecord = this.#cursor.timestamp(this.#record);
    if (!this.decode() || this.value === null) return ofRecord;
    try {
      const timestamp = Number(this.source.timestamp!(this.value, this.key));
      // What has no place in time is taken at once, and then dropped.
      return Number.isNaN(timestamp) ? -1 : timestamp;
    } catch (cause) {
      this.decodeFailure = { cause };
      return ofRecord;
    }
  }

  #letGo(): void {
    if (this.#open === undefined) return;
    const { bytes } = this.#open;
    this.bufferedBytes -= bytes.length;
    const { keySerde, valueSerde } = this.source;
    if (keySerde.readsCopies && valueSerde.readsCopies && !this.#isShown) this.#release(bytes);
    this.#isShown = false;
  }

  /** Opens the next batch that holds records; false when there is none. */
  #openNext(): boolean {
    const cursor = this.#cursor;
    for (;;) {
      if (this.#open === undefined || cursor.nextBatchAt >= this.#open.bytes.length) {
        this.#letGo();
        this.#open = this.#batches.shift();
        if (this.#open === undefined) {
          cursor.count = 0;
          return false;
        }
        cursor.open(this.#open.bytes, 0, this.#compression);
      } else cursor.open(this.#open.bytes, cursor.nextBatchAt, this.#compression);
      this.#record = -1;
      if (!cursor.isControl) return true;
    }
  }
}
