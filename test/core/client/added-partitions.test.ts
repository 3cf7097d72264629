// Partitions that are added to topics while somebody reads them outside of any group.

import type { Consumer } from '../../../core/client/consumer.js';
import { testInEveryPlace } from '../places.js';
import { createTopic } from './reading.js';

const options = { topics: ['texts'], autoOffsetReset: 'latest', metadataMaxAgeMs: 100, fetchMaxWaitMs: 100 } as const;

async function next(consumer: Consumer): Promise<string | null> {
  for (let polls = 0; polls < 600; polls++) {
    const [record] = await consumer.poll({ waitMs: 100 });
    if (record !== undefined) return record.value;
  }
  throw new Error('nothing came');
}

testInEveryPlace('a consumer without a group reads added partitions, from their beginning', async (t, place) => {
  t.timeout(120_000);
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const consumer = log.consumer(options);
  t.deepEqual(await consumer.poll(), []);
  await log.admin().createPartitions('texts', 3);
  const producer = log.producer();
  // Before the consumer has heard of it, and though it began at the end.
  await producer.send('texts', { value: 'early', partition: 2 });
  t.is(await next(consumer), 'early');
  t.is(consumer.assignment().length, 3);
  await producer.send('texts', { value: 'old', partition: 0 });
  t.is(await next(consumer), 'old');
});

testInEveryPlace('a poll that waits for long notices added partitions', async (t, place) => {
  t.timeout(120_000);
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  // On an embedded log the fetch of what is there is held for as long as the poll.
  const held = place.scheme === 'kafka' ? {} : { fetchMaxWaitMs: 600_000 };
  const consumer = log.consumer({ ...options, ...held });
  await consumer.poll();
  const polling = consumer.poll({ waitMs: 600_000 });
  const admin = log.admin();
  await admin.createPartitions('texts', 2);
  const producer = log.producer();
  await producer.send('texts', { value: 'there', partition: 1 });
  t.is((await polling)[0]?.value, 'there');
});
