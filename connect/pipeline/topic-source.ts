// A topic of another log as a source: `topic: { url, name }`. Offsets are the pipeline's own, so no group is needed on the other side.

import { z } from 'zod';
import { bytes, type Consumer, type ConsumerRecord, didYouMean, type Log } from '../../core/index.js';
import {
  type BadRecord,
  ConfigError,
  type Converter,
  DataError,
  defineSource,
  option,
  type Polled,
  type SourceContext,
  type SourceRecord,
  type SourceTask,
} from '../api/index.js';
import { hasReached, openTopic, type TopicEnd } from './read-topic.js';
import { openTopicPlace, requireTopicPlace, topicConverters, topicPlaceOptions } from './topic-place.js';

const topicSourceConfig = z.object({
  ...topicPlaceOptions,
  name: option.text().describe('The topic.'),
  mode: option
    .choice(['follow', 'once'])
    .default('follow')
    .describe('`follow` waits for more; `once` ends at the end that the topic has when it starts.'),
});

type Config = z.output<typeof topicSourceConfig>;

/** Committed records of a topic. Its source partition is `{ topic, partition }`, its offset the next one to read. */
export const topicSource = defineSource({
  name: 'topic-source',
  version: '0.2.0',
  description: 'Reads a topic of a log.',
  config: topicSourceConfig,
  exactlyOnceSupport: () => 'supported',
  validate: requireTopicPlace,
  async start(config, context): Promise<SourceTask> {
    const log = await openTopicPlace(config);
    try {
      return await TopicSourceTask.open(log, config, context);
    } catch (error) {
      await log.close();
      throw error;
    }
  },
});

class TopicSourceTask implements SourceTask {
  readonly #log: Log;
  readonly #config: Config;
  readonly #consumer: Consumer<Uint8Array, Uint8Array>;
  readonly #ends: readonly TopicEnd[];
  readonly #key: Converter;
  readonly #value: Converter;

  private constructor(log: Log, config: Config, consumer: Consumer<Uint8Array, Uint8Array>, ends: readonly TopicEnd[]) {
    this.#log = log;
    this.#config = config;
    this.#consumer = consumer;
    this.#ends = ends;
    const { key, value } = topicConverters(config);
    this.#key = key;
    this.#value = value;
  }

  static async open(log: Log, config: Config, context: SourceContext): Promise<TopicSourceTask> {
    const { name } = config;
    await using admin = log.admin();
    const known = (await admin.listTopics()).map(topic => topic.name);
    if (!known.includes(name)) throw new ConfigError(`name: there is no topic "${name}"${didYouMean(name, known)}`);
    const { consumer, ends } = await openTopic(log, name, { key: bytes, value: bytes });
    for (const { topic, partition } of ends) {
      const stored = context.offset({ topic, partition })?.['offset'];
      if (typeof stored === 'number') consumer.seek({ topic, partition }, stored);
    }
    return new TopicSourceTask(log, config, consumer, ends);
  }

  async poll(signal: AbortSignal): Promise<Polled> {
    const records = await this.#consumer.poll({ waitMs: 500, signal });
    if (records.length === 0)
      return this.#config.mode === 'once' && (await hasReached(this.#consumer, this.#ends)) ? 'ended' : [];
    const byPartition = new Map<number, ConsumerRecord<Uint8Array, Uint8Array>[]>();
    for (const record of records) {
      const batch = byPartition.get(record.partition);
      if (batch === undefined) byPartition.set(record.partition, [record]);
      else batch.push(record);
    }
    return [...byPartition].map(([partition, batch]) => this.#batch(partition, batch));
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  #batch(partition: number, batch: readonly ConsumerRecord<Uint8Array, Uint8Array>[]) {
    const records: SourceRecord[] = [];
    const bad: BadRecord[] = [];
    for (const record of batch) {
      try {
        records.push(this.#record(record));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        bad.push({ raw: record.value, error, position: { topic: record.topic, partition, offset: record.offset } });
      }
    }
    const place = { topic: this.#config.name, partition };
    return { partition: place, offset: { offset: batch.at(-1)!.offset + 1 }, records, bad };
  }

  #record({ topic, key, value, timestamp, headers }: ConsumerRecord<Uint8Array, Uint8Array>): SourceRecord {
    const readKey = key === null ? undefined : this.#key.read(key, 0, key.length);
    const readValue = value === null ? undefined : this.#value.read(value, 0, value.length);
    return {
      topic,
      key: readKey?.value ?? null,
      value: readValue?.value ?? null,
      timestamp,
      headers: [...headers],
      keySchema: readKey?.schema,
      valueSchema: readValue?.schema,
    };
  }
}
