// A topic of another log as a sink. Exactly once: records and how far the pipeline's own topic was taken are written in one transaction; a zombie
// of the task is fenced when its successor begins.

import { z } from 'zod';
import { type Arena, type Log, type Producer, type Serde, string, type TopicWriter, topic } from '../../core/index.js';
import {
  type Converter,
  DataError,
  defineSink,
  option,
  type SinkBatch,
  type SinkContext,
  type SinkRecord,
  type SinkTask,
  type TopicOffset,
  type TopicPartition,
} from '../api/index.js';
import { ensureTopic } from '../runtime/ensure-topic.js';
import { readTopic } from './read-topic.js';
import {
  openTopicPlace,
  requireTopicPlace,
  topicConverters,
  topicPlaceholder,
  topicPlaceOptions,
} from './topic-place.js';

const topicSinkConfig = z.object({
  ...topicPlaceOptions,
  name: option
    .text()
    .describe(
      'The topic; made when it is missing. `${topic}` stands for the topic (or table) that a record came from.',
    ),
  partitions: option.integer(-1).default(-1).describe('For making it; -1: as the broker does.'),
  'exactly.once': option
    .boolean()
    .default(true)
    .describe('Records and offsets are written in one transaction. Without: at least once.'),
  'offsets.topic': option
    .text()
    .default('millrace-pipeline-offsets')
    .describe('Compacted topic, beside the other, for those offsets; made when it is missing.'),
});

type Config = z.output<typeof topicSinkConfig>;

/** Of the topic of offsets. */
const serdes = { key: string, value: string };

export const topicSink = defineSink({
  name: 'topic-sink',
  version: '0.2.0',
  description: 'Writes a topic of a log, each record exactly once.',
  config: topicSinkConfig,
  validate: requireTopicPlace,
  async start(config, context): Promise<SinkTask> {
    const log = await openTopicPlace(config);
    try {
      return await TopicSinkTask.open(log, config, context);
    } catch (error) {
      await log.close();
      throw error;
    }
  },
});

class TopicSinkTask implements SinkTask {
  readonly #log: Log;
  readonly #config: Config;
  readonly #context: SinkContext;
  readonly #producer: Producer;
  /** By the topics that records came from. */
  readonly #writers = new Map<string, TopicWriter<SinkRecord, SinkRecord>>();
  readonly #isTransactional: boolean;

  private constructor(log: Log, config: Config, context: SinkContext, producer: Producer) {
    this.#log = log;
    this.#config = config;
    this.#context = context;
    this.#producer = producer;
    this.#isTransactional = config['exactly.once'];
  }

  static async open(log: Log, config: Config, context: SinkContext): Promise<TopicSinkTask> {
    const isTransactional = config['exactly.once'];
    if (isTransactional)
      await ensureTopic(log, { name: config['offsets.topic'], configs: { 'cleanup.policy': 'compact' } });
    const transactionalId = `millrace-pipeline-${context.connector}-${context.task}`;
    const producer = log.producer(isTransactional ? { transactionalId } : {});
    // First the zombies are fenced, then it is read how far they came.
    if (isTransactional) await producer.initTransactions();
    const task = new TopicSinkTask(log, config, context, producer);
    // What is wrong with one topic for all is told before anything is read.
    if (!config.name.includes(topicPlaceholder)) await task.#openWriter('');
    return task;
  }

  async open(assigned: readonly TopicPartition[]): Promise<readonly TopicOffset[]> {
    if (!this.#isTransactional) return [];
    const written = await this.#offsets();
    return assigned.flatMap(place => {
      const offset = written.get(this.#offsetKey(place));
      return offset === undefined ? [] : [{ ...place, offset }];
    });
  }

  async put(batches: readonly SinkBatch[]): Promise<void> {
    if (this.#isTransactional) this.#producer.beginTransaction();
    for (const { records } of batches) await this.#append(records);
    if (!this.#isTransactional) {
      await this.#producer.flush();
      return;
    }
    const told = batches.map(({ topic: from, partition, records }) => {
      const key = this.#offsetKey({ topic: from, partition });
      return this.#producer.send(this.#config['offsets.topic'], { key, value: String(records.at(-1)!.offset + 1) });
    });
    await Promise.all(told);
    this.#context.failpoint('topic-sink/records-sent');
    await this.#producer.commitTransaction();
    this.#context.failpoint('topic-sink/committed');
  }

  async stop(): Promise<void> {
    await this.#log.close();
  }

  async #append(records: readonly SinkRecord[]): Promise<void> {
    const isRouted = this.#config.name.includes(topicPlaceholder);
    for (const record of records) {
      const from = isRouted ? record.topic : '';
      const writer = this.#writers.get(from) ?? (await this.#openWriter(from));
      const { key, value, timestamp, headers } = record;
      try {
        writer.append(key === null ? null : record, value === null ? null : record, timestamp, -1, headers);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        await this.#context.reject(record, error);
      }
      if (this.#producer.isFull) await this.#producer.drained();
    }
  }

  async #openWriter(from: string): Promise<TopicWriter<SinkRecord, SinkRecord>> {
    const { partitions, name: format } = this.#config;
    const name = format.replaceAll(topicPlaceholder, from);
    await ensureTopic(this.#log, { name, partitions });
    const converters = topicConverters(this.#config);
    const key = serdeOf(converters.key, 'key');
    const value = serdeOf(converters.value, 'value');
    const writer = await this.#producer.writer(topic(name, { key, value }));
    this.#writers.set(from, writer);
    return writer;
  }

  #offsetKey({ topic: from, partition }: TopicPartition): string {
    return JSON.stringify([this.#context.connector, from, partition]);
  }

  /** Read to the end: what this task's predecessors have committed is before it. */
  async #offsets(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    const topicName = this.#config['offsets.topic'];
    for await (const { key, value } of readTopic(this.#log, topicName, serdes, this.#context.signal))
      if (key !== null && value !== null) found.set(key, Number(value));
    return found;
  }
}

/** Writes one part of a record by its converter. */
function serdeOf(converter: Converter, part: 'key' | 'value'): Serde<SinkRecord> {
  return {
    name: converter.name,
    write: (record: SinkRecord, arena: Arena) =>
      part === 'key'
        ? converter.write(record.key, arena, record.keySchema)
        : converter.write(record.value, arena, record.valueSchema),
    read: () => {
      throw new DataError('a sink does not read');
    },
  };
}
