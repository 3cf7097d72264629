// What Apache's command line tools say of groups, lag, configs and transactions that our clients made.

import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { type Log, openLog } from '../../core/index.js';
import { type KafkaTool, runKafkaTool } from '../../scripts/kafka/kafka-tools.js';
import { millrace, testFolder } from '../cli/run-millrace.js';
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

test('our command line moves and forgets offsets as kafka-consumer-groups does, and it sees them', async t => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { log, topic, say } = opened;
  const producer = log.producer();
  const noonMs = Date.parse('2026-01-31T12:00:00Z');
  for (let n = 0; n < 20; n++) {
    await producer.send(topic, { value: `v${n}`, partition: n % 2, timestamp: noonMs + n * 1_000 });
  }
  await using admin = log.admin();
  await admin.deleteRecords([{ topic, partition: 1, offset: 3 }]);
  const ours = `${topic}-ours`;
  const theirs = `${topic}-theirs`;
  for (const groupId of [ours, theirs]) {
    await admin.alterGroupOffsets(
      groupId,
      [4, 5].map((offset, partition) => ({ topic, partition, offset })),
    );
  }
  const cwd = testFolder(t);
  const run = (...args: string[]) => millrace(['group', ...args, '--url', kafkaUnderTest(t)!.url], { cwd });
  const committed = async (groupId: string) =>
    (await admin.describeGroups([groupId]))[0]!.offsets.map(each => each.committedOffset);
  for (const [words, expected] of [
    [
      ['--to-offset', '2'],
      [2, 3],
    ],
    [
      ['--shift-by', '3'],
      [5, 6],
    ],
    [
      ['--to-datetime', '2026-01-31T12:00:09.000'],
      [5, 4],
    ],
  ] as const) {
    const moved = await run('reset', ours, '--topic', topic, ...words, '--execute');
    t.is(moved.code, 0, moved.stderr);
    const move = ['--reset-offsets', '--group', theirs, '--topic', topic, ...words, '--execute'];
    if ((await say('kafka-consumer-groups', ...move)) === undefined) return;
    t.deepEqual([await committed(ours), await committed(theirs)], [expected, expected], words.join(' '));
  }
  t.is((await run('delete-offsets', ours, '--topic', `${topic}:0`)).stdout, `${topic}-0: deleted 5\n`);
  const described = await say('kafka-consumer-groups', '--describe', '--offsets', '--group', ours, '--group', theirs);
  const offsets = (groupId: string) =>
    rows(described!, groupId)
      .map(row => `${row['PARTITION']}@${row['CURRENT-OFFSET']}`)
      .sort();
  t.deepEqual([offsets(ours), offsets(theirs)], [['1@4'], ['0@5', '1@4']], described);
  t.is((await run('delete', ours, theirs)).code, 0);
  const listed = await say('kafka-consumer-groups', '--list');
  t.false(listed!.includes(ours) || listed!.includes(theirs), listed);
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
