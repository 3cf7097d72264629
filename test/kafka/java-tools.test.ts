// What Apache's command line tools say of groups, lag, configs and transactions that our clients made.

import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { type Log, openLog } from '../../core/index.js';
import { type KafkaTool, runKafkaTool } from '../../scripts/kafka/kafka-tools.js';
import { kafkaUnderTest, printedBy } from './kafka-under-test.js';

type Say = (name: KafkaTool, ...args: string[]) => Promise<string | undefined>;

/** A log on the cluster with a topic of two partitions, and the tools. */
async function open(t: ExecutionContext): Promise<{ log: Log; topic: string; say: Say } | undefined> {
  const kafka = kafkaUnderTest(t);
  if (kafka === undefined) return undefined;
  const log = await openLog(kafka.url);
  const topic = `tools-${randomBytes(4).toString('hex')}`;
  const admin = log.admin();
  await admin.createTopics([{ name: topic, partitions: 2, configs: { 'segment.ms': '7200000' } }]);
  t.teardown(async () => {
    await admin.deleteTopics([topic]);
    await log.close();
  });
  const say: Say = (name, ...args) =>
    printedBy(t, `${name} ${args.join(' ')}`, () =>
      runKafkaTool(name, ['--bootstrap-server', kafka.bootstrap, ...args]),
    );
  return { log, topic, say };
}

/** The cells of the lines that hold `text`, under the table's head. */
function rows(printed: string, text: string): readonly Readonly<Record<string, string>>[] {
  const lines = printed.split('\n').map(line => line.trim().split(/\s+/));
  const head = lines.find(cells => cells.includes('GROUP') || cells.includes('TransactionalId'))!;
  return lines
    .filter(cells => cells !== head && cells.includes(text))
    .map(cells => Object.fromEntries(head.map((name, index) => [name, cells[index] ?? ''])));
}

test('kafka-consumer-groups shows our group: members, offsets and lag', async t => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { log, topic, say } = opened;
  const producer = log.producer();
  for (let n = 0; n < 10; n++) await producer.send(topic, { value: `v${n}`, partition: n % 2 });
  const groupId = `${topic}-readers`;
  await using consumer = log.consumer({
    groupId,
    topics: [topic],
    clientId: 'the-reader',
    autoOffsetReset: 'earliest',
    autoCommit: false,
  });
  for (let seen = 0; seen < 10; ) seen += (await consumer.poll({ waitMs: 1_000 })).length;
  await consumer.commit([
    { topic, partition: 0, offset: 5 },
    { topic, partition: 1, offset: 2 },
  ]);
  const described = await say('kafka-consumer-groups', '--describe', '--group', groupId);
  if (described === undefined) return;
  const byPartition = rows(described, groupId).toSorted((a, b) => Number(a['PARTITION']) - Number(b['PARTITION']));
  t.like(byPartition[0], { TOPIC: topic, PARTITION: '0', 'CURRENT-OFFSET': '5', 'LOG-END-OFFSET': '5', LAG: '0' });
  t.like(byPartition[1], { TOPIC: topic, PARTITION: '1', 'CURRENT-OFFSET': '2', 'LOG-END-OFFSET': '5', LAG: '3' });
  t.is(byPartition.length, 2);
  t.true(described.includes('the-reader'), described);
  const members = await say('kafka-consumer-groups', '--describe', '--group', groupId, '--members', '--verbose');
  t.true(members!.includes(`${topic}(0,1)`) || members!.includes(`${topic}:0,1`), members);
  const state = await say('kafka-consumer-groups', '--describe', '--group', groupId, '--state');
  t.like(rows(state!, groupId)[0], { STATE: 'Stable', '#MEMBERS': '1' }, state);
});

test('kafka-configs shows what our admin has set, and no more', async t => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { log, topic, say } = opened;
  const admin = log.admin();
  await admin.alterConfigs(topic, { 'cleanup.policy': 'compact', 'segment.ms': '3600000' });
  await admin.alterConfigs(topic, { 'cleanup.policy': null });
  const described = await say('kafka-configs', '--describe', '--entity-type', 'topics', '--entity-name', topic);
  if (described === undefined) return;
  t.regex(described, /^\s*segment\.ms=3600000 /m);
  t.false(described.includes('cleanup.policy'), described);
});

test('kafka-transactions shows our transactions, open and ended', async t => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { log, topic, say } = opened;
  const transactionalId = `${topic}-copy`;
  const producer = log.producer({ transactionalId, transactionTimeoutMs: 123_000 });
  const describe = () => say('kafka-transactions', 'describe', '--transactional-id', transactionalId);
  producer.beginTransaction();
  await producer.send(topic, { value: 'x', partition: 1 });
  const open1 = await describe();
  if (open1 === undefined) return;
  t.like(rows(open1, transactionalId)[0], { TransactionState: 'Ongoing', TransactionTimeoutMs: '123000' }, open1);
  t.true(open1.includes(`${topic}-1`), open1);
  const producers = await say('kafka-transactions', 'describe-producers', '--topic', topic, '--partition', '1');
  t.true(producers!.split('\n').length > 1, producers);
  await producer.commitTransaction();
  const listed = await say('kafka-transactions', 'list');
  t.like(rows(listed!, transactionalId)[0], { TransactionState: 'CompleteCommit' }, listed);
  await producer.close();
});
