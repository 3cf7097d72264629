import test from 'ava';
import { kafkaErrors } from '../../core/base/kafka-errors.js';
import { Admin } from '../../core/client/admin.js';
import { type Log, openLog } from '../../core/index.js';
import { deleteRecords } from '../../core/protocol/21-delete-records.js';
import { AppWarnings } from '../../streams/runtime/app-warnings.js';
import { RepartitionPurge } from '../../streams/runtime/repartition-purge.js';
import type { Task } from '../../streams/runtime/task.js';
import { FaultyPlace } from '../core/client/faulty-place.js';
import { createTopics, lines, produce } from './running.js';

/** Two partitions of ten records each. */
async function filled(): Promise<Log> {
  const log = await openLog('memory:');
  await createTopics(log, ['lines'], 2);
  const rows = Array.from({ length: 20 }, (_, n) => ({ key: 'k', value: 'v', timestamp: n, partition: n % 2 }));
  await produce(log, lines, rows);
  return log;
}

/** One that has taken five records. */
const task = (partition: number, hasUncommitted: boolean) =>
  ({
    hasUncommitted,
    queues: [{ source: { isInternal: true }, topic: 'lines', partition, position: 5 }],
  }) as unknown as Task;

async function starts(log: Log): Promise<readonly (number | undefined)[]> {
  await using admin = log.admin();
  const partitions = [0, 1].map(partition => ({ topic: 'lines', partition }));
  return (await admin.listOffsets(partitions, 'start')).map(start => start?.offset);
}

const silent = new AppWarnings('app', () => undefined);

test('only what was taken and committed is deleted from a repartition topic', async t => {
  await using log = await filled();
  await using admin = log.admin();
  const purge = new RepartitionPurge(admin, log.ports.clock, silent);
  await purge.run([task(0, true), task(1, false)], true);
  t.deepEqual(await starts(log), [0, 5]);
  await purge.run([task(0, false), task(1, false)], true);
  t.deepEqual(await starts(log), [5, 5]);
});

test('a purge that is refused is told, and made good by the next', async t => {
  await using log = await filled();
  const { code: errorCode } = kafkaErrors.TOPIC_AUTHORIZATION_FAILED;
  const partitions = [0, 1].map(partitionIndex => ({ partitionIndex, lowWatermark: -1, errorCode }));
  const refused = [{ name: 'lines', partitions }];
  const refusing = new FaultyPlace(log, (api, _, count) => {
    if (api !== deleteRecords || count > 1) return undefined;
    return { kind: 'answer', answer: deleteRecords.response({ topics: refused }) };
  });
  await using admin = new Admin(log.ports, refusing);
  const warnings: string[] = [];
  const told = new AppWarnings('app', ({ message }) => void warnings.push(message));
  const purge = new RepartitionPurge(admin, log.ports.clock, told);
  const tasks = [task(0, false), task(1, false)];
  await purge.run(tasks, true);
  t.is(warnings.length, 1);
  t.regex(warnings[0]!, /app "app" could not purge its repartition topics.*TOPIC_AUTHORIZATION_FAILED/);
  t.deepEqual(await starts(log), [0, 0]);
  await purge.run(tasks, true);
  t.deepEqual(await starts(log), [5, 5]);
  t.is(warnings.length, 1);
});

test('work does not wait for a purge', async t => {
  await using log = await filled();
  const order: string[] = [];
  const watched = new FaultyPlace(log, api => {
    if (api !== deleteRecords) return undefined;
    const change = (answer: unknown): unknown => {
      order.push('answered');
      return answer;
    };
    return { kind: 'answer-changed', change };
  });
  await using admin = new Admin(log.ports, watched);
  let nowMs = 0;
  const clock = { ...log.ports.clock, monotonic: () => nowMs };
  const purge = new RepartitionPurge(admin, clock, silent);
  await purge.run([task(0, false)]);
  // One at a time, however long it takes.
  for (nowMs = 60_000; nowMs <= 120_000; nowMs += 60_000) {
    await purge.run([task(0, false)]);
    order.push('went on');
  }
  await purge.run([task(0, false), task(1, false)], true);
  t.deepEqual(order, ['went on', 'went on', 'answered', 'answered']);
  t.deepEqual(await starts(log), [5, 5]);
});
