// What connectors cost that have nothing to do: a thousand in one worker, file sources and sinks to Redis, to PostgreSQL and to files, each with its topic
// on an embedded log. CPU time of this process over wall time, in percent of one core, beside the log alone; what the two servers cost is theirs.
// Collections of garbage count as they come, and the whole heap's are told. What starting a thousand connectors leaves behind is not what idling costs: V8's
// memory reducer collects it by the way, each time 100 s after the collection before, so it is measured when the whole heap was left alone for two minutes.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { type ConnectorPlugin, startWorker, type Worker } from '../connect/index.js';
import { fileSink, fileSource } from '../connectors/file/index.js';
import { postgresSink } from '../connectors/postgres/index.js';
import { redisSink } from '../connectors/redis/index.js';
import { type Log, openLog } from '../core/index.js';
import { benchPostgres } from './postgres-server.js';

const run = promisify(execFile);
const settledMs = 120_000;
const settleMsMax = 600_000;
/** Enough for a log that does nothing. */
const aloneSecondsMax = 30;
const redisPort = 28_654;
/** PostgreSQL's own limit, less what it keeps back. */
const postgresSinksMax = 90;

interface Place {
  readonly directory: string;
  readonly redisUri: string;
  readonly postgresUrl: string;
}

type Settings = Readonly<Record<string, unknown>>;

interface Kind {
  readonly name: string;
  count(of: number): number;
  config(place: Place, at: number): Settings;
}

const kinds: readonly Kind[] = [
  {
    name: 'file sources',
    count: of => Math.round(of * 0.4),
    config: ({ directory }, at) => ({
      'connector.class': 'FileSource',
      file: join(directory, `in-${at % 10}`, `${at}.txt`),
      topic: `topic-${at}`,
      format: 'lines',
    }),
  },
  {
    name: 'Redis sinks',
    count: of => Math.round(of * 0.3),
    config: ({ redisUri }, at) => ({
      'connector.class': 'RedisSink',
      'value.converter': 'string',
      'redis.uri': redisUri,
      'redis.type': 'string',
      topics: `topic-${at}`,
    }),
  },
  {
    name: 'PostgreSQL sinks',
    count: of => Math.min(postgresSinksMax, Math.round(of * 0.1)),
    config: ({ postgresUrl }, at) => ({
      'connector.class': 'PostgresSink',
      'value.converter': 'json',
      'connection.url': postgresUrl,
      'auto.create': true,
      'insert.mode': 'insert',
      'pk.mode': 'none',
      topics: `topic-${at}`,
    }),
  },
  {
    name: 'file sinks',
    count: of => of - Math.round(of * 0.4) - Math.round(of * 0.3) - Math.min(postgresSinksMax, Math.round(of * 0.1)),
    config: ({ directory }, at) => ({
      'connector.class': 'FileSink',
      'value.converter': 'string',
      topics: `topic-${at}`,
      directory: join(directory, `out-${at}`),
    }),
  },
];

const plugins: readonly ConnectorPlugin[] = [
  { class: 'millrace.FileSource', aliases: [], version: '0', kind: 'source', definition: fileSource },
  { class: 'millrace.FileSink', aliases: [], version: '0', kind: 'sink', definition: fileSink },
  { class: 'millrace.RedisSink', aliases: [], version: '0', kind: 'sink', definition: redisSink },
  { class: 'millrace.PostgresSink', aliases: [], version: '0', kind: 'sink', definition: postgresSink },
];

export async function benchIdleConnectors(count: number, seconds: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-idle-'));
  const redis = await startRedis(directory);
  const postgres = await benchPostgres();
  try {
    await prepare(directory, count);
    const place = { directory, redisUri: `redis://127.0.0.1:${redisPort}`, postgresUrl: postgres.url };
    return await measured(place, count, seconds);
  } finally {
    redis.kill('SIGKILL');
    await postgres.stop();
    await rm(directory, { recursive: true });
  }
}

async function prepare(directory: string, count: number): Promise<void> {
  for (let at = 0; at < 10; at++) await mkdir(join(directory, `in-${at}`));
  for (let at = 0; at < count; at++) await writeFile(join(directory, `in-${at % 10}`, `${at}.txt`), 'one line\n');
}

