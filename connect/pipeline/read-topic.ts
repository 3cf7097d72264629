import type { Consumer, ConsumerRecord, Log, Serde } from '../../core/index.js';

export interface TopicSerdes<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

export interface TopicEnd {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A consumer of the committed records of all partitions, at their starts, and the ends that they have now. */
export async function openTopic<K, V>(
  log: Log,
  topic: string,
  serdes: TopicSerdes<K, V>,
): Promise<{ readonly consumer: Consumer<K, V>; readonly ends: readonly TopicEnd[] }> {
  await using admin = log.admin();
  const [description] = await admin.describeTopics([topic]);
  const places = description!.partitions.map(({ partition }) => ({ topic, partition }));
  const ends = (await admin.listOffsets(places, 'end')).filter(end => end !== undefined);
  const options = { isolationLevel: 'read_committed', autoOffsetReset: 'earliest' } as const;
  const consumer = log.consumer({ ...serdes, ...options });
  consumer.assign(places);
  for (const place of places) consumer.seek(place, 'start');
  return { consumer, ends };
}

/** All committed records that are there now. A transaction that is open keeps what is behind it from being read: it is waited for. */
export async function* readTopic<K, V>(
  log: Log,
  topic: string,
  serdes: TopicSerdes<K, V>,
  signal?: AbortSignal,
): AsyncGenerator<ConsumerRecord<K, V>> {
  const { consumer, ends } = await openTopic(log, topic, serdes);
  try {
    while (!(await hasReached(consumer, ends)))
      yield* await consumer.poll({ waitMs: 500, ...(signal !== undefined && { signal }) });
  } finally {
    await consumer.close();
  }
}

export async function hasReached<K, V>(consumer: Consumer<K, V>, ends: readonly TopicEnd[]): Promise<boolean> {
  for (const end of ends) if ((await consumer.position(end)) < end.offset) return false;
  return true;
}
