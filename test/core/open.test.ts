// Opening and closing: URLs, options, the lock, restarts, and what is left behind.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { openLog } from '../../core/open/open-log.js';
import { testInEveryPlace } from './places.js';
import { batchOf, Requests } from './requests.js';

function temporaryDirectory(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-open-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('a URL that is none is refused with the ones that are', async t => {
  const refusal = async (url: string) => (await t.throwsAsync(openLog(url), { name: 'UsageError' })).message;
  t.regex(
    await refusal('fiel:./data'),
    /"fiel:" is an unknown scheme of a log \(did you mean "file"\?\): valid are memory: .* and kafka:/,
  );
  t.regex(await refusal('./data'), /no URL of a log: valid are/);
  t.regex(await refusal('kafka://localhost:none'), /"localhost:none" is no address of a broker: write kafka:/);
  t.regex(await refusal('kafka:localhost'), /names no brokers/);
  t.regex(await refusal('memory:flights'), /takes no name/);
  t.regex(await refusal('file:'), /names no directory/);
  t.regex(await refusal('file://host/data'), /names a host/);
});

test('an option that is none is refused with the nearest that is', async t => {
  await t.throwsAsync(openLog('memory:', { connection: 'drect' as never }), { message: /did you mean "direct"/ });
  await t.throwsAsync(openLog('memory:', { flush: 'comit' as never }), { message: /did you mean "commit"/ });
  const broker = { autoCreateTopic: false } as never;
  await t.throwsAsync(openLog('memory:', { broker }), {
    name: 'UsageError',
    message: /did you mean "autoCreateTopics"/,
  });
});

test('a directory is made when missing, and may be given absolute, relative, or as a file URL of three slashes', async t => {
  const base = temporaryDirectory(t);
  for (const url of [`file:${base}/a/b`, `file:${relative(process.cwd(), base)}/c`, `file://${base}/d`]) {
    const log = await openLog(url);
    await log.close();
  }
  t.deepEqual(readdirSync(base).sort(), ['a', 'c', 'd']);
  t.true(existsSync(join(base, 'a/b/__cluster_metadata-0/00000000000000000000.log')));
});

test('a directory that is open is refused, and free after close', async t => {
  const url = `file:${temporaryDirectory(t)}`;
  const log = await openLog(url);
  await t.throwsAsync(openLog(url), { name: 'UsageError', message: /already open in this process/ });
  await log.close();
  await log.close();
  await (await openLog(url)).close();
});

test('every log in memory is one of its own', async t => {
  const [one, other] = [await openLog('memory:'), await openLog('memory:')];
  await (await Requests.on(one)).createTopic('flights');
  await t.notThrowsAsync((await Requests.on(other)).createTopic('flights'));
  t.not(one.clusterId, other.clusterId);
  await one.close();
  await other.close();
});

/** These send their requests to one broker at once, whether it leads already or not. */
const ownBroker = { needs: 'an embedded broker' } as const;

testInEveryPlace(
  'a restart keeps topics, configs, records and producer state',
  async (t, place) => {
    const log = await place.open();
    const requests = await Requests.on(log);
    await requests.createTopic('flights', 2, { 'retention.ms': '-1', 'max.message.bytes': '300' });
    for (const text of ['a', 'b']) await requests.produce('flights', 1, [text]);
    const facts = { producerId: 1000, producerEpoch: 0, baseSequence: 0 };
    await requests.produce('flights', 0, ['once'], facts);
    const id = await requests.topicId('flights');
    const { clusterId } = log;
    await log.close();

    const reopened = await place.open();
    const again = await Requests.on(reopened);
    t.is(reopened.clusterId, clusterId);
    t.is(await again.topicId('flights'), id);
    t.deepEqual(await again.fetchTexts('flights', 1), ['a', 'b']);
    t.is(await again.produce('flights', 1, ['c']), 2);
    t.is(await again.produce('flights', 0, ['once'], facts), 0, 'the same batch again is the same batch');
    t.deepEqual(await again.fetchTexts('flights', 0), ['once']);
    await t.throwsAsync(again.produce('flights', 0, ['x'.repeat(400)]), { message: /MESSAGE_TOO_LARGE/ });
  },
  ownBroker,
);

testInEveryPlace(
  'closing answers who waits, and refuses who comes later',
  async (t, place) => {
    const log = await place.open();
    const requests = await Requests.on(log);
    await requests.createTopic('flights');
    const waiting = requests.fetchPartition('flights', 0, 0, { maxWaitMs: 60_000 });
    await log.ports.clock.sleep(10);
    const closing = log.close();
    await t.throwsAsync(waiting, { name: 'WorldFault' });
    await closing;
    await t.throwsAsync(requests.produce('flights', 0, ['a']), { name: 'WorldFault' });
    await t.throwsAsync(log.connect(), { name: 'WorldFault' });
  },
  ownBroker,
);

testInEveryPlace(
  'what was produced and not waited for is there after close',
  async (t, place) => {
    const log = await place.open({ flush: 'os' });
    const requests = await Requests.on(log);
    await requests.createTopic('flights');
    await requests.produceBatch('flights', 0, batchOf(['a']), 0);
    await log.close();
    t.deepEqual(await (await Requests.on(await place.open())).fetchTexts('flights'), ['a']);
  },
  ownBroker,
);

const child = (name: string) => fileURLToPath(new URL(`./${name}.js`, import.meta.url));

/** Runs a compiled script in a process of its own until it ends; returns what it printed, and how it ended. */
function run(script: string, args: readonly string[], onLine?: (line: string, kill: () => void) => void) {
  return new Promise<{ lines: string[]; code: number | null; signal: string | null }>((resolve, reject) => {
    const process_ = spawn(process.execPath, [child(script), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    let rest = '';
    process_.stdout.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop()!;
      for (const line of parts) {
        lines.push(line);
        onLine?.(line, () => process_.kill('SIGKILL'));
      }
    });
    process_.on('error', reject);
    process_.on('close', (code, signal) => resolve({ lines, code, signal }));
  });
}

test('records that were acknowledged survive kill -9, and the lock does not', async t => {
  const directory = temporaryDirectory(t);
  let acknowledged = 0;
  for (let round = 1; round <= 3; round++) {
    const { signal } = await run('produce-until-killed', [`file:${directory}`], (line, kill) => {
      acknowledged = Number(line);
      if (acknowledged >= round * 200) kill();
    });
    t.is(signal, 'SIGKILL');
    const log = await openLog(`file:${directory}`);
    const requests = await Requests.on(log);
    const texts: string[] = [];
    for (let at = 0; ; at = texts.length) {
      const more = await requests.fetchTexts('flights', 0, at);
      if (more.length === 0) break;
      texts.push(...more);
    }
    t.true(texts.length > acknowledged, `${texts.length} records, number ${acknowledged} was acknowledged`);
    t.deepEqual(
      texts,
      texts.map((_, index) => String(index)),
    );
    await log.close();
  }
});

test('an open log with a stable group does not keep the process alive, and nothing is left after close', async t => {
  const { lines, code } = await run('open-and-end', ['memory:']);
  t.deepEqual([lines, code], [['opened', 'closed'], 0]);
});

test('a directory that cannot be made is a fault of the world, and says where', async t => {
  await t.throwsAsync(openLog('file:/proc/nowhere/data'), { name: 'WorldFault', message: /\/proc\/nowhere/ });
});
