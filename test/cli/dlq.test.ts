import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { startConnector } from '../../connect/index.js';
import { fileSink } from '../../connectors/file/index.js';
import { type Log, openLog } from '../../core/index.js';
import { millrace, testFolder } from './run-millrace.js';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Good records, and one that fails in each stage: converting, transforming, putting. */
const records = [
  { key: 'a', value: '{"amount":"1"}' },
  { key: 'b', value: 'no json' },
  { key: 'c', value: '7' },
  { key: 'd', value: null },
  { key: 'e', value: '{"amount":"5"}' },
];

const strict = {
  topics: ['orders'],
  'value.converter': 'json',
  transforms: 'amount',
  'transforms.amount.type': 'org.apache.kafka.connect.transforms.ValueToKey',
  'transforms.amount.fields': 'amount',
  'transforms.amount.predicate': 'tombstone',
  'transforms.amount.negate': 'true',
  predicates: 'tombstone',
  'predicates.tombstone.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
  'behavior.on.null.values': 'fail',
  'errors.deadletterqueue.topic.name': 'orders-dead',
};

async function runSink(log: Log, directory: string, config: Record<string, unknown>): Promise<void> {
  const handle = await startConnector(log, {
    name: 'orders-out',
    connector: fileSink,
    config: { ...config, directory },
    logger: quiet,
  });
  await handle.finish();
}

/** A log with a topic of orders whose sink has put the bad ones aside. */
async function poisoned(t: ExecutionContext): Promise<string> {
  const cwd = testFolder(t);
  const log = await openLog(`file:${join(cwd, 'data')}`);
  await log.admin().createTopics([{ name: 'orders', partitions: 2 }]);
  const producer = log.producer();
  const headers = [{ key: 'trace', value: Buffer.from('t1') }];
  for (const record of records) await producer.send('orders', { ...record, partition: 1, headers });
  mkdirSync(join(cwd, 'out'));
  await runSink(log, join(cwd, 'out'), strict);
  await log.close();
  return cwd;
}

async function mended(cwd: string): Promise<readonly string[]> {
  const log = await openLog(`file:${join(cwd, 'data')}`);
  await runSink(log, join(cwd, 'out'), { topics: ['orders'], 'value.converter': 'string' });
  await log.close();
  const files = readdirSync(join(cwd, 'out')).filter(name => name.startsWith('orders'));
  return files.sort().flatMap(name =>
    readFileSync(join(cwd, 'out', name), 'utf8')
      .trimEnd()
      .split('\n'),
  );
}

test('a record that fails in any stage is listed with its cause, and is replayed once after the fix', async t => {
  const cwd = await poisoned(t);

  const topics = JSON.parse((await millrace(['dlq', 'list', '--json'], { cwd })).stdout);
  t.deepEqual(topics, [{ topic: 'orders-dead', letters: 3, waiting: 3 }]);
  const listed = JSON.parse((await millrace(['dlq', 'list', 'orders-dead', '--json'], { cwd })).stdout);
  t.deepEqual(
    listed.map(({ connector, stage, from }: Record<string, string>) => [connector, stage, from]),
    [
      ['orders-out', 'VALUE_CONVERTER', 'orders-1 1'],
      ['orders-out', 'TRANSFORMATION', 'orders-1 2'],
      ['orders-out', 'TASK_PUT', 'orders-1 3'],
    ],
  );
  for (const { cause } of listed) t.true(cause.length > 0);
  t.regex((await millrace(['dlq', 'list', 'orders-dead'], { cwd })).stdout, /0:2 +waiting +orders-out +TASK_PUT/);

  const shown = JSON.parse((await millrace(['dlq', 'show', 'orders-dead', '1', '--json'], { cwd })).stdout);
  t.like(shown, { key: 'c', value: '7', headers: [{ key: 'trace', value: 't1' }] });
  t.is(shown.facts.topic, 'orders');
  t.regex((await millrace(['dlq', 'show', 'orders-dead', '0:0'], { cwd })).stdout, /^value: no json$/m);

  const replayed = await millrace(['dlq', 'replay', 'orders-dead', '--json'], { cwd });
  t.deepEqual(JSON.parse(replayed.stdout), { topic: 'orders-dead', replayed: 3, to: { orders: 3 } });
  t.is((await millrace(['dlq', 'replay', 'orders-dead'], { cwd })).stdout, 'replayed 0 letters\n');
  t.deepEqual(await mended(cwd), ['{"amount":"1"}', '{"amount":"5"}', '"no json"', '"7"', 'null']);
  t.deepEqual(JSON.parse((await millrace(['dlq', 'list', 'orders-dead', '--json'], { cwd })).stdout), []);
  const all = JSON.parse((await millrace(['dlq', 'list', 'orders-dead', '--all', '--json'], { cwd })).stdout);
  t.deepEqual(
    all.map(({ state }: { state: string }) => state),
    ['done', 'done', 'done'],
  );

  const back = await openLog(`file:${join(cwd, 'data')}`);
  const consumer = back.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
  consumer.assign([{ topic: 'orders', partition: 1 }]);
  consumer.seek({ topic: 'orders', partition: 1 }, records.length);
  const written = [];
  while (written.length < 3) written.push(...(await consumer.poll({ waitMs: 1_000 })));
  t.deepEqual(
    written.map(({ key, value, headers }) => [key, value, headers.map(header => header.key)]),
    records.slice(1, 4).map(({ key, value }) => [key, value, ['trace']]),
  );
  await back.close();
});

