import { spawn } from 'node:child_process';
import { appendFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openLog } from '../../../core/index.js';
import { folder, recordsOf } from '../places.js';
import { until } from '../until.js';
import { statesOf, untilStates, workerOn } from './worker-under-test.js';

const program = fileURLToPath(new URL('./killed-worker.js', import.meta.url));

/** Runs a worker until it is ready (or has died at a failpoint), then kills it after a while. */
async function killed(args: readonly string[], afterMs: number, failpoint?: string): Promise<string> {
  const env = { ...process.env, ...(failpoint !== undefined && { MILLRACE_FAILPOINT: failpoint }) };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', chunk => {
    errors += String(chunk);
  });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterMs));
  return new Promise((resolve, reject) => {
    child.on('exit', (code, signal) =>
      signal === 'SIGKILL' ? resolve(errors) : reject(new Error(`ended by itself (${code}): ${errors}`)),
    );
  });
}

async function outputValues(output: string): Promise<readonly string[]> {
  const names = (await readdir(output)).filter(name => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(names.map(name => readFile(join(output, name), 'utf8')));
  return texts.flatMap(text => text.trimEnd().split('\n')).map(line => (JSON.parse(line) as { value: string }).value);
}

test('a worker killed with connectors in every state runs what it ran, and loses nothing', async t => {
  t.timeout(300_000);
  const root = await folder();
  const [data, input, output] = ['data', 'input.txt', 'out'].map(name => join(root, name)) as [string, string, string];
  let count = 0;
  const write = async (lines: number) => {
    const texts = Array.from({ length: lines }, () => `line ${String(count++).padStart(6, '0')} größe 😀\n`);
    await appendFile(input, texts.join(''));
  };
  await write(100);
  await killed([data, input, output], 50);
  for (const [afterMs, failpoint] of [
    [0, undefined],
    [60_000, 'connect/offsets-written:1'],
    [200, undefined],
    [60_000, 'file-sink/renamed:2'],
  ] as const) {
    await write(200);
    await killed([data, input, output], afterMs, failpoint);
  }

  const log = await openLog(`file:${data}`);
  t.teardown(() => log.close());
  const { worker } = await workerOn(t, log);
  t.deepEqual([...worker.connectors()].sort(), ['out', 'pauses', 'runs', 'stops']);
  await untilStates(log, worker, 'runs', 'RUNNING: RUNNING');
  await untilStates(log, worker, 'out', 'RUNNING: RUNNING');
  await untilStates(log, worker, 'pauses', 'PAUSED: PAUSED');
  await untilStates(log, worker, 'stops', 'STOPPED:');
  t.is(statesOf(worker, 'gone'), '');
  // What is paused or stopped has read nothing since; resumed, it goes on where it was.
  const readBefore = (await recordsOf(log, 'of-pauses')).length;
  t.true(readBefore < count);
  for (const name of ['pauses', 'stops']) await worker.resume(name);
  const wanted = (await readFile(input, 'utf8')).trimEnd().split('\n');
  for (const name of ['runs', 'pauses', 'stops']) {
    const distinct = async () => new Set((await recordsOf(log, `of-${name}`)).map(record => record.value));
    await until(
      log,
      async () => (await distinct()).size === wanted.length,
      () => `${name} has read all of the file`,
    );
    t.deepEqual(await distinct(), new Set(wanted), name);
  }
  // The files hold the topic, each record once.
  const topicValues = (await recordsOf(log, 'of-runs')).map(record => record.value);
  await until(
    log,
    async () => (await worker.offsets('out')).offsets.length > 0,
    () => 'the sink has committed',
  );
  let found: readonly string[] = [];
  await until(
    log,
    async () => {
      // What it has read becomes a file when it stops.
      await worker.stop('out');
      found = await outputValues(output);
      await worker.resume('out');
      await untilStates(log, worker, 'out', 'RUNNING: RUNNING');
      return found.length >= topicValues.length;
    },
    () => `the files hold ${topicValues.length} records and not ${found.length}`,
  );
  t.deepEqual(found, topicValues);
  await worker.close();
  await log.close();
  await rm(root, { recursive: true });
});
