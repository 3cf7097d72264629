// Whose time records have, and how far it may be from the broker's: as the topic says, embedded and on Apache Kafka alike.

import { ProtocolError } from '../../../core/base/errors.js';
import type { Log } from '../../../core/open/log.js';
import { testInEveryPlace } from '../places.js';
import { readAll } from './reading.js';

const hourMs = 3_600_000;

async function createTopic(log: Log, name: string, configs: Record<string, string>): Promise<void> {
  await using admin = log.admin();
  await admin.createTopics([{ name, partitions: 1, configs: { 'retention.ms': '-1', ...configs } }]);
}

testInEveryPlace('a timestamp too far from the broker’s clock is refused, and with it its batch', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'default', {});
  await createTopic(log, 'bounded', {
    'message.timestamp.before.max.ms': String(10 * hourMs),
    'message.timestamp.after.max.ms': String(20 * hourMs),
  });
  await using admin = log.admin();
  const configs = await admin.describeConfigs('default');
  const isBoundedByDefault = configs.some(
    ({ name, value }) => name === 'message.timestamp.after.max.ms' && value === String(hourMs),
  );
  if (place.scheme !== 'kafka') t.true(isBoundedByDefault);
  const now = log.ports.clock.now();
  for (const compression of ['none', 'gzip'] as const) {
    for (const [topic, hours, isTaken] of [
      ['default', 0, true],
      ['default', -200_000, true],
      ['default', 2, false],
      ['bounded', 0, true],
      ['bounded', -9, true],
      ['bounded', -11, false],
      ['bounded', 19, true],
      ['bounded', 21, false],
    ] as const) {
      // Before Kafka 4 nothing was too far ahead by default.
      if (topic === 'default' && hours === 2 && !isBoundedByDefault) continue;
      // One producer each: a batch that is refused says nothing of the next.
      await using producer = log.producer({ compression });
      const at = `${topic} ${hours} h, ${compression}`;
      const timestamps = [now, now + hours * hourMs];
      const sent = await Promise.allSettled(
        timestamps.map(timestamp => producer.send(topic, { value: at, timestamp })),
      );
      t.deepEqual(new Set(sent.map(each => each.status)), new Set([isTaken ? 'fulfilled' : 'rejected']), at);
      for (const each of sent) {
        if (each.status === 'fulfilled') continue;
        t.true(each.reason instanceof ProtocolError && each.reason.kind === 'INVALID_TIMESTAMP', String(each.reason));
      }
    }
  }
  t.is((await readAll(log, 'default')).length, 8);
  t.is((await readAll(log, 'bounded')).length, 12);
});

testInEveryPlace('a topic that stamps its records takes any time, and gives its own', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'stamped', {
    'message.timestamp.type': 'LogAppendTime',
    'message.timestamp.before.max.ms': '1',
  });
  await using producer = log.producer();
  const before = log.ports.clock.now();
  const { timestamp } = await producer.send('stamped', { value: 'v', timestamp: 5 });
  const [record] = await readAll(log, 'stamped');
  t.is(record!.timestamp, timestamp);
  t.true(timestamp >= before - 1_000, 'the clocks are those of one machine');
});
