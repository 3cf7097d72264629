import test from 'ava';
import { openLog } from '../../core/index.js';
import { RepartitionPurge } from '../../streams/runtime/repartition-purge.js';
import type { Task } from '../../streams/runtime/task.js';
import { createTopics, lines, produce } from './running.js';

test('only what was taken and committed is deleted from a repartition topic', async t => {
  await using log = await openLog('memory:');
  await createTopics(log, ['lines'], 2);
  const rows = Array.from({ length: 20 }, (_, n) => ({ key: 'k', value: 'v', timestamp: n, partition: n % 2 }));
  await produce(log, lines, rows);
  await using admin = log.admin();
  const task = (partition: number, hasUncommitted: boolean) =>
    ({
      hasUncommitted,
      queues: [{ source: { isInternal: true }, topic: 'lines', partition, position: 5 }],
    }) as unknown as Task;
  const starts = async () => {
    const partitions = [0, 1].map(partition => ({ topic: 'lines', partition }));
    return (await admin.listOffsets(partitions, 'start')).map(start => start?.offset);
  };
  const purge = new RepartitionPurge(admin, log.ports.clock);
  await purge.run([task(0, true), task(1, false)], true);
  t.deepEqual(await starts(), [0, 5]);
  await purge.run([task(0, false), task(1, false)], true);
  t.deepEqual(await starts(), [5, 5]);
});
