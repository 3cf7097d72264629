// Appends a source's records to their topics: each record passes its converters straight into the producer's batch. A record that its
// converter refuses becomes a dead letter.

import {
  type Arena,
  type Log,
  type Producer,
  ProtocolError,
  type Topic,
  type TopicWriter,
  topic,
} from '../../../core/index.js';

import type { Converter } from '../../api/converter.js';
import { ConfigError, DataError } from '../../api/errors.js';
import type { BadRecord, RecordHeader, SourceRecord } from '../../api/record.js';
import type { Schema } from '../../api/schema.js';
import { type TransformChain, TransformError } from '../../transforms/transform-chain.js';
import type { Converters } from '../connector-parts.js';
import { ensureTopic } from '../ensure-topic.js';
import type { SourceRuntimeOptions } from '../runtime-options.js';
import { writtenHeader } from '../task/converted-header.js';
import type { DeadLetters, Stage } from '../task/dead-letters.js';
import type { TransformStage } from '../task/transform-stage.js';
import { sourceTransforms } from './source-transforms.js';
import type { TopicCreation } from './topic-creation.js';

export interface RecordWriterParts {
  readonly log: Log;
  readonly producer: Producer;
  readonly runtime: SourceRuntimeOptions;
  readonly converters: Converters;
  readonly topicCreation: TopicCreation;
  /** False: the topics are made by others. Default true. */
  readonly createsTopics?: boolean | undefined;
  readonly chain: TransformChain;
  /** Given in code: how to create the topic, and the time of records that have none. */
  readonly described: Topic<unknown, unknown> | undefined;
  readonly deadLetters: DeadLetters;
  readonly usesTopic?: ((topic: string) => void) | undefined;
}

export class RecordWriter {
  readonly #parts: RecordWriterParts;
  readonly #writers = new Map<string, TopicWriter<SourceRecord, SourceRecord>>();
  readonly #transforms: TransformStage<SourceRecord> | undefined;
  #stage: Stage = 'KEY_CONVERTER';

  constructor(parts: RecordWriterParts) {
    this.#parts = parts;
    this.#transforms = sourceTransforms(parts.chain, parts.runtime.topic, (record, error) =>
      this.#reject(record.topic ?? parts.runtime.topic ?? '', record, error),
    );
  }

  /** Transforms the records and appends them in order; what goes wrong with one of them throws only where errors are not tolerated. */
  async write(given: readonly SourceRecord[]): Promise<void> {
    const records = this.#transforms === undefined ? given : await this.#transforms.run(given);
    const now = this.#parts.log.ports.clock.now();
    let name: string | undefined;
    let writer: TopicWriter<SourceRecord, SourceRecord> | undefined;
    for (let index = 0; index < records.length; index++) {
      const record = records[index]!;
      const target = record.topic ?? this.#parts.runtime.topic;
      if (writer === undefined || target !== name) {
        name = target;
        writer = this.#writers.get(name ?? '') ?? (await this.open(name));
        this.#parts.usesTopic?.(writer.topic);
      }
      this.#append(writer, record, now);
    }
  }

  /** Keeps aside what the source could not make a record of. */
  writeBad({ raw, error, position }: BadRecord): void {
    const value = typeof raw === 'string' ? Buffer.from(raw) : raw;
    this.#parts.deadLetters.take({
      key: null,
      value,
      timestamp: this.#parts.log.ports.clock.now(),
      error,
      stage: 'TASK_POLL',
      position,
    });
  }

  #append(writer: TopicWriter<SourceRecord, SourceRecord>, record: SourceRecord, now: number): void {
    const { key, value } = this.#parts.converters;
    const hasKey = isWritten(key, record.key, record.keySchema);
    const hasValue = isWritten(value, record.value, record.valueSchema);
    const timestamp = record.timestamp ?? this.#parts.described?.timestamp?.(record.value, record.key) ?? now;
    this.#stage = 'HEADER_CONVERTER';
    try {
      const headers = this.#headers(record);
      this.#stage = 'KEY_CONVERTER';
      writer.append(hasKey ? record : null, hasValue ? record : null, timestamp, record.partition ?? -1, headers);
    } catch (error) {
      this.#reject(writer.topic, record, error);
    }
  }

  #headers({ headers }: SourceRecord): readonly RecordHeader[] | undefined {
    return headers?.map(each => writtenHeader(each, this.#parts.converters.header));
  }

  #reject(target: string, record: SourceRecord, error: unknown): void {
    const isTooLarge = error instanceof ProtocolError && error.kind === 'MESSAGE_TOO_LARGE';
    const isTransform = error instanceof TransformError;
    if (!isTooLarge && !isTransform && !(error instanceof DataError)) throw error;
    this.#parts.deadLetters.take({
      key: rawOf(record.key),
      value: rawOf(record.value),
      timestamp: record.timestamp ?? this.#parts.log.ports.clock.now(),
      headers: (record.headers ?? []).map(({ key, value }) => ({ key, value: rawOf(value) })),
      error,
      stage: isTooLarge ? 'KAFKA_PRODUCE' : isTransform ? 'TRANSFORMATION' : this.#stage,
      ...(isTransform && { className: error.className }),
      position: { target },
    });
  }

  /** Makes the topic where it is missing, and gets ready to write to it. */
  async open(name: string | undefined): Promise<TopicWriter<SourceRecord, SourceRecord>> {
    const { producer, converters } = this.#parts;
    const { key, value } = converters;
    if (name === undefined)
      throw new ConfigError('topic: this option is required, as the records name no topic themselves');
    await this.#ensureTopic(name);
    const keySerde = this.#serde(key, 'KEY_CONVERTER', (record, arena) =>
      key.write(record.key, arena, record.keySchema),
    );
    const valueSerde = this.#serde(value, 'VALUE_CONVERTER', (record, arena) =>
      value.write(record.value, arena, record.valueSchema),
    );
    const writer = await producer.writer(topic(name, { key: keySerde, value: valueSerde }));
    this.#writers.set(name, writer);
    return writer;
  }

  async #ensureTopic(name: string): Promise<void> {
    const { log, described, topicCreation, createsTopics = true } = this.#parts;
    if (!createsTopics) return;
    const { partitions, configs } = described?.name === name ? described : {};
    await ensureTopic(log, {
      ...topicCreation.topic(name),
      ...(partitions !== undefined && { partitions }),
      ...(configs !== undefined && { configs }),
    });
  }

  #serde(converter: Converter, stage: Stage, write: (record: SourceRecord, arena: Arena) => void) {
    return {
      name: converter.name,
      write: (record: SourceRecord, arena: Arena) => {
        this.#stage = stage;
        write(record, arena);
      },
      read: (): never => {
        throw new Error('a source does not read');
      },
    };
  }
}

function isWritten(converter: Converter, value: unknown, schema: Schema | undefined): boolean {
  return (value !== null && value !== undefined) || converter.writesNull?.(schema) === true;
}

/** As much as can be told of a value that no converter takes. */
function rawOf(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return value;
  try {
    return Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)));
  } catch {
    return Buffer.from(String(value));
  }
}
