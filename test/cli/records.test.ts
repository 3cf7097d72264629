import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import { bytes as bytesSerde, openLog } from '../../core/index.js';
import { millrace, outcomeOf, startMillrace, testFolder } from './run-millrace.js';

test('lines of standard input become records, with keys, headers and nulls', async t => {
  const cwd = testFolder(t);
  await millrace(['topic', 'create', 'orders'], { cwd });
  const input = 'a=1\nb=2\r\nplain\nc=\nlast';
  const produced = await millrace(['produce', 'orders', '-K', '=', '-H', 'from=test', '-Z'], { cwd, input });
  t.deepEqual(produced, { code: 0, stdout: '', stderr: 'wrote 5 records to orders\n' });

  const consumed = await millrace(['consume', 'orders', '-f', '%k|%v|%K|%S|%t|%p|%o|%h\\n'], { cwd });
  t.is(consumed.code, 0, consumed.stderr);
  t.is(
    consumed.stdout,
    [
      'a|1|1|1|orders|0|0|from=test',
      'b|2|1|1|orders|0|1|from=test',
      '|plain|-1|5|orders|0|2|from=test',
      'c||1|-1|orders|0|3|from=test',
      '|last|-1|4|orders|0|4|from=test',
      '',
    ].join('\n'),
  );

  const json = await millrace(['consume', 'orders', '--json', '-o', '3', '-n', '1'], { cwd });
  const { timestamp, ...record } = JSON.parse(json.stdout);
  t.true(Math.abs(timestamp - Date.now()) < 60_000);
  const headers = [{ key: 'from', value: 'test' }];
  t.deepEqual(record, { topic: 'orders', partition: 0, offset: 3, key: 'c', value: null, headers });
});

test('reading begins at the start, the end, an offset, before the end, or at a time', async t => {
  const cwd = testFolder(t);
  const log = await openLog(`file:${join(cwd, 'data')}`);
  await log.admin().createTopics([{ name: 'ticks', partitions: 1 }]);
  const producer = log.producer();
  for (const second of [1, 2, 3, 4, 5]) await producer.send('ticks', { value: `${second}`, timestamp: second * 1_000 });
  await producer.close();
  await log.close();

  const read = async (...args: string[]): Promise<string> =>
    (await millrace(['consume', 'ticks', '-f', '%v ', ...args], { cwd })).stdout.trim();
  t.is(await read(), '1 2 3 4 5');
  t.is(await read('-o', 'start', '-n', '2'), '1 2');
  t.is(await read('-o', 'end'), '');
  t.is(await read('-o', '-2'), '4 5');
  t.is(await read('-o', '-10'), '1 2 3 4 5');
  t.is(await read('-o', '3'), '4 5');
  t.is(await read('-o', '@2500'), '3 4 5');
  t.is(await read('-o', '@1970-01-01T00:00:04Z'), '4 5');
  t.is(await read('-o', '@2100-01-01T00:00:00Z'), '');
});

test('every partition is read to its end, and one alone when asked', async t => {
  const cwd = testFolder(t);
  await millrace(['topic', 'create', 'wide', '-p', '3'], { cwd });
  const values = Array.from({ length: 1_000 }, (_, at) => `k${at}:v${at}`);
  await millrace(['produce', 'wide', '-K', ':'], { cwd, input: values.join('\n') });
  const all = await millrace(['consume', 'wide', '-f', '%k:%v\n'], { cwd });
  t.deepEqual(all.stdout.trim().split('\n').toSorted(), values.toSorted());
  const one = await millrace(['consume', 'wide', '-p', '1', '-f', '%p\n'], { cwd });
  t.deepEqual([...new Set(one.stdout.trim().split('\n'))], ['1']);
  const none = await millrace(['consume', 'wide', '-p', '3'], { cwd });
  t.is(none.code, 2);
  t.is(none.stderr, 'millrace: wide has no partition 3 (it has 3: 0 to 2)\n');
});

