// The clients over an open log, end to end, in every place.

import type { Log } from '../../core/open/log.js';
import { testInEveryPlace } from './places.js';

async function take<T>(count: number, from: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  if (count === 0) return taken;
  for await (const each of from) {
    taken.push(each);
    if (taken.length === count) break;
  }
  return taken;
}

async function produceNumbers(log: Log, topic: string, from: number, to: number): Promise<void> {
  const producer = log.producer();
  const sends = [];
  for (let index = from; index < to; index++)
    sends.push(producer.send(topic, { key: `k${index}`, value: String(index) }));
  await Promise.all(sends);
  await producer.close();
}

testInEveryPlace('a producer writes what a consumer reads, over a restart of the log', async (t, place) => {
  const log = await place.open();
  const admin = log.admin();
  await admin.createTopics([{ name: 'numbers', partitions: 3 }]);
  await produceNumbers(log, 'numbers', 0, 1000);
  const consumer = log.consumer({ groupId: 'g', topics: ['numbers'], autoOffsetReset: 'earliest' });
  const first = await take(600, consumer);
  await consumer.close();
  t.is(new Set(first.map(each => each.value)).size, 600);
  await log.close();

  const reopened = await place.open();
  await produceNumbers(reopened, 'numbers', 1000, 1200);
  const again = reopened.consumer({ groupId: 'g', topics: ['numbers'], autoOffsetReset: 'earliest' });
  // The record in hand when the loop was left counts as not processed: it comes again.
  const second = await take(601, again);
  await again.close();
  const all = new Set([...first, ...second].map(each => Number(each.value)));
  t.is(all.size, 1200, 'the group goes on where it was');
  const [described] = await reopened.admin().describeGroups(['g']);
  t.truthy(described);
});

testInEveryPlace(
  'two consumers of a group share the partitions, and one takes over from the other',
  async (t, place) => {
    const log = await place.open();
    await log.admin().createTopics([{ name: 'numbers', partitions: 2 }]);
    const [one, other] = [0, 1].map(() =>
      log.consumer({ groupId: 'g', topics: ['numbers'], autoOffsetReset: 'earliest', heartbeatIntervalMs: 50 }),
    );
    const polling = [one!, other!];
    for (let tries = 0; tries < 500 && polling.some(each => each.assignment().length !== 1); tries++) {
      await Promise.all(polling.map(each => each.poll({ waitMs: 20 })));
    }
    t.deepEqual(
      polling.map(each => each.assignment().length),
      [1, 1],
    );
    await other!.close();
    for (let tries = 0; tries < 500 && one!.assignment().length !== 2; tries++) await one!.poll({ waitMs: 20 });
    t.is(one!.assignment().length, 2);
    await one!.close();
  },
);

testInEveryPlace(
  'closing the log closes its clients: what was sent is delivered, the group is left',
  async (t, place) => {
    const log = await place.open();
    await log.admin().createTopics([{ name: 'numbers', partitions: 1 }]);
    const producer = log.producer({ lingerMs: 10_000 });
    const sent = producer.send('numbers', { value: 'last' });
    const consumer = log.consumer({ groupId: 'g', topics: ['numbers'] });
    await consumer.poll({ waitMs: 200 });
    await log.close();
    t.is((await sent).offset, 0);
    const reopened = await place.open();
    const reader = reopened.consumer({ topics: ['numbers'], autoOffsetReset: 'earliest' });
    t.deepEqual(
      (await take(1, reader)).map(each => each.value),
      ['last'],
    );
  },
);
