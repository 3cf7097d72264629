import { json, openLog } from '../../../core/index.js';

/** What committed transactions have written to a topic, partition by partition. */
export async function committedValues(url: string, topic: string): Promise<unknown[]> {
  await using log = await openLog(url);
  await using admin = log.admin();
  await using consumer = log.consumer({ value: json(), isolationLevel: 'read_committed', autoOffsetReset: 'earliest' });
  const [description] = await admin.describeTopics([topic]);
  const places = description!.partitions.map(({ partition }) => ({ topic, partition }));
  consumer.assign(places);
  const values: unknown[] = [];
  for (const end of await admin.listOffsets(places, 'end')) {
    while ((await consumer.position(end!)) < end!.offset)
      for (const { value } of await consumer.poll({ waitMs: 500 })) values.push(value);
  }
  return values;
}