test('some letters are replayed and others discarded, in any order, and none comes twice', async t => {
  const cwd = await poisoned(t);
  const run = async (...args: string[]) => await millrace(['dlq', ...args], { cwd });
  t.is((await run('replay', 'orders-dead', '--stage', 'transformation')).stdout, 'replayed 1 letter to orders\n');
  t.is((await run('discard', 'orders-dead', '--offset', '0')).stdout, 'discarded 1 letter\n');
  t.regex(
    (await run('discard', 'orders-dead', '--offset', '0')).stdout,
    /^discarded 0 letters: none that waits is meant/,
  );
  t.regex((await run('replay', 'orders-dead', '--stage', 'transform')).stderr, /The stages are .*TRANSFORMATION/);
  const waiting = JSON.parse((await run('list', 'orders-dead', '--json')).stdout);
  t.deepEqual(
    waiting.map(({ offset }: { offset: number }) => offset),
    [2],
  );
  t.is((await run('replay', 'orders-dead')).stdout, 'replayed 1 letter to orders\n');
  t.is((await run('discard', 'orders-dead', '--all')).stdout, 'discarded 0 letters\n');
});

test('records that tell no reason are listed, and it is said that they may be no dead letters', async t => {
  const cwd = await poisoned(t);
  const ordinary = await millrace(['dlq', 'list', 'orders'], { cwd });
  t.is(ordinary.code, 0);
  t.regex(ordinary.stderr, /^none of these records tells why .*: orders is no topic of dead letters, or /);
  t.is((await millrace(['dlq', 'list', 'orders-dead'], { cwd })).stderr, '');
});

test('what cannot be meant is refused with what to do', async t => {
  const cwd = await poisoned(t);
  const run = async (...args: string[]) => await millrace(['dlq', ...args], { cwd });
  const unknown = await run('list', 'orders-ded');
  t.is(unknown.code, 2);
  t.regex(unknown.stderr, /"orders-dead"/);
  t.regex((await run('discard', 'orders-dead')).stderr, /say which letters \(--offset, .*\), or --all/);
  t.regex((await run('discard', 'orders-dead', '--all', '-n', '1')).stderr, /--all means all that wait: leave it out/);
  t.regex((await run('show', 'orders-dead', '77')).stderr, /no dead letter at offset 77/);
  t.regex((await run('replay', 'orders-dead', '--to', 'oders')).stderr, /"orders"/);
  t.regex((await run('replay', 'orders-dead', '--offset', 'x')).stderr, /write an offset, or partition:offset/);
});

test('a replay that is killed anywhere goes on, and no letter is written twice', async t => {
  t.timeout(300_000);
  const cwd = testFolder(t);
  const wanted = Array.from({ length: 1_200 }, (_, at) => `letter ${at}`);
  const log = await openLog(`file:${join(cwd, 'data')}`);
  await log.admin().createTopics(['orders', 'dead'].map(name => ({ name, partitions: 1 })));
  const producer = log.producer();
  const headers = [
    { key: '__connect.errors.topic', value: Buffer.from('orders') },
    { key: '__connect.errors.partition', value: Buffer.from('0') },
  ];
  for (const value of wanted) void producer.send('dead', { value, headers });
  await producer.close();
  await log.close();
  const deaths = join(cwd, 'deaths');
  const places = ['producer/offsets-sent:1', 'producer/transaction-flushed:2', 'producer/transaction-committed:1'];
  for (const place of places) {
    const env = { MILLRACE_FAILPOINT: place, MILLRACE_FAILPOINT_LOG: deaths };
    t.is((await millrace(['dlq', 'replay', 'dead'], { cwd, env })).code, null, place);
  }
  t.deepEqual(
    readFileSync(deaths, 'utf8').trim().split('\n'),
    places.map(place => place.split(':')[0]),
  );
  const last = JSON.parse((await millrace(['dlq', 'replay', 'dead', '--json'], { cwd })).stdout);
  t.true(last.replayed > 0 && last.replayed < wanted.length);

  const back = await openLog(`file:${join(cwd, 'data')}`);
  const consumer = back.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
  const place = { topic: 'orders', partition: 0 };
  consumer.assign([place]);
  consumer.seek(place, 'start');
  const [end] = await consumer.endOffsets([place]);
  const written: (string | null)[] = [];
  while ((await consumer.position(place)) < end!.offset) {
    written.push(...(await consumer.poll({ waitMs: 1_000 })).map(({ value }) => value));
  }
  await back.close();
  t.deepEqual(written, wanted);
});
