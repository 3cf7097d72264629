import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Log, openLog } from '../../core/index.js';
import { BrokerListener } from '../core/network/broker-listener.js';
import { millrace, testFolder } from './run-millrace.js';

test('groups are listed and described with what they committed and how far they are behind', async t => {
  const cwd = testFolder(t);
  const log = await openLog(`file:${join(cwd, 'data')}`);
  await log.admin().createTopics([{ name: 'orders', partitions: 1 }]);
  const producer = log.producer();
  for (const value of ['a', 'b', 'c']) await producer.send('orders', { value });
  await producer.close();
  const consumer = log.consumer({ groupId: 'billing', topics: ['orders'], autoOffsetReset: 'earliest' });
  while ((await consumer.poll({ waitMs: 1_000 })).length === 0);
  await consumer.commit([{ topic: 'orders', partition: 0, offset: 1 }]);
  await consumer.close();
  await log.close();

  const listed = await millrace(['group', 'list', '--json'], { cwd });
  t.like(JSON.parse(listed.stdout), [{ group: 'billing', state: 'Empty' }]);
  t.regex((await millrace(['group', 'list'], { cwd })).stdout, /^billing +Empty$/m);

  const described = await millrace(['group', 'describe', 'billing', '--json'], { cwd });
  const [group] = JSON.parse(described.stdout);
  t.like(group, { group: 'billing', lag: 2, members: [] });
  t.like(group.offsets[0], { topic: 'orders', partition: 0, committedOffset: 1, endOffset: 3, lag: 2 });
  const text = await millrace(['group', 'describe', 'billing'], { cwd });
  t.regex(text.stdout, /^billing {2}Empty {2}0 members {2}lag 2$/m);
  t.regex(text.stdout, /^orders +0 +1 +3 +2 +-$/m);

  const unknown = await millrace(['group', 'describe', 'biling'], { cwd });
  t.is(unknown.code, 2);
  t.regex(unknown.stderr, /^millrace: .*biling.*"billing".*\n$/);
});

const noonMs = Date.parse('2026-01-31T12:00:00Z');
const minuteMs = 60_000;

/** Ten records in each of two partitions, a minute apart; `billing` has committed 4 of the first partition and nothing of the second. */
async function writeOrders(log: Log): Promise<void> {
  await using admin = log.admin();
  await admin.createTopics([{ name: 'orders', partitions: 2 }]);
  await using producer = log.producer();
  for (let n = 0; n < 20; n++) {
    const at = { partition: n % 2, timestamp: noonMs + Math.floor(n / 2) * minuteMs };
    await producer.send('orders', { value: `${n}`, ...at });
  }
  await admin.alterGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 4 }]);
}

async function ordersFolder(
  t: ExecutionContext,
): Promise<{ cwd: string; run: (...args: string[]) => ReturnType<typeof millrace> }> {
  const cwd = testFolder(t);
  const log = await openLog(`file:${join(cwd, 'data')}`);
  await writeOrders(log);
  await log.close();
  return { cwd, run: (...args) => millrace(['group', ...args], { cwd }) };
}

test('a reset shows the moves and makes them with --execute', async t => {
  const { cwd, run } = await ordersFolder(t);
  const move = ['reset', 'billing', '--topic', 'orders', '--to-earliest'];
  const shown = await run(...move);
  const table =
    'TOPIC   PARTITION  COMMITTED  NEW  END\norders          0  4            0   10\norders          1  -            0   10\n';
  t.deepEqual(shown, {
    code: 0,
    stdout: `${table}nothing is changed yet: --execute moves the offsets of billing\n`,
    stderr: '',
  });
  t.is((await run(...move, '--dry-run')).stdout, shown.stdout, 'nothing was changed');
  const done = await run(...move, '--execute');
  t.deepEqual(done, { code: 0, stdout: `${table}moved the offsets of billing\n`, stderr: '' });
  const after = JSON.parse((await run(...move, '--json')).stdout);
  t.deepEqual(after, {
    group: 'billing',
    executed: false,
    offsets: [0, 1].map(partition => ({
      topic: 'orders',
      partition,
      committedOffset: 0,
      newOffset: 0,
      startOffset: 0,
      endOffset: 10,
    })),
  });

  const log = await openLog(`file:${join(cwd, 'data')}`);
  const consumer = log.consumer({ groupId: 'billing', topics: ['orders'], autoOffsetReset: 'none' });
  const values: string[] = [];
  while (values.length < 20) values.push(...(await consumer.poll({ waitMs: 1_000 })).map(({ value }) => value!));
  await consumer.close();
  await log.close();
  t.deepEqual(
    values.map(Number).sort((a, b) => a - b),
    [...Array(20).keys()],
    'a consumer reads from there',
  );
});