/** Each sink has had something to do. */
async function fill(log: Log, count: number): Promise<void> {
  await using producer = log.producer();
  for (let at = Math.round(count * 0.4); at < count; at++) {
    await producer.send(`topic-${at}`, { key: '"a"', value: JSON.stringify(envelope) });
  }
}

const envelope = {
  schema: { type: 'struct', optional: false, fields: [{ field: 'a', type: 'int32', optional: false }] },
  payload: { a: 1 },
};

async function startRedis(directory: string): Promise<ChildProcess> {
  const args = ['--port', String(redisPort), '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  for (let tries = 0; tries < 200; tries++) {
    const answer = await run('redis-cli', ['-p', String(redisPort), 'ping']).catch(() => undefined);
    if (answer?.stdout.trim() === 'PONG') return server;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  server.kill('SIGKILL');
  throw new Error('the bench "idle-connectors" needs redis-server and redis-cli in the PATH');
}

async function measured(place: Place, count: number, seconds: number): Promise<string> {
  await using log = await openLog('memory:');
  await using admin = log.admin();
  await admin.createTopics(Array.from({ length: count }, (_, at) => ({ name: `topic-${at}`, partitions: 1 })));
  const sleep = (ms: number) => log.ports.clock.sleep(ms);
  const alone = await measure(Math.min(seconds, aloneSecondsMax), sleep);
  await fill(log, count);
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  await using worker = await startWorker(log, { config: {}, plugins, logger: quiet });
  const counts = await begin(worker, log, place, count);
  await settle(log.ports.clock);
  const idle = await measure(seconds, sleep);
  const times = `${count} idle connectors (${counts}), for ${seconds} s`;
  const collections = `collections of the whole heap: ${idle.collections}`;
  return `${times}: ${idle.percent.toFixed(2)} % of a core (${collections}; the log alone: ${alone.percent.toFixed(2)} %)`;
}

async function begin(worker: Worker, log: Log, place: Place, count: number): Promise<string> {
  const counts: string[] = [];
  let at = 0;
  for (const { name, count: countOf, config } of kinds) {
    const end = at + countOf(count);
    counts.push(`${end - at} ${name}`);
    for (; at < end; at++) await worker.create({ name: `idle-${at}`, config: config(place, at) });
  }
  for (;;) {
    const states = worker.connectors().map(name => worker.status(name).tasks[0]);
    const failed = states.find(task => task?.state === 'FAILED');
    if (failed !== undefined) throw new Error(`a connector failed: ${failed.trace ?? ''}`);
    if (states.every(task => task?.state === 'RUNNING')) return counts.join(', ');
    await log.ports.clock.sleep(200);
  }
}

/** Of a collection; Node's types do not have it. */
interface CollectionEntry extends PerformanceEntry {
  readonly detail?: { readonly kind?: number };
}

/** Collections of the whole heap. */
class Collections {
  count = 0;
  readonly #observer = new PerformanceObserver(list => {
    for (const { detail } of list.getEntries() as readonly CollectionEntry[])
      if (detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR) this.count++;
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  stop(): void {
    this.#observer.disconnect();
  }
}

async function settle(clock: Log['ports']['clock']): Promise<void> {
  const collections = new Collections();
  const endMs = clock.monotonic() + settleMsMax;
  for (let sinceMs = clock.monotonic(), { count } = collections; ; ) {
    await clock.sleep(1_000);
    const nowMs = clock.monotonic();
    if (collections.count > count) [sinceMs, count] = [nowMs, collections.count];
    if (nowMs - sinceMs > settledMs || nowMs > endMs) return collections.stop();
  }
}

interface Measured {
  /** Of one core. */
  readonly percent: number;
  /** Of the whole heap. */
  readonly collections: number;
}

async function measure(seconds: number, sleep: (ms: number) => Promise<void>): Promise<Measured> {
  const collections = new Collections();
  const before = process.cpuUsage();
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  await sleep(0);
  collections.stop();
  return { percent: (user + system) / 10_000 / seconds, collections: collections.count };
}
