// Makes sink records of fetched batches. A record that its converter refuses becomes a dead letter with its original bytes, and is left out.

import { type FetchedBatches, type Ports, RecordCursor } from '../../../core/index.js';
import type { Converted, Converter } from '../../api/converter.js';
import { DataError } from '../../api/errors.js';
import type { SinkBatch, SinkRecord } from '../../api/record.js';
import type { DeadLetters, Stage } from '../task/dead-letters.js';

const nothing: Converted = { value: null };

export interface SinkReaderParts {
  readonly ports: Ports;
  readonly key: Converter;
  readonly value: Converter;
  readonly deadLetters: DeadLetters;
}

export class SinkReader {
  readonly #parts: SinkReaderParts;
  readonly #cursor = new RecordCursor();
  /** Bytes of keys and values read so far. */
  bytes = 0;

  constructor(parts: SinkReaderParts) {
    this.#parts = parts;
  }

  read({ topic, partition, fromOffset, batches }: FetchedBatches): SinkBatch {
    const records: SinkRecord[] = [];
    for (const buffer of batches) {
      for (let at = 0; at < buffer.length; at = this.#cursor.nextBatchAt) {
        this.#cursor.open(buffer, at, this.#parts.ports.compression);
        if (!this.#cursor.isControl) this.#readBatch(topic, partition, fromOffset, records);
      }
    }
    return { topic, partition, records };
  }

  #readBatch(topic: string, partition: number, fromOffset: number, records: SinkRecord[]): void {
    const cursor = this.#cursor;
    for (let index = 0; index < cursor.count; index++) {
      const offset = cursor.offset(index);
      if (offset < fromOffset) continue;
      this.bytes +=
        Math.max(0, cursor.keyEnd(index) - cursor.keyStart(index)) +
        Math.max(0, cursor.valueEnd(index) - cursor.valueStart(index));
      let stage: Stage = 'KEY_CONVERTER';
      try {
        const key = this.#converted(this.#parts.key, cursor.keyStart(index), cursor.keyEnd(index));
        stage = 'VALUE_CONVERTER';
        const value = this.#converted(this.#parts.value, cursor.valueStart(index), cursor.valueEnd(index));
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
