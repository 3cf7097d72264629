// Short ways to say a broker's requests in tests: texts in, texts out, everything else the protocol's own.

import { fail } from 'node:assert';
import { kafkaErrorName } from '../../core/base/kafka-errors.js';
import type { Place } from '../../core/client/place.js';
import { nodeCompression } from '../../core/platform/node-compression.js';
import { produce } from '../../core/protocol/00-produce.js';
import { fetch } from '../../core/protocol/01-fetch.js';
import { listOffsets } from '../../core/protocol/02-list-offsets.js';
import { metadata } from '../../core/protocol/03-metadata.js';
import { createTopics } from '../../core/protocol/19-create-topics.js';
import type { Api, RequestOf, ResponseOf } from '../../core/protocol/api.js';
import type { Connection, SendOptions } from '../../core/protocol/connection.js';
import { BatchWriter } from '../../core/records/batch-writer.js';
import { RecordCursor } from '../../core/records/record-cursor.js';
import { stringSerde } from '../../core/serdes/string-serde.js';

export interface BatchOptions {
  readonly key?: string | null;
  readonly timestamp?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

/** One batch with these values, as it comes from a stranger: a copy has no seal, so its CRC is verified. */
export function batchOf(values: readonly string[], options: BatchOptions = {}): Uint8Array {
  const { key = 'k', timestamp = 1000, ...facts } = options;
  const writer = new BatchWriter({ compression: nodeCompression });
  for (const value of values) writer.append(key, stringSerde, value, stringSerde, timestamp);
  return Buffer.from(writer.finish(facts));
}

/** The values in these buffers of whole batches, from `fromOffset` on. */
export function textsOf(records: readonly Uint8Array[], fromOffset = 0): string[] {
  const texts: string[] = [];
  const cursor = new RecordCursor();
  for (const bytes of records) {
    for (let at = 0; at < bytes.length; at = cursor.nextBatchAt) {
      cursor.open(bytes, at, nodeCompression);
      for (let index = 0; index < cursor.count; index++) {
        if (cursor.offset(index) < fromOffset) continue;
        texts.push(stringSerde.read(cursor.bytes, cursor.valueStart(index), cursor.valueEnd(index)));
      }
    }
  }
  return texts;
}

export interface FetchOptions {
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  readonly signal?: AbortSignal;
}

type FetchedPartition = ResponseOf<typeof fetch>['responses'][number]['partitions'][number];

/** One connection, and the requests that tests make over and over. */
export class Requests {
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  static async on(place: Place): Promise<Requests> {
    return new Requests(await place.connect());
  }

  send<A extends Api>(api: A, request: Parameters<A['request']>[0], options?: SendOptions) {
    return this.connection.send(api, api.request(request) as RequestOf<A>, options) as Promise<ResponseOf<A>>;
  }

  async createTopic(name: string, numPartitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    const given = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
    const topic = { name, numPartitions, replicationFactor: -1, configs: given };
    const { topics } = await this.send(createTopics, { topics: [topic] });
    if (topics[0]!.errorCode !== 0) fail(`${kafkaErrorName(topics[0]!.errorCode)}: ${topics[0]!.errorMessage}`);
  }

  async produceBatch(topic: string, partition: number, batch: Uint8Array, acks = -1) {
    const topicData = [{ name: topic, partitionData: [{ index: partition, records: [batch] }] }];
    const { responses } = await this.send(produce, { acks, timeoutMs: 10_000, topicData });
    return responses[0]?.partitionResponses[0];
  }

  /** Returns the base offset. */
  async produce(topic: string, partition: number, values: readonly string[], options?: BatchOptions): Promise<number> {
    const answer = (await this.produceBatch(topic, partition, batchOf(values, options)))!;
    if (answer.errorCode !== 0) fail(`${kafkaErrorName(answer.errorCode)}: ${answer.errorMessage}`);
    return answer.baseOffset;
  }

  async topicId(topic: string): Promise<string> {
    const { topics } = await this.send(metadata, { topics: [{ name: topic }], allowAutoTopicCreation: false });
    return topics[0]!.topicId;
  }

  async fetchPartition(
    topic: string,
    partition: number,
    offset: number,
    options: FetchOptions = {},
  ): Promise<FetchedPartition> {
    const { signal, maxWaitMs = 0, minBytes = 1, maxBytes = 1 << 30, partitionMaxBytes = 1 << 30 } = options;
    const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes }];
    const topics = [{ topic, topicId: await this.topicId(topic), partitions }];
    const request = { maxWaitMs, minBytes, maxBytes, topics };
    const { responses } = await this.send(fetch, request, signal === undefined ? {} : { signal });
    return responses[0]!.partitions[0]!;
  }

  async fetchTexts(topic: string, partition = 0, offset = 0, options: FetchOptions = {}): Promise<string[]> {
    const answer = await this.fetchPartition(topic, partition, offset, options);
    if (answer.errorCode !== 0) fail(kafkaErrorName(answer.errorCode));
    return textsOf(answer.records, offset);
  }

  /** -1: the end, -2: the start, -3: the highest timestamp. */
  async offsetAt(topic: string, timestamp: number, partition = 0): Promise<number> {
    const { topics } = await this.send(listOffsets, {
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
    });
    const answer = topics[0]!.partitions[0]!;
    if (answer.errorCode !== 0) fail(kafkaErrorName(answer.errorCode));
    return answer.offset;
  }
}
