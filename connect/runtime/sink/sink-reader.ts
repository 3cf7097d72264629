// Makes sink records of fetched batches. A record that its converter refuses becomes a dead letter with its original bytes, and is left out.

import { type FetchedBatches, type Ports, RecordCursor } from '../../../core/index.js';
import type { Converted, Converter } from '../../api/converter.js';
import { DataError } from '../../api/errors.js';
import type { FlatReader } from '../../api/flat-object.js';
import type { SinkBatch, SinkRecord } from '../../api/record.js';
import type { DeadLetters, Stage } from '../task/dead-letters.js';
import { type FlatBatch, FlatRecord } from './flat-record.js';

/** Between two looks at the clock. */
const recordsAtOnce = 256;
const yieldAfterMs = 4;

const nothing: Converted = { value: null };

export interface SinkReaderParts {
  readonly ports: Ports;
  readonly key: Converter;
  readonly value: Converter;
  readonly deadLetters: DeadLetters;
  /** Values that are flat objects are left in their bytes. */
  readonly keepsFlat: boolean;
}

export class SinkReader {
  readonly #parts: SinkReaderParts;
  readonly #cursor = new RecordCursor();
  readonly #flat: FlatReader | undefined;
  #yieldedAt = 0;
  /** Bytes of keys and values read so far. */
  bytes = 0;

  constructor(parts: SinkReaderParts) {
    this.#parts = parts;
    this.#flat = parts.keepsFlat ? parts.value.flatReader?.() : undefined;
  }

  /** Lets timers and sockets have their turn meanwhile: what the task has sent is answered. One call at a time. */
  async read({ topic, partition, fromOffset, batches }: FetchedBatches): Promise<SinkBatch> {
    this.#yieldedAt = this.#parts.ports.clock.monotonic();
    const records: SinkRecord[] = [];
    for (const buffer of batches) {
      for (let at = 0; at < buffer.length; at = this.#cursor.nextBatchAt) {
        this.#cursor.open(buffer, at, this.#parts.ports.compression);
        if (!this.#cursor.isControl) await this.#readBatch(topic, partition, fromOffset, records);
      }
    }
    return { topic, partition, records };
  }

  async #readBatch(topic: string, partition: number, fromOffset: number, records: SinkRecord[]): Promise<void> {
    const { count } = this.#cursor;
    for (let index = 0; index < count; index += recordsAtOnce) {
      this.#readSome({ topic, partition, fromOffset }, index, Math.min(count, index + recordsAtOnce), records);
      await this.#yieldWhenLong();
    }
  }

  async #yieldWhenLong(): Promise<void> {
    const { clock } = this.#parts.ports;
    if (clock.monotonic() - this.#yieldedAt < yieldAfterMs) return;
    await clock.yield();
    this.#yieldedAt = clock.monotonic();
  }

  #readSome(
    { topic, partition, fromOffset }: Pick<FetchedBatches, 'topic' | 'partition' | 'fromOffset'>,
    from: number,
    to: number,
    records: SinkRecord[],
  ): void {
    const cursor = this.#cursor;
    const flatBatch: FlatBatch = { topic, partition, bytes: cursor.bytes, converter: this.#parts.value };
    for (let index = from; index < to; index++) {
      const offset = cursor.offset(index);
      if (offset < fromOffset) continue;
      const valueStart = cursor.valueStart(index);
      const valueEnd = cursor.valueEnd(index);
      this.bytes += Math.max(0, cursor.keyEnd(index) - cursor.keyStart(index)) + Math.max(0, valueEnd - valueStart);
      let stage: Stage = 'KEY_CONVERTER';
      try {
        const key = this.#converted(this.#parts.key, cursor.keyStart(index), cursor.keyEnd(index));
        stage = 'VALUE_CONVERTER';
        if (valueStart >= 0 && this.#flat?.find(cursor.bytes, valueStart, valueEnd) === true) {
          records.push(new FlatRecord(flatBatch, cursor, index, key, this.#flat));
          continue;
        }
        const value = this.#converted(this.#parts.value, valueStart, valueEnd);
        records.push({
          topic,
          partition,
          offset,
          timestamp: cursor.timestamp(index),
          key: key.value,
          value: value.value,
          headers: cursor.headers(index),
          keySchema: key.schema,
          valueSchema: value.schema,
        });
      } catch (error) {
        this.#reject({ topic, partition, offset }, index, stage, error);
      }
    }
  }

  #converted(converter: Converter, start: number, end: number): Converted {
    if (start < 0) return converter.readNull?.() ?? nothing;
    return converter.read(this.#cursor.bytes, start, end);
  }

  #reject(
    position: { topic: string; partition: number; offset: number },
    index: number,
    stage: Stage,
    error: unknown,
  ): void {
    const cursor = this.#cursor;
    const field = (start: number, end: number) => (start < 0 ? null : cursor.bytes.slice(start, end));
    this.#parts.deadLetters.take({
      key: field(cursor.keyStart(index), cursor.keyEnd(index)),
      value: field(cursor.valueStart(index), cursor.valueEnd(index)),
      timestamp: cursor.timestamp(index),
      headers: cursor.headers(index),
      error: error instanceof Error ? error : new DataError(String(error)),
      stage,
      position,
    });
  }
}
