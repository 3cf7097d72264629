// A replica that was behind becomes leader, as its topic allows: what consumers had read further is gone, and they notice (KIP-320).

import test from 'ava';
import { type Consumer, type Log, LogTruncationError, openLog } from '../../core/index.js';
import { ownKafka, quickFailover } from './own-kafka.js';

const keptCount = 100;
const lostCount = 50;
const newCount = 20;
const partition = { topic: 'cut', partition: 0 };

test('an unclean election cuts the log below what was read, and consumers notice', async t => {
  t.timeout(240_000);
  const cluster = await ownKafka(t, { nodes: 3, settings: quickFailover });
  if (cluster === undefined) return;
  await using log = await openLog(cluster.url);
  await using admin = log.admin();
  const configs = { 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' };
  await admin.createTopics([{ name: partition.topic, partitions: 1, replicationFactor: 2, configs }]);
  const described = async () => (await admin.describeTopics([partition.topic]))[0]!.partitions[0]!;
  const { replicas, leader } = await described();
  const follower = replicas.find(nodeId => nodeId !== leader)!;

  await write(log, 'kept', keptCount);
  await until(log, 'both have all', async () => (await described()).inSyncReplicas.length === 2);
  await cluster.kill(follower);
  await until(log, 'the leader is alone', async () => (await described()).inSyncReplicas.length === 1);
  await write(log, 'lost', lostCount);
  await using careful = await reader(log, 'none');
  await using careless = await reader(log, 'earliest');
  for (const consumer of [careful, careless]) t.is((await read(consumer, keptCount + lostCount)).at(-1), 'lost 49');

  await cluster.kill(leader);
  await cluster.restart(follower);
  await until(log, 'the follower leads', async () => (await described()).leader === follower);
  await write(log, 'new', newCount);
  const error = await t.throwsAsync(read(careful, 1), { instanceOf: LogTruncationError });
  t.is(error.offset, keptCount + lostCount);
  t.is(error.divergentOffset, keptCount);
  careful.seek(partition, error.divergentOffset!);
  const expected = Array.from({ length: newCount }, (_, n) => `new ${n}`);
  t.deepEqual(await read(careful, newCount), expected);
  t.deepEqual(await read(careless, newCount), expected);

  // The one that led before cuts its own log when it comes back, and has what the others have.
  await cluster.restart(leader);
  await until(log, 'both have all again', async () => (await described()).inSyncReplicas.length === 2);
  await cluster.kill(follower);
  await until(log, 'the first leads again', async () => (await described()).leader === leader);
  await using last = await reader(log, 'none');
  const all = await read(last, keptCount + newCount);
  t.deepEqual([all[0], all.at(-1), all.length], ['kept 0', 'new 19', keptCount + newCount]);
});

async function write(log: Log, word: string, count: number): Promise<void> {
  await using producer = log.producer();
  for (let n = 0; n < count; n++) await producer.send(partition.topic, { partition: 0, value: `${word} ${n}` });
}

async function reader(log: Log, autoOffsetReset: 'none' | 'earliest'): Promise<Consumer<string, string>> {
  const consumer = log.consumer<string, string>({ autoOffsetReset });
  consumer.assign([partition]);
  consumer.seek(partition, 0);
  return consumer;
}

/** The next values; rejects as the poll does, or when there are fewer after a minute. */
async function read(consumer: Consumer<string, string>, count: number): Promise<string[]> {
  const values: string[] = [];
  for (let polls = 0; values.length < count; polls++) {
    if (polls > 600) throw new Error(`${values.length} of ${count} records`);
    for (const { value } of await consumer.poll({ waitMs: 100 })) values.push(value!);
  }
  return values;
}

async function until(log: Log, what: string, condition: () => Promise<boolean>): Promise<void> {
  const { clock } = log.ports;
  const endMs = clock.monotonic() + 60_000;
  while (!(await condition())) {
    if (clock.monotonic() > endMs) throw new Error(`never: ${what}`);
    await clock.sleep(50);
  }
}