test('bytes that are no text come out as they went in', async t => {
  const cwd = testFolder(t);
  const log = await openLog(`file:${join(cwd, 'data')}`);
  await log.admin().createTopics([{ name: 'raw', partitions: 1 }]);
  const producer = log.producer();
  await producer.send('raw', { value: Uint8Array.of(0xff, 0x00, 0xfe) });
  await producer.close();
  await log.close();
  const child = startMillrace(['consume', 'raw', '-f', '%v'], { cwd });
  const chunks: Buffer[] = [];
  child.stdout!.on('data', chunk => chunks.push(chunk));
  await once(child, 'close');
  t.deepEqual([...Buffer.concat(chunks)], [0xff, 0x00, 0xfe]);
  const json = await millrace(['consume', 'raw', '--json'], { cwd });
  t.deepEqual(JSON.parse(json.stdout).value, { base64: '/wD+' });
});

test('a reader that has gone away ends it quietly', async t => {
  const cwd = testFolder(t);
  await millrace(['topic', 'create', 'long'], { cwd });
  await millrace(['produce', 'long'], { cwd, input: `${'x'.repeat(200)}\n`.repeat(20_000) });
  const child = startMillrace(['consume', 'long'], { cwd });
  child.stdout!.once('data', () => child.stdout!.destroy());
  const { code, stderr } = await outcomeOf(child);
  t.is(code, 0);
  t.is(stderr, '');
});

test('an interrupt ends a following reader cleanly, and another process is told who holds the data meanwhile', async t => {
  const cwd = testFolder(t);
  await millrace(['topic', 'create', 'live'], { cwd });
  await millrace(['produce', 'live', 'first'], { cwd });
  const child = startMillrace(['consume', 'live', '--follow'], { cwd });
  const outcome = outcomeOf(child);
  await once(child.stdout!, 'data');

  const refused = await millrace(['topic', 'list'], { cwd });
  t.is(refused.code, 3);
  t.is(refused.stdout, '');
  t.regex(refused.stderr, new RegExp(`^millrace: .*\\b${child.pid}\\b.*\n$`));

  child.kill('SIGINT');
  t.deepEqual(await outcome, { code: 0, stdout: 'first\n', stderr: '' });
  t.is((await millrace(['topic', 'list'], { cwd })).code, 0, 'the directory is free again');
});

test('numbers in Java’s formats are printed as numbers when their type is named', async t => {
  const cwd = testFolder(t);
  const log = await openLog(`file:${join(cwd, 'data')}`);
  await log.admin().createTopics([{ name: 'counts', partitions: 1 }]);
  const producer = log.producer();
  const int64 = Buffer.alloc(8);
  for (const [key, count] of [
    [1, -5n],
    [2, 2n ** 53n + 1n],
  ] as const) {
    int64.writeBigInt64BE(count);
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(key);
    await producer.send(
      { name: 'counts', key: bytesSerde, value: bytesSerde },
      { key: bytes, value: Buffer.from(int64) },
    );
  }
  await producer.send('counts', { key: null, value: 'text' });
  await producer.close();
  await log.close();

  const read = (...args: string[]) => millrace(['consume', 'counts', '--key-type', 'int32', ...args], { cwd });
  const counts = ['--value-type', 'int64'];
  t.is((await read(...counts, '-n', '2', '-f', '%k %v %S\\n')).stdout, '1 -5 8\n2 9007199254740993 8\n');
  const lines = (await read(...counts, '-n', '2', '--json')).stdout.trim().split('\n');
  t.deepEqual(
    lines.map(line => JSON.parse(line) as { key: unknown; value: unknown }).map(({ key, value }) => [key, value]),
    [
      [1, -5],
      [2, '9007199254740993'],
    ],
  );
  t.is((await read('--value-type', 'hex', '-n', '1')).stdout, 'fffffffffffffffb\n');
  const refused = await read(...counts);
  t.is(refused.code, 2);
  t.is(refused.stderr, 'millrace: counts-0 offset 2: int64 has 8 bytes, here are 4: give another --value-type\n');
  t.regex((await read('--value-type', 'long')).stderr, /write one of text, int32, int64, float64, hex, base64/);
});
