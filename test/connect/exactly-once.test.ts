// Exactly-once sources: killed at every step of a transaction, with zombies, with sources that say where transactions end.

import { spawn } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { SourceBatch, SourceDefinition } from '../../connect/api/index.js';
import { fileSource } from '../../connectors/file/index.js';
import { type Log, openLog, UsageError } from '../../core/index.js';
import { testInEveryPlace } from '../core/places.js';
import { folder, openFresh, startConnectorOf } from './places.js';
import { plainSource } from './plain-connectors.js';
import { quiet } from './quiet.js';

const program = fileURLToPath(new URL('./exactly-once-source.js', import.meta.url));
const failpoints = ['connect/records-sent', 'connect/offsets-written', 'connect/transaction-committed'];
const enabled = { 'exactly.once.source.support': 'enabled' };

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly errors: string;
}

function runSource(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const stdio = ['ignore', 'ignore', 'pipe'] as const;
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env }, stdio: [...stdio] });
  let errors = '';
  child.stderr.on('data', chunk => {
    errors += String(chunk);
  });
  return new Promise(resolve => child.on('exit', (code, signal) => resolve({ code, signal, errors })));
}

/** What a reader of that isolation level finds, partition by partition. */
async function valuesOf(log: Log, topic: string, isolationLevel: 'read_committed' | 'read_uncommitted') {
  await using admin = log.admin();
  const [described] = await admin.describeTopics([topic]);
  const partitions = described!.partitions.map(({ partition }) => ({ topic, partition }));
  await using consumer = log.consumer({ isolationLevel });
  consumer.assign(partitions);
  for (const partition of partitions) consumer.seek(partition, 'start');
  const ends = await admin.listOffsets(partitions, 'end');
  const values: (string | null)[] = [];
  for (const end of ends) {
    while ((await consumer.position(end!)) < end!.offset) {
      values.push(...(await consumer.poll({ waitMs: 100 })).map(({ value }) => value));
    }
  }
  return values;
}

test('killed at every step of its transactions, a file source brings each line exactly once', async t => {
  t.timeout(170_000);
  const root = await folder();
  const [input, deaths] = [join(root, 'input.txt'), join(root, 'deaths')];
  const url = process.env['MILLRACE_TEST_URL'] ?? `file:${join(root, 'data')}`;
  // On a cluster, topics of earlier runs may be there.
  const name = `exact-${process.pid}`;
  const kills = failpoints.flatMap(name => [1, 2, 4].map(hit => ({ name, hit })));
  const wanted: string[] = [];
  const write = async (): Promise<void> => {
    const lines = Array.from({ length: 200 }, (_, index) => `${index % 7} line ${wanted.length + index} größe 😀`);
    wanted.push(...lines);
    await appendFile(input, `${lines.join('\n')}\n`);
  };
  for (const { name: place, hit } of kills) {
    await write();
    const failpoint = { MILLRACE_FAILPOINT: `${place}:${hit}`, MILLRACE_FAILPOINT_LOG: deaths };
    const { signal, errors } = await runSource([url, input, name], failpoint);
    t.is(signal, 'SIGKILL', `${place}:${hit} ${errors}`);
  }
  await write();
  const last = await runSource([url, input, name]);
  t.is(last.code, 0, last.errors);
  const counted = (await readFile(deaths, 'utf8')).trim().split('\n');
  for (const place of failpoints) t.is(counted.filter(death => death === place).length, 3, place);

  await using log = await openLog(url);
  const committed = await valuesOf(log, `${name}-lines`, 'read_committed');
  const written = await valuesOf(log, `${name}-lines`, 'read_uncommitted');
  t.log(`${committed.length} lines committed, ${written.length} written`);
  const inOrder = (a: string | null, b: string | null) => (String(a) < String(b) ? -1 : 1);
  t.deepEqual(committed.toSorted(inOrder), wanted.toSorted(inOrder));
  t.true(written.length > committed.length, 'what was killed had written something');
});

/** A source of batches with the numbers given, from where it was left. */
function listed(batches: readonly (readonly number[])[], mark: (index: number) => SourceBatch['transaction']) {
  return plainSource({
    name: 'listed',
    canDefineTransactionBoundaries: true,
    exactlyOnceSupport: () => 'supported',
    start(_config, context) {
      let next = Number(context.offset({ of: 'lists' })?.['next'] ?? 0);
      return {
        poll() {
          if (next === batches.length) return 'ended';
          const records = batches[next]!.map(value => ({ key: 'k', value }));
          const transaction = mark(next);
          next++;
          return [{ partition: { of: 'lists' }, offset: { next }, records, transaction }];
        },
      };
    },
  });
}

