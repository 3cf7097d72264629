// A sink's records between converter and task. Headers that no transform has touched keep their very bytes.

import type { Converter } from '../../api/converter.js';
import { DataError } from '../../api/errors.js';
import type { RecordHeader, SinkBatch, SinkRecord } from '../../api/record.js';
import type { TransformHeader, TransformRecord } from '../../api/transform.js';
import { type TransformChain, TransformError } from '../../transforms/transform-chain.js';
import type { Converters } from '../connector-parts.js';
import { readHeader, writtenBytes, writtenHeader } from '../task/converted-header.js';
import type { DeadLetters } from '../task/dead-letters.js';
import { TransformStage } from '../task/transform-stage.js';

export interface SinkTransformsParts {
  readonly chain: TransformChain;
  readonly converters: Converters;
  readonly deadLetters: DeadLetters;
}

export class SinkTransforms {
  readonly #parts: SinkTransformsParts;
  readonly #stage: TransformStage<SinkRecord>;
  readonly #originals = new WeakMap<SinkRecord, SinkRecord>();
  /** What a decoded header was read from. */
  readonly #headers = new WeakMap<TransformHeader, RecordHeader>();

  constructor(parts: SinkTransformsParts) {
    this.#parts = parts;
    this.#stage = new TransformStage(parts.chain, {
      into: record => this.#into(record),
      outOf: (transformed, original) => this.#outOf(transformed, original),
      reject: (record, error) => this.#reject(record, error),
    });
  }

  /** A promise only where a transform gives one. */
  run(batch: SinkBatch): SinkBatch | Promise<SinkBatch> {
    if (this.#parts.chain.isEmpty) return batch;
    const records = this.#stage.run(batch.records);
    return records instanceof Promise ? records.then(done => ({ ...batch, records: done })) : { ...batch, records };
  }

  /** The record as it was read. */
  originalOf(record: SinkRecord): SinkRecord {
    return this.#originals.get(record) ?? record;
  }

  #into({ topic, partition, offset, timestamp, ...rest }: SinkRecord): TransformRecord {
    return {
      topic,
      partition,
      offset,
      timestamp,
      key: { schema: rest.keySchema, value: rest.key },
      value: { schema: rest.valueSchema, value: rest.value },
      headers: rest.headers.map(header => this.#decoded(header)),
    };
  }

  #decoded(header: RecordHeader): TransformHeader {
    const decoded = readHeader(header, this.#parts.converters.header);
    this.#headers.set(decoded, header);
    return decoded;
  }

  #outOf(transformed: TransformRecord, original: SinkRecord): SinkRecord {
    const { topic = original.topic, partition = original.partition, timestamp = original.timestamp } = transformed;
    const { header } = this.#parts.converters;
    const isRouted = topic !== original.topic || partition !== original.partition;
    const record: SinkRecord = {
      topic,
      partition,
      offset: original.offset,
      ...(isRouted && { origin: { topic: original.topic, partition: original.partition } }),
      timestamp,
      key: transformed.key.value,
      value: transformed.value.value,
      headers: transformed.headers.map(each => this.#headers.get(each) ?? writtenHeader(each, header)),
      keySchema: transformed.key.schema,
      valueSchema: transformed.value.schema,
    };
    this.#originals.set(record, original);
    return record;
  }

  #reject({ topic, partition, offset, ...record }: SinkRecord, error: unknown): void {
    const { key, value } = this.#parts.converters;
    const isTransform = error instanceof TransformError;
    this.#parts.deadLetters.take({
      key: bytesOf(key, record.key, record.keySchema),
      value: bytesOf(value, record.value, record.valueSchema),
      timestamp: record.timestamp,
      headers: record.headers,
      error: error instanceof Error ? error : new DataError(String(error)),
      stage: isTransform ? 'TRANSFORMATION' : 'HEADER_CONVERTER',
      ...(isTransform && { className: error.className }),
      position: { topic, partition, offset },
    });
  }
}

/** As much as the converter can say again. */
function bytesOf(converter: Converter, value: unknown, schema: SinkRecord['keySchema']): Uint8Array | null {
  try {
    return writtenBytes(converter, value, schema);
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}
