// What `finish` promises of a sink: it resolves when all that was there is durable on the other side, however often the task had to begin again.

import test from 'ava';
import { z } from 'zod';
import { defineSink, originOf, type TopicOffset } from '../../connect/api/index.js';
import { openFresh, startConnectorOf } from './places.js';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Takes records at once and writes them when it is asked what is durable; the first `refusals` times that fails. */
function writeBehind(refusals: number) {
  const seen = { written: [] as unknown[], refused: 0 };
  const definition = defineSink({
    name: 'write-behind',
    version: '1',
    description: 'Writes later.',
    config: z.object({}),
    start() {
      let waiting: unknown[] = [];
      const taken = new Map<string, TopicOffset>();
      return {
        put(batches) {
          for (const record of batches.flatMap(({ records }) => records)) {
            const { topic, partition } = originOf(record);
            taken.set(`${topic}-${partition}`, { topic, partition, offset: record.offset + 1 });
            waiting.push(record.value);
          }
        },
        preCommit() {
          if (waiting.length > 0 && seen.refused < refusals) {
            seen.refused++;
            throw new Error('the other side does not take it');
          }
          seen.written.push(...waiting);
          waiting = [];
          return [...taken.values()];
        },
      };
    },
  });
  return { seen, definition };
}

for (const refusals of [0, 1, 3]) {
  test(`finish ends when all is written, after ${refusals} lives that could not write`, async t => {
    t.timeout(120_000);
    const log = await openFresh(t, 'direct');
    await using admin = log.admin();
    await admin.createTopics([{ name: 'rows', partitions: 2 }]);
    await using producer = log.producer();
    for (const partition of [0, 1]) await producer.send('rows', { key: null, value: String(partition), partition });
    const { seen, definition } = writeBehind(refusals);
    const config = { topics: 'rows', 'restart.backoff.ms': 1, 'offset.flush.interval.ms': 3_600_000 };
    const sink = await startConnectorOf(t, log, { name: 'late', connector: definition, config, logger: quiet });
    await sink.finish();
    t.is(seen.refused, refusals);
    t.deepEqual(new Set(seen.written), new Set([0, 1]));
    t.is(seen.written.length, 2);
    await using consumer = log.consumer({ groupId: 'connect-late' });
    const committed = await consumer.committed([0, 1].map(partition => ({ topic: 'rows', partition })));
    t.deepEqual(
      committed.map(each => each?.offset),
      [1, 1],
    );
  });
}

test('a sink that takes records and can never write them fails when its restarts are spent', async t => {
  t.timeout(120_000);
  const log = await openFresh(t, 'direct');
  await using admin = log.admin();
  await admin.createTopics([{ name: 'rows', partitions: 1 }]);
  await using producer = log.producer();
  await producer.send('rows', { key: null, value: '1' });
  const { seen, definition } = writeBehind(Number.POSITIVE_INFINITY);
  const config = { topics: 'rows', 'restart.backoff.ms': 1, 'restart.attempts.max': 3, 'offset.flush.interval.ms': 1 };
  const sink = await startConnectorOf(t, log, { name: 'never', connector: definition, config, logger: quiet });
  await t.throwsAsync(sink.done, { message: /the other side does not take it/ });
  t.true(seen.refused >= 4, `${seen.refused}`);
  t.deepEqual(seen.written, []);
});
