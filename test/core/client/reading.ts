import { Consumer } from '../../../core/client/consumer.js';
import type { ConsumerRecord } from '../../../core/client/consumer-record.js';
import type { Log } from '../../../core/open/log.js';

/** Everything that a topic holds, in the order of partition and offset. */
export async function readAll(log: Log, topic: string): Promise<readonly ConsumerRecord<string, string>[]> {
  const consumer = new Consumer(log.ports, log, { topics: [topic], autoOffsetReset: 'earliest' });
  await consumer.poll();
  const ends = await consumer.endOffsets(consumer.assignment());
  for (const { topic: name, partition } of ends) consumer.seek({ topic: name, partition }, 'start');
  const records: ConsumerRecord<string, string>[] = [];
  const isDone = async () => {
    for (const end of ends) if ((await consumer.position(end)) < end.offset) return false;
    return true;
  };
  while (!(await isDone())) records.push(...(await consumer.poll({ waitMs: 200 })));
  await consumer.close();
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

export async function valuesOf(log: Log, topic: string): Promise<readonly (string | null)[]> {
  return (await readAll(log, topic)).map(({ value }) => value);
}

export async function createTopic(
  log: Log,
  name: string,
  partitions = 1,
  configs: Record<string, string> = {},
): Promise<void> {
  const admin = log.admin();
  await admin.createTopics([{ name, partitions, configs }]);
  await admin.close();
}
