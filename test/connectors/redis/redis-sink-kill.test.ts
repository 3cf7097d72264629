// Exactly once, shown: a sink that is killed -9 at every step around its EXEC, and whose zombies are woken when others have gone on in their place, leaves
// in Redis what the topic says: the last value of each key in hashes and in strings, and every record once, in order, in a list. A record whose key is of another type is a dead letter,
// whatever is killed when.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { openLog } from '../../../core/index.js';
import { recordsOf } from '../../connect/places.js';
import type { RedisServer } from './redis-server.js';
import { testWithOwnRedis } from './with-redis.js';

const program = fileURLToPath(new URL('./crashing-sink.js', import.meta.url));
const failpoints = ['redis-sink/records-queued', 'redis-sink/queued', 'redis-sink/sent', 'redis-sink/executed'];
const isFull = process.env['MILLRACE_SOAK'] === 'full';
const recordCount = isFull ? 100_000 : 3_000;
const kills = failpoints.flatMap(name =>
  (isFull ? [3, 9, 17, 25, 31] : [name === 'redis-sink/sent' ? 5 : 2]).map(hit => ({ name, hit })),
);
const zombieCount = isFull ? 2 : 1;
const partitions = 2;

interface Change {
  readonly key: string | null;
  readonly value: string | null;
}

/** Keys come again and again, every eleventh change takes its key away; one row is no object, one has no key, the key of one is a string in Redis. */
function changeAt(n: number): Change {
  if (n === 1_234) return { key: 'poison', value: '"no object"' };
  if (n === 2_345) return { key: null, value: '{"n":2345}' };
  if (n === 2_456) return { key: 'taken', value: '{"n":2456}' };
  const key = `key-${(n * 7919) % 997}`;
  return { key, value: n % 11 === 0 ? null : JSON.stringify({ n, text: `größe ${n % 13}` }) };
}

const partitionOf = (n: number): number => ((n * 7919) % 997) % partitions;

async function fill(directory: string): Promise<void> {
  await using log = await openLog(`file:${directory}`, { flush: 'os' });
  await using admin = log.admin();
  await admin.createTopics([{ name: 'changes', partitions }]);
  await using producer = log.producer();
  for (let n = 0; n < recordCount; n += 1_000) {
    const group = Array.from({ length: Math.min(1_000, recordCount - n) }, (_, at) => n + at);
    await Promise.all(group.map(each => producer.send('changes', { ...changeAt(each), partition: partitionOf(each) })));
  }
}

function start(
  directory: string,
  url: string,
  env: Readonly<Record<string, string>>,
): ChildProcess & { errors?: string } {
  const child: ChildProcess & { errors?: string } = spawn(process.execPath, [program, directory, url], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.errors = '';
  child.stderr!.on('data', chunk => (child.errors += String(chunk)));
  return child;
}

async function endOf(child: ChildProcess): Promise<string | number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

/** Stopped, not ended: the kernel says T. */
async function isStopped({ pid }: ChildProcess): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}

async function requireModel(t: ExecutionContext, redis: RedisServer): Promise<void> {
  const latest = new Map<string, Record<string, string>>();
  const all: string[][] = Array.from({ length: partitions }, () => []);
  const texts = new Map<string, string | null>();
  for (let n = 0; n < recordCount; n++) {
    const { key, value } = changeAt(n);
    if (value !== null) all[partitionOf(n)]!.push(value);
    if (key !== null) texts.set(`texts:${key}`, value);
    if (key === null || key === 'poison' || key === 'taken') continue;
    const now = latest.get(`latest:${key}`) ?? {};
    if (value === null) latest.delete(`latest:${key}`);
    else latest.set(`latest:${key}`, { ...now, n: String(n), text: `größe ${n % 13}` });
  }
  const { client } = redis;
  t.is(await client.get('latest:taken'), 'a string');
  await client.del('latest:taken');
  t.deepEqual(await client.mget([...texts.keys()]), [...texts.values()]);
  const keys = await client.keys('latest:*');
  const byName = (a: string, b: string): number => (a < b ? -1 : 1);
  t.deepEqual(keys.toSorted(byName), [...latest.keys()].toSorted(byName));
  for (const key of keys) {
    const held = await client.hgetall(key);
    if (held['n'] !== latest.get(key)!['n'] || held['text'] !== latest.get(key)!['text'])
      t.deepEqual(held, latest.get(key));
  }
  const list = await client.lrange('all', 0, -1);
  const partitionOfValue = new Map(
    all.flatMap((values, partition) => values.map(value => [value, partition] as const)),
  );
  t.is(list.length, all.flat().length);
  for (const [partition, values] of all.entries()) {
    const held = list.filter(value => partitionOfValue.get(value) === partition);
    t.is(held.length, values.length);
    t.is(
      held.findIndex((value, at) => value !== values[at]),
      -1,
    );
  }
}

