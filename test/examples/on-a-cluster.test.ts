// `npm start -- --url kafka://...`: the same files as in this process, on a broker of ours behind a socket and on Apache Kafka.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openLog } from '../../core/index.js';
import { BrokerListener } from '../core/network/broker-listener.js';
import { ownKafka } from '../kafka/own-kafka.js';
import { firstLight, resultLines, testFolder } from './run-first-light.js';

const testData =
  process.env['MILLRACE_TEST_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const apacheLog = join(testData, 'apache_logs.log');

type StartCluster = (t: ExecutionContext) => Promise<{ readonly url: string } | undefined>;

async function ourBroker(t: ExecutionContext): Promise<BrokerListener> {
  const listener = await BrokerListener.start();
  t.teardown(() => listener.close());
  return listener;
}

// Apache Kafka has its turn with the suites that run on it (`npm run test:kafka`).
const isOnKafka = process.env['MILLRACE_TEST_URL']?.startsWith('kafka:') === true;
const places: readonly (readonly [name: string, start: StartCluster])[] = isOnKafka
  ? [['Apache Kafka', t => ownKafka(t)]]
  : [['a broker of ours', ourBroker]];

for (const [name, start] of places) {
  test.serial(`on ${name} the example gives what it gives in this process, again and again`, async t => {
    t.timeout(300_000);
    const cluster = await start(t);
    if (cluster === undefined) return;
    const expected = await resultsHere(t);
    const cwd = testFolder(t);
    const two = ['--instances', '2'];
    for (const [runs, file, more] of [
      [1, undefined, []],
      [2, undefined, two],
      [1, apacheLog, []],
      [2, apacheLog, two],
    ] as const) {
      const args = file === undefined ? more : [file, ...more];
      if (file !== undefined && !existsSync(apacheLog)) t.log(`left out: ${apacheLog} (no such file)`);
      else {
        const { code, stdout, stderr } = await firstLight(cwd, ...args, '--url', cluster.url);
        t.is(code, 0, stderr);
        t.is(stdout.includes(`Beginning anew on ${cluster.url}`), runs === 2);
        t.true(stdout.includes(`topic list --url ${cluster.url}`));
        // Two instances on a cluster are two processes.
        t.is(/^shared +by 2 instances/m.test(stdout), more === two, stdout);
        t.deepEqual(resultLines(join(cwd, 'out')), expected.get(file)!);
      }
    }
  });
}

const known = new Map<string | undefined, readonly string[]>();

/** What each job gives in this process, by its file. */
async function resultsHere(t: ExecutionContext): Promise<typeof known> {
  for (const file of [undefined, ...(existsSync(apacheLog) ? [apacheLog] : [])]) {
    if (known.has(file)) continue;
    const cwd = testFolder(t);
    t.is((await firstLight(cwd, ...(file === undefined ? [] : [file]))).stderr, '');
    const lines = resultLines(join(cwd, 'out'));
    t.true(lines.length > 2_000);
    known.set(file, lines);
  }
  return known;
}

test('topics that are not of the example are not touched', async t => {
  const cluster = await ourBroker(t);
  await using log = await openLog(cluster.url);
  await log.admin().createTopics([{ name: 'flights', partitions: 1 }]);
  await log.producer().send('flights', { value: 'precious' });
  const { code, stderr } = await firstLight(testFolder(t), '--url', cluster.url);
  t.is(code, 2);
  t.regex(stderr, /has topics that are not of this example: flights; name another cluster by --url/);
  const consumer = log.consumer({ topics: ['flights'], autoOffsetReset: 'earliest' });
  t.is((await consumer.poll({ waitMs: 10_000 }))[0]?.value, 'precious');
});

test('a cluster that does not answer ends the example with exit code 3 and its addresses', async t => {
  const listener = await BrokerListener.start();
  await listener.close();
  const { code, stderr } = await firstLight(testFolder(t), '--url', `kafka://me:secret@127.0.0.1:${listener.port}`);
  t.is(code, 3);
  t.is(
    stderr,
    `no broker of kafka://me:***@127.0.0.1:${listener.port} can be reached: 127.0.0.1:${listener.port}: nobody listens there (ECONNREFUSED)\n`,
  );
  const noCluster = await firstLight(testFolder(t), '--url', 'file:./data');
  t.is(noCluster.code, 2);
  t.regex(noCluster.stderr, /--url takes a cluster, such as kafka:/);
});