test('all topics are those that the group has committed, and a partition without an offset cannot be shifted', async t => {
  const { run } = await ordersFolder(t);
  const all = await run('reset', 'billing', '--all-topics', '--shift-by', '-1', '--execute', '--json');
  t.like(JSON.parse(all.stdout), { executed: true, offsets: [{ partition: 0, committedOffset: 4, newOffset: 3 }] });
  t.is(JSON.parse(all.stdout).offsets.length, 1);
  const beyond = await run('reset', 'billing', '--topic', 'orders:0', '--to-offset', '11');
  t.is(beyond.stderr, 'orders-0 has offsets 0 to 10: 10 is taken for 11\n');
  t.regex(beyond.stdout, /^orders +0 +3 +10 +10$/m);
  const shifted = await run('reset', 'billing', '--topic', 'orders', '--shift-by', '-1');
  t.is(shifted.code, 2);
  t.regex(shifted.stderr, /nothing was for orders-1: name the others/);
});

test('offsets of one topic are forgotten, and groups are deleted: all or none', async t => {
  const { run } = await ordersFolder(t);
  const none = await run('delete-offsets', 'billing', '--topic', 'orders:1');
  t.is(none.stdout, 'billing has committed nothing there (see millrace group describe billing)\n');
  t.is((await run('delete-offsets', 'billing', '--topic', 'orders')).stdout, 'orders-0: deleted 4\n');
  const left = await run('describe', 'billing', '--json');
  // The group of one whose last offset is gone may be forgotten with it.
  if (left.code === 0) t.deepEqual(JSON.parse(left.stdout)[0].offsets, []);
  const made = await run('reset', 'audit', '--topic', 'orders', '--to-latest', '--new-group', '--execute');
  t.is(made.code, 0, made.stderr);
  await run('reset', 'billing', '--topic', 'orders:0', '--to-offset', '4', '--new-group', '--execute');
  const mistyped = await run('delete', 'audit', 'biling');
  t.is(mistyped.code, 2);
  t.regex(mistyped.stderr, /^millrace: group "biling" does not exist.*"billing".*\n$/);
  t.is(JSON.parse((await run('list', '--json')).stdout).length, 2, 'nothing was deleted');
  t.deepEqual(await run('delete', 'audit', 'billing'), {
    code: 0,
    stdout: 'deleted audit\ndeleted billing\n',
    stderr: '',
  });
  t.is((await run('list', '--json')).stdout, '[]\n');
});

test('what cannot be meant is told in one line', async t => {
  const { run } = await ordersFolder(t);
  const reset = ['reset', 'billing', '--topic', 'orders'];
  const cases = [
    [['reset', 'billing', '--to-latest'], /say of which topics: --topic orders/],
    [[...reset], /say where to: --to-earliest, --to-latest/],
    [[...reset, '--to-latest', '--shift-by', '2'], /give --to-latest or --shift-by, not both/],
    [[...reset, '--all-topics', '--to-latest'], /--topic or --all-topics, not both/],
    [[...reset, '--to-earlyest'], /unknown option '--to-earlyest'.*--to-earliest/],
    [['reset', 'billing', '--topic', 'ordres', '--to-latest'], /"ordres".*"orders"/],
    [['reset', 'billing', '--topic', 'orders:2', '--to-latest'], /orders has no partition 2 \(it has 2: 0 to 1\)/],
    [
      ['reset', 'biling', '--topic', 'orders', '--to-latest'],
      /"biling" does not exist.*"billing".*--new-group makes it/,
    ],
    [['delete-offsets', 'billing'], /say of which topics/],
    [['delete-offsets', 'biling', '--topic', 'orders'], /"biling" does not exist.*"billing"/],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await run(...args);
    t.deepEqual([code, stdout], [2, ''], `${args.join(' ')}: ${stderr}`);
    t.regex(stderr, message);
    t.is(stderr.split('\n').length, 2, stderr);
  }
});

test('a group that is at work is left alone', async t => {
  const listener = await BrokerListener.start();
  t.teardown(() => listener.close());
  await using log = await openLog(listener.url);
  await writeOrders(log);
  const consumer = log.consumer({
    groupId: 'billing',
    topics: ['orders'],
    clientId: 'desk',
    autoOffsetReset: 'earliest',
  });
  while ((await consumer.poll({ waitMs: 1_000 })).length === 0);
  const cwd = testFolder(t);
  const run = (...args: string[]) => millrace(['group', ...args, '--url', listener.url], { cwd });
  for (const args of [
    ['reset', 'billing', '--topic', 'orders', '--to-earliest'],
    ['reset', 'billing', '--all-topics', '--to-earliest', '--execute'],
    ['delete', 'billing'],
  ]) {
    const { code, stdout, stderr } = await run(...args);
    t.deepEqual([code, stdout], [2, ''], stderr);
    t.regex(stderr, /^millrace: group "billing" has members \(desk at .*\): stop them first; .*\n$/);
  }
  const read = await run('delete-offsets', 'billing', '--topic', 'orders');
  t.is(read.code, 1);
  t.regex(
    read.stderr,
    /GROUP_SUBSCRIBED_TO_TOPIC: .*orders-0.*members of the group read this topic: stop them first\n$/,
  );
  await consumer.close();
  t.is((await run('reset', 'billing', '--topic', 'orders', '--to-latest', '--execute')).code, 0);
  t.regex((await run('describe', 'billing')).stdout, /^orders +0 +10 +10 +0 +-$/m);
  t.is((await run('delete', 'billing')).stdout, 'deleted billing\n');
});
