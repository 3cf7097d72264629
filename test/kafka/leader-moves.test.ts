// A consumer of partitions on several leaders, while the leaders are killed and come back: every record is read once, in order.

import test from 'ava';
import { openLog } from '../../core/index.js';
import { ownKafka, quickFailover } from './own-kafka.js';

const partitionCount = 6;
const perRound = 120;

test('partitions move between leaders without losing their positions', async t => {
  const cluster = await ownKafka(t, { nodes: 3, settings: quickFailover });
  if (cluster === undefined) return;
  await using log = await openLog(cluster.url);
  await using admin = log.admin();
  await admin.createTopics([{ name: 'moving', partitions: partitionCount, replicationFactor: 3 }]);
  await using producer = log.producer({ acks: 'all' });
  await using consumer = log.consumer({ autoOffsetReset: 'none', isolationLevel: 'read_committed' });
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic: 'moving', partition }));
  consumer.assign(partitions);
  for (const partition of partitions) consumer.seek(partition, 0);

  const read = partitions.map((): string[] => []);
  let count = 0;
  let written = 0;
  const round = async () => {
    const sent = [];
    for (let n = 0; n < perRound; n++, written++) {
      sent.push(producer.send('moving', { partition: written % partitionCount, value: `${written}` }));
    }
    await Promise.all(sent);
    for (let polls = 0; count < written; polls++) {
      if (polls > 600) throw new Error(`read ${count} of ${written}`);
      for (const { partition, offset, value } of await consumer.poll({ waitMs: 100 })) {
        t.is(offset, read[partition]!.length);
        read[partition]!.push(value!);
        count++;
      }
    }
  };
  const leaders = async () => {
    const [topic] = await admin.describeTopics(['moving']);
    return topic!.partitions.map(({ leader }) => leader);
  };
  await round();
  t.is(new Set(await leaders()).size, 3);
  for (const nodeId of [2, 3]) {
    const before = await leaders();
    await cluster.kill(nodeId);
    await round();
    await cluster.restart(nodeId);
    await round();
    t.notDeepEqual(await leaders(), before);
  }
  const expected = partitions.map(({ partition }) =>
    Array.from({ length: written }, (_, n) => n)
      .filter(n => n % partitionCount === partition)
      .map(String),
  );
  t.deepEqual(read, expected);
});
