import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { millrace, testFolder } from './run-millrace.js';

test('topics are created, listed, described and deleted in the data directory', async t => {
  const cwd = testFolder(t);
  const created = await millrace(['topic', 'create', 'orders', '-p', '3', '-c', 'retention.ms=60000'], { cwd });
  t.deepEqual(created, { code: 0, stdout: 'created orders, 3 partitions\n', stderr: '' });
  await millrace(['produce', 'orders', '-p', '1', 'a', 'b'], { cwd });

  const listed = await millrace(['topic', 'list'], { cwd });
  t.deepEqual(listed, { code: 0, stdout: 'TOPIC   PARTITIONS\norders           3\n', stderr: '' });

  const described = await millrace(['topic', 'describe', 'orders', '--json'], { cwd });
  t.is(described.code, 0, described.stderr);
  const [topic] = JSON.parse(described.stdout);
  t.deepEqual(topic.partitions, [
    { partition: 0, startOffset: 0, endOffset: 0 },
    { partition: 1, startOffset: 0, endOffset: 2 },
    { partition: 2, startOffset: 0, endOffset: 0 },
  ]);
  t.deepEqual(topic.configs, { 'retention.ms': '60000' });

  t.is((await millrace(['topic', 'delete', 'orders'], { cwd })).stdout, 'deleted orders\n');
  t.is((await millrace(['topic', 'list', '--json'], { cwd })).stdout, '[]\n');
});

test('an unknown topic is one line that names the nearest one, and exit code 2', async t => {
  const cwd = testFolder(t);
  await millrace(['topic', 'create', 'orders', 'payments'], { cwd });
  for (const args of [
    ['topic', 'describe', 'ordres'],
    ['topic', 'delete', 'orders', 'ordres'],
    ['consume', 'ordres'],
    ['produce', 'ordres', 'x'],
  ]) {
    const outcome = await millrace(args, { cwd });
    t.is(outcome.code, 2, args.join(' '));
    t.is(outcome.stdout, '');
    t.regex(outcome.stderr, /^millrace: .*"?ordres"?.*"orders".*\n$/, args.join(' '));
  }
  t.is(
    (await millrace(['topic', 'list', '--json'], { cwd })).stdout.match(/"name"/g)?.length,
    2,
    'nothing was deleted',
  );
});

test('a topic that exists is not created again', async t => {
  const cwd = testFolder(t);
  await millrace(['topic', 'create', 'orders'], { cwd });
  const again = await millrace(['topic', 'create', 'orders'], { cwd });
  t.is(again.code, 1);
  t.regex(again.stderr, /^millrace: .*orders.*\n$/);
});

test('an unknown config names the nearest one', async t => {
  const cwd = testFolder(t);
  const outcome = await millrace(['topic', 'create', 'orders', '-c', 'retention.mss=5'], { cwd });
  t.is(outcome.code, 2);
  t.regex(outcome.stderr, /^millrace: .*retention\.mss.*"retention\.ms".*\n$/);
});

test('what only looks never makes a data directory', async t => {
  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'dataset'), '');
  const outcome = await millrace(['topic', 'list', '--data', 'datasets'], { cwd });
  t.deepEqual(outcome, {
    code: 2,
    stdout: '',
    stderr: 'millrace: there is no data directory datasets (did you mean "dataset"?)\n',
  });
  t.false(existsSync(join(cwd, 'datasets')));
});

test('what is no log is refused in one line, and stays as it was', async t => {
  const cwd = testFolder(t);
  mkdirSync(join(cwd, 'photos'));
  writeFileSync(join(cwd, 'photos/a.jpg'), '');
  for (const [args, message] of [
    [['topic', 'list', '--data', 'photos'], 'there is no log in photos (topic create would make one)'],
    [['topic', 'list', '--data', 'photos/a.jpg'], 'photos/a.jpg is no directory'],
    [['topic', 'create', 't', '--data', 'photos/a.jpg'], 'photos/a.jpg is no directory'],
    [['topic', 'list', '--url', 'file:'], '"file:" names no directory: write file:./data or file:/var/lib/data'],
  ] as const) {
    t.deepEqual(await millrace(args, { cwd }), { code: 2, stdout: '', stderr: `millrace: ${message}\n` });
  }
  t.deepEqual(readdirSync(join(cwd, 'photos')), ['a.jpg']);
});

test('a topic is created with as many replicas as are asked for, or as the broker has', async t => {
  const cwd = testFolder(t);
  t.is((await millrace(['topic', 'create', 'once', '-r', '1'], { cwd })).code, 0);
  const thrice = await millrace(['topic', 'create', 'thrice', '--replication-factor', '3'], { cwd });
  t.is(thrice.code, 2);
  t.regex(thrice.stderr, /INVALID_REPLICATION_FACTOR: creating topic "thrice"/);
});

test('who gives the configs of a topic as Kafka’s tool takes them is told how', async t => {
  const outcome = await millrace(['topic', 'create', 'x', '--config', 'retention.ms=5'], { cwd: testFolder(t) });
  t.is(outcome.code, 2);
  t.regex(outcome.stderr, /no settings file retention\.ms=5: .* --topic-config \(-c\)/);
});