function start(t: ExecutionContext, log: Log, connector: SourceDefinition, config: Readonly<Record<string, unknown>>) {
  return startConnectorOf(t, log, {
    name: 'exact',
    connector,
    config: { topic: 'out', ...enabled, ...config },
    logger: quiet,
  });
}

testInEveryPlace(
  'a source that ends transactions itself discards what it aborts, and does not read it again',
  async (t, place) => {
    await using log = await place.open();
    const marks = [undefined, 'commit', undefined, 'abort', 'commit', undefined] as const;
    const source = listed([[1], [2], [3], [4], [5], [6]], index => marks[index]);
    const { records } = await (await start(t, log, source, { 'transaction.boundary': 'connector' })).done;
    t.is(records, 4, 'what was discarded is not counted');
    t.deepEqual(await valuesOf(log, 'out', 'read_committed'), ['1', '2', '5', '6']);
    const again = await (await start(t, log, source, {})).done;
    t.is(again.records, 0);
  },
);

testInEveryPlace('with an interval, a transaction holds what was polled in it', async (t, place) => {
  await using log = await place.open();
  let committed = 0;
  const source = listed([[1], [2], [3]], () => undefined);
  const counted: SourceDefinition = {
    ...source,
    start: async (config, context) => ({
      ...(await source.start(config as never, context)),
      committed: () => void committed++,
    }),
  };
  const interval = { 'transaction.boundary': 'interval', 'transaction.boundary.interval.ms': '5m' };
  await (await start(t, log, counted, interval)).done;
  t.is(committed, 1, 'at its end');
  t.deepEqual(await valuesOf(log, 'out', 'read_committed'), ['1', '2', '3']);
});

testInEveryPlace('a zombie is fenced by its successor, fails, and is not restarted', async (t, place) => {
  await using log = await place.open();
  let release = (): void => {};
  const held = new Promise<void>(resolve => {
    release = resolve;
  });
  let polls = 0;
  const slow: SourceDefinition = {
    ...listed([], () => undefined),
    start: () => ({
      async poll() {
        if (++polls > 1) await held;
        return [{ partition: { of: 'zombie' }, offset: { polls }, records: [{ key: 'k', value: polls }] }];
      },
    }),
  };
  const zombie = await start(t, log, slow, { 'restart.backoff.ms': 1 });
  for (let tries = 0; zombie.progress().records < 1 && tries < 1000; tries++) await log.ports.clock.sleep(10);
  const lists = listed([[10], [20]], () => undefined);
  const successor = await start(t, log, lists, {});
  await successor.done;
  release();
  const failure = await t.throwsAsync(zombie.done);
  t.regex(String(failure?.message), /fence|epoch|FENCED|EPOCH/);
  t.is(zombie.status().state, 'FAILED');
  t.is(zombie.status().tasks[0]!.restarts, 0);
  t.is(polls, 2);
  t.deepEqual(await valuesOf(log, 'out', 'read_committed'), ['1', '10', '20']);
});

test('what cannot be kept is refused, and says what to do', async t => {
  const log = await openFresh(t, 'direct');
  const source: SourceDefinition = listed([], () => undefined);
  const { exactlyOnceSupport, canDefineTransactionBoundaries, ...unsure } = source;
  const refused = async (connector: SourceDefinition, config: Record<string, unknown>): Promise<string> => {
    const error = await t.throwsAsync(start(t, log, connector, config), { instanceOf: UsageError });
    return String(error?.message);
  };
  t.truthy(exactlyOnceSupport);
  t.true(canDefineTransactionBoundaries);
  const required = { 'exactly.once.support': 'required' };
  t.regex(await refused(source, { ...required, 'exactly.once.source.support': 'disabled' }), /support=enabled/);
  t.regex(await refused(unsure, required), /listed does not promise exactly once/);
  t.regex(await refused(unsure, { 'transaction.boundary': 'connector' }), /use "poll" or "interval"/);
  t.regex(await refused(source, { 'transaction.boundary.interval.ms': '1h' }), /at most 7 minutes/);
  t.is(fileSource.exactlyOnceSupport?.({} as never), 'supported');
});
