// What `finish` promises of a sink: it resolves when all that was there is durable on the other side, however often the task had to begin again.

import test from 'ava';
import { DataError, originOf, type TopicOffset } from '../../connect/api/index.js';
import { openFresh, startConnectorOf } from './places.js';
import { plainSink } from './plain-connectors.js';
import { quiet } from './quiet.js';

/** Takes records at once and writes them when it is asked what is durable; the first `refusals` times that fails. */
function writeBehind(refusals: number, refuse: 'loudly' | 'silently' = 'loudly') {
  const seen = { written: [] as unknown[], refused: 0 };
  const definition = plainSink({
    name: 'write-behind',
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
            if (refuse === 'silently') return [];
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

const lives = [
  [0, 'loudly'],
  [1, 'loudly'],
  [3, 'loudly'],
  [1, 'silently'],
] as const;
for (const [refusals, refuse] of lives) {
  test(`finish ends when all is written, after ${refusals} lives that could not write, and said so ${refuse}`, async t => {
    t.timeout(120_000);
    const log = await openFresh(t, 'direct');
    await using admin = log.admin();
    await admin.createTopics([{ name: 'rows', partitions: 2 }]);
    await using producer = log.producer();
    for (const partition of [0, 1]) await producer.send('rows', { key: null, value: String(partition), partition });
    const { seen, definition } = writeBehind(refusals, refuse);
    const config = { topics: 'rows', 'restart.backoff.ms': 1, 'offset.flush.interval.ms': 3_600_000 };
    const sink = await startConnectorOf(t, log, { name: 'late', connector: definition, config, logger: quiet });
    await sink.finish();
    t.is(seen.refused, refusals);
    t.deepEqual(new Set(seen.written), new Set([0, 1]));
    t.is(seen.written.length, 2);
    t.is(sink.progress().records, 2, 'what a new life takes again is no more than was there');
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

for (const way of ['thrown', 'handed over'] as const) {
  test(`finish passes a bad record at the end that the task has ${way}: it is in the dead letters, once`, async t => {
    t.timeout(120_000);
    const log = await openFresh(t, 'direct');
    await using admin = log.admin();
    await admin.createTopics(['rows', 'bad'].map(name => ({ name, partitions: 1 })));
    await using producer = log.producer();
    for (const value of ['1', '2', '"bad"']) await producer.send('rows', { key: null, value });
    const written: unknown[] = [];
    const connector = plainSink({
      name: 'picky',
      start(_, context) {
        let next = 0;
        return {
          async put(batches) {
            const records = batches.flatMap(batch => batch.records);
            for (const record of records) {
              if (typeof record.value === 'number') continue;
              if (way === 'thrown') throw new DataError('no number');
              await context.reject(record, new DataError('no number'));
            }
            for (const { value, offset } of records.filter(record => typeof record.value === 'number')) {
              written.push(value);
              next = offset + 1;
            }
          },
          preCommit: () => (next === 0 ? [] : [{ topic: 'rows', partition: 0, offset: next }]),
        };
      },
    });
    const letters = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'bad' };
    const config = { topics: 'rows', 'offset.flush.interval.ms': 3_600_000, ...letters };
    for (let run = 1; run <= 2; run++) {
      const sink = await startConnectorOf(t, log, { name: 'picky', connector, config, logger: quiet });
      await sink.finish();
    }
    t.deepEqual(written, [1, 2]);
    await using reader = log.consumer();
    const [end] = await reader.endOffsets([{ topic: 'bad', partition: 0 }]);
    t.is(end?.offset, 1);
  });
}