/** Of the main log and those of the zombies: whoever meets a bad record first hands it over. */
async function deadLettersOf(directories: readonly string[]): Promise<ReadonlySet<string | null>> {
  const found = new Set<string | null>();
  for (const directory of directories) {
    await using log = await openLog(`file:${directory}`);
    for (const { value } of await recordsOf(log, 'latest-dead')) found.add(value);
  }
  return found;
}

const title = 'killed at every step around EXEC, with zombies woken later, Redis holds what the topic says';
testWithOwnRedis(title, { timeoutMs: isFull ? 900_000 : 170_000 }, async (t, redis) => {
  const root = await mkdtemp(join(tmpdir(), 'millrace-redis-kill-'));
  const [data, deaths, notes] = ['data', 'deaths', 'notes'].map(name => join(root, name)) as [string, string, string];
  const children: ReturnType<typeof start>[] = [];
  try {
    await fill(data);
    await redis.client.set('latest:taken', 'a string');
    // A zombie has a log of its own with the same records, as two workers have that read one cluster.
    const zombies: ReturnType<typeof start>[] = [];
    for (let zombie = 0; zombie < zombieCount; zombie++) {
      await cp(data, `${data}-${zombie}`, { recursive: true, filter: name => !/lock-\d+$/.test(name) });
      const at = ['redis-sink/queued:3', 'redis-sink/records-queued:4'][zombie]!;
      const child = start(`${data}-${zombie}`, redis.url, { MILLRACE_ZOMBIE: at, MILLRACE_NOTES: notes });
      children.push(child);
      zombies.push(child);
      while (!(await isStopped(child))) {
        if (child.exitCode !== null) t.fail(`it ended before: ${child.errors}`);
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    }
    for (const { name, hit } of kills) {
      const child = start(data, redis.url, { MILLRACE_FAILPOINT: `${name}:${hit}`, MILLRACE_FAILPOINT_LOG: deaths });
      children.push(child);
      t.is(await endOf(child), 'SIGKILL', `${name}:${hit} ${child.errors}`);
    }
    // They wake with a MULTI in hand that their successors have overtaken, and then share the rest with them.
    for (const zombie of zombies) zombie.kill('SIGCONT');
    const last = start(data, redis.url, { MILLRACE_NOTES: notes });
    children.push(last);
    for (const child of [last, ...zombies]) t.is(await endOf(child), 0, child.errors);
    const counted = (await readFile(deaths, 'utf8')).trim().split(/\s+/);
    for (const name of failpoints)
      t.is(counted.filter(death => death === name).length, kills.filter(kill => kill.name === name).length, name);
    const refused = (await readFile(notes, 'utf8'))
      .split('\n')
      .filter(line => /changed by another client|in its place/.test(line));
    t.true(refused.length >= zombieCount, 'each zombie was refused');
    t.log(
      `${recordCount} records, ${counted.length} kills, ${refused.length} writes of zombies or beside them refused`,
    );
    await requireModel(t, redis);
    const dead = await deadLettersOf([data, ...zombies.map((_, zombie) => `${data}-${zombie}`)]);
    t.deepEqual(
      [...dead].map(String).sort(),
      ['"no object"', '{"n":2345}', '{"n":2456}'],
      `dead letters: ${[...dead].join()}`,
    );
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  }
});
