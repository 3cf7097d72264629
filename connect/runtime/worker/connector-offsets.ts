// Reading and changing how far a connector has come (KIP-875). A source's offsets are in the offsets topic, in the connector's own words; a sink's are those of
// its consumer group. A connector that keeps offsets of its own is asked to change them too (`alterOffsets` of its definition).

import { type Log, type Producer, string } from '../../../core/index.js';

import type { TopicPartition } from '../../api/record.js';
import { canonicalJson } from '../canonical-json.js';
import { type OffsetLog, offsetKey } from '../source/offset-log.js';
import type { ConnectorOffset } from './worker-answers.js';
import { WorkerError } from './worker-error.js';

/** What an offset shall be; null: forgotten. */
export interface WantedOffset extends TopicPartition {
  readonly offset: number | null;
}

export function readSourceOffsets(offsetLog: OffsetLog, connector: string): readonly ConnectorOffset[] {
  return [...offsetLog.of(connector)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { partition, offset }]) => ({ partition, offset }));
}

/** Writes them, those that are null as tombstones. */
export async function writeSourceOffsets(
  producer: Producer,
  target: { readonly offsetLog: OffsetLog; readonly connector: string },
  offsets: readonly ConnectorOffset[],
): Promise<void> {
  const sent = offsets.map(({ partition, offset }) =>
    producer.send(target.offsetLog.topic, {
      key: offsetKey(target.connector, partition as Readonly<Record<string, string>>),
      value: offset === null ? null : canonicalJson(offset),
    }),
  );
  await Promise.all(sent);
}

/** Throws WorkerError for what no source can have written. */
export function requireSourceShape(offsets: readonly ConnectorOffset[]): void {
  for (const { partition, offset } of offsets) {
    if (partition === null) {
      throw new WorkerError('invalid', 'The partition for a source connector offset cannot be null or missing');
    }
    for (const [key, value] of [...Object.entries(partition), ...Object.entries(offset ?? {})]) {
      if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) continue;
      throw new WorkerError('invalid', `"${key}" in the provided offsets is no text, number, boolean or null`);
    }
  }
}

/** What the sink's group has committed. */
export async function readSinkOffsets(log: Log, groupId: string): Promise<readonly ConnectorOffset[]> {
  await using admin = log.admin();
  const groups = await admin.listGroups();
  if (!groups.some(each => each.groupId === groupId)) return [];
  const [group] = await admin.describeGroups([groupId]);
  return group!.offsets
    .filter(({ committedOffset }) => committedOffset >= 0)
    .map(({ topic, partition, committedOffset }) => ({
      partition: { kafka_topic: topic, kafka_partition: partition },
      offset: { kafka_offset: committedOffset },
    }));
}

/** Throws WorkerError where the group still has members. */
export async function writeSinkOffsets(
  log: Log,
  { connector, groupId }: { readonly connector: string; readonly groupId: string },
  wanted: readonly WantedOffset[],
): Promise<void> {
  await using admin = log.admin();
  await using consumer = log.consumer({ groupId, key: string, value: string });
  const moved = wanted.flatMap(({ offset, ...partition }) => (offset === null ? [] : [{ ...partition, offset }]));
  const known = await readSinkOffsets(log, groupId);
  const forgotten = wanted.filter(({ topic, partition, offset }) => {
    const isOf = (of: ConnectorOffset) =>
      of.partition?.['kafka_topic'] === topic && of.partition['kafka_partition'] === partition;
    return offset === null && known.some(isOf);
  });
  try {
    if (moved.length > 0) await consumer.commit(moved);
    if (forgotten.length > 0) await admin.deleteGroupOffsets(groupId, forgotten);
  } catch (cause) {
    throw new WorkerError(
      'conflict',
      `Failed to alter consumer group offsets for connector ${connector}: ${(cause as Error).message}. Its tasks may not have stopped completely yet: try again`,
      { cause },
    );
  }
}

/** What a request to change a sink's offsets says, checked. Numbers may come as texts. Throws WorkerError with Kafka Connect's words. */
export async function requireSinkShape(
  log: Log,
  offsets: readonly ConnectorOffset[],
): Promise<readonly WantedOffset[]> {
  const wanted = offsets.map(wantedOffset);
  await using admin = log.admin();
  const known = new Set((await admin.listTopics({ withInternal: true })).map(({ name }) => name));
  const topics = [...new Set(wanted.map(({ topic }) => topic))];
  const missing = topics.find(topic => !known.has(topic));
  if (missing !== undefined) throw new WorkerError('invalid', `there is no topic "${missing}"`);
  const described = await admin.describeTopics(topics);
  for (const { topic, partition } of wanted) {
    const count = described.find(({ name }) => name === topic)!.partitions.length;
    if (partition >= count) throw new WorkerError('invalid', `topic "${topic}" has no partition ${partition}`);
  }
  return wanted;
}

function wantedOffset({ partition, offset }: ConnectorOffset): WantedOffset {
  if (partition === null) {
    throw new WorkerError('invalid', 'The partition for a sink connector offset cannot be null or missing');
  }
  if (!('kafka_topic' in partition) || !('kafka_partition' in partition)) {
    throw new WorkerError(
      'invalid',
      "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
    );
  }
  const { kafka_topic: topic, kafka_partition: number } = partition;
  if (topic === null) {
    throw new WorkerError('invalid', 'Kafka topic names must be valid strings and may not be null');
  }
  if (number === null) {
    throw new WorkerError('invalid', 'Kafka partitions must be valid numbers and may not be null');
  }
  const to = { topic: String(topic), partition: wholeNumber(number, 'partition') };
  if (offset === null) return { ...to, offset: null };
  if (!('kafka_offset' in offset)) {
    throw new WorkerError(
      'invalid',
      "The offset for a sink connector should either be null or contain the key 'kafka_offset'",
    );
  }
  return { ...to, offset: wholeNumber(offset['kafka_offset'], 'offset') };
}

function wholeNumber(given: unknown, what: 'partition' | 'offset'): number {
  const value = /^[+-]?\d+$/.test(String(given)) ? Number(given) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  const reason = Number.isSafeInteger(value) ? 'may not be negative' : 'need to be integers';
  const words = what === 'partition' ? 'Partition' : 'Offset';
  throw new WorkerError(
    'invalid',
    `Failed to parse the following Kafka ${what} value in the provided offsets: '${String(given)}'. ${words} values for sink connectors ${reason}.`,
  );
}
