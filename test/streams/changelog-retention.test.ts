// Windows of long ago: a broker that deletes by its own clock must not take those that are still open.

import { int64, type Log, string, topic } from '../../core/index.js';
import { topology, tumbling, windowed } from '../../streams/index.js';
import { testInEveryPlace } from '../core/places.js';
import { caughtUp, eventually, lines, produce, readAll, start } from './running.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const perWindow = topic('per-window', { key: windowed(string, hourMs), value: int64 });

function counts(from = lines) {
  const build = topology('replay');
  build
    .stream(from)
    .groupByKey()
    .windowedBy(tumbling('1h', { grace: 0 }))
    .count({ name: 'per-hour', backing: 'memory', emit: 'close' })
    .toStream()
    .to(perWindow);
  return build;
}

/** Resolves when a broker has looked twice for what is too old: the second time it has come past every topic that was there at the first. */
async function retentionPassed(log: Log): Promise<void> {
  await using admin = log.admin();
  for (const name of ['canary-1', 'canary-2']) {
    const configs = { 'cleanup.policy': 'compact,delete', 'retention.ms': '1000' };
    await admin.createTopics([{ name, partitions: 1, configs }]);
    await produce(log, topic(name), [{ key: 'k', value: 'v', timestamp: 0 }]);
    await eventually(
      log,
      async () => (await admin.listOffsets([{ topic: name, partition: 0 }], 'start'))[0]?.offset === 1,
    );
  }
}

testInEveryPlace('windows of long ago are kept until they close', async (t, place) => {
  const log = await place.open(place.scheme === 'kafka' ? {} : { broker: { retentionCheckIntervalMs: 20 } });
  await using admin = log.admin();
  const configs = { 'retention.ms': '-1' };
  await admin.createTopics([lines, perWindow].map(({ name }) => ({ name, partitions: 2, configs })));
  const rows = Array.from({ length: 200 }, (_, index) => ({
    key: `k${index % 7}`,
    value: 'v',
    timestamp: index * 1_000,
  }));
  await produce(log, lines, rows);
  const first = await start(t, counts(), { log });
  await caughtUp(log, first, 200);
  await first.close();
  await retentionPassed(log);
  const second = await start(t, counts(), { log });
  await second.finish();
  const found = await readAll(log, perWindow);
  t.is(found.length, 7);
  t.is(
    found.reduce((sum, { value }) => sum + value!, 0),
    200,
  );
});

testInEveryPlace(
  'the retention of a changelog is raised for windows far behind the clock, and for no others',
  async (t, place) => {
    const log = await place.open();
    await using admin = log.admin();
    const now = log.ports.clock.now();
    for (const [days, keepsDays] of [
      [0, 1],
      [0.4, 1],
      [10, 10],
      [3_000, 3_000],
    ] as const) {
      const from = topic(`lines-${days}`);
      const configs = { 'retention.ms': '-1' };
      await admin.createTopics([{ name: from.name, partitions: 1, configs }]);
      await produce(log, from, [{ key: 'k', value: 'v', timestamp: now - days * dayMs }]);
      const applicationId = `replay-${days}`;
      const app = await start(t, counts(from), { log, applicationId });
      await caughtUp(log, app, 1);
      await app.close();
      const found = await admin.describeConfigs(`${applicationId}-per-hour-changelog`);
      const retentionMs = Number(found.find(({ name }) => name === 'retention.ms')!.value);
      if (keepsDays === 1) t.is(retentionMs, hourMs + dayMs, 'as Kafka Streams has it');
      else t.true(retentionMs > keepsDays * dayMs && retentionMs < 4 * keepsDays * dayMs, `${retentionMs} ms`);
    }
  },
);
