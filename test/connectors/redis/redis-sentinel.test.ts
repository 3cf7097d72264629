// A real master and replica, with and without a sentinel: while a sink writes, the master is killed, or made a replica, and the sink goes on with the one that
// takes its place. What the master had not passed on is lost together with its offsets, so it is written again: the list has every record once, in order.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Redis } from 'ioredis';
import { type ConnectorHandle, startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import { openLog } from '../../../core/index.js';
import { freePorts } from '../../../scripts/kafka/free-ports.js';
import { quiet } from '../../connect/quiet.js';
import { RedisProxy } from './redis-proxy.js';

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

class Watched {
  readonly directory: string;
  readonly children: ChildProcess[] = [];
  readonly clients: Redis[] = [];

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Resolves when it answers; undefined where there is no redis-server. */
  async start(port: number, args: readonly string[]): Promise<{ child: ChildProcess; client: Redis } | undefined> {
    const child = spawn('redis-server', args, { stdio: 'ignore' });
    let isMissing = false;
    child.on('error', () => {
      isMissing = true;
    });
    this.children.push(child);
    const client = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    this.clients.push(client);
    while (client.status !== 'ready') {
      if (isMissing) return undefined;
      await pause(20);
    }
    return { child, client };
  }

  async server(port: number, ...args: string[]) {
    const directory = join(this.directory, String(port));
    await mkdir(directory);
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
    return this.start(port, [...own, ...args]);
  }

  async sentinel(port: number, master: number) {
    const file = join(this.directory, 'sentinel.conf');
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${this.directory}`,
      `sentinel monitor mymaster 127.0.0.1 ${master} 1`,
      'sentinel down-after-milliseconds mymaster 1000',
      'sentinel failover-timeout mymaster 5000',
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    return this.start(port, [file, '--sentinel']);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    for (const child of this.children) child.kill('SIGKILL');
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(50);
}

interface Scene {
  readonly watched: Watched;
  readonly ports: readonly [master: number, replica: number, sentinel: number];
  readonly master: NonNullable<Awaited<ReturnType<Watched['server']>>>;
  readonly replica: NonNullable<Awaited<ReturnType<Watched['server']>>>;
  readonly warnings: string[];
  /** Records so far, a line each. */
  readonly rows: string[];
  feed(count: number): Promise<void>;
  /** Begins the sink, which finds the master as `redis` says. */
  start(redis: Readonly<Record<string, unknown>>): Promise<ConnectorHandle>;
}

/** A master with a replica that follows it, and a topic to write to them. */
function testFailover(title: string, body: (t: ExecutionContext, scene: Scene) => Promise<void>): void {
  // In turns: each looks for free ports of its own.
  test.serial(title, async t => {
    t.timeout(170_000);
    const watched = new Watched(await mkdtemp(join(tmpdir(), 'millrace-sentinel-')));
    try {
      const first = await freePorts(3);
      const ports = [first, first + 1, first + 2] as const;
      const master = await watched.server(ports[0]);
      if (master === undefined) {
        t.log('left out: redis-server');
        t.pass();
        return;
      }
      const replica = (await watched.server(ports[1], '--replicaof', '127.0.0.1', String(ports[0])))!;
      await until(async () => /master_link_status:up/.test(await replica.client.info('replication')));
      await using log = await openLog('memory:');
      await using admin = log.admin();
      await admin.createTopics([{ name: 'rows', partitions: 1 }]);
      await using producer = log.producer();
      const rows: string[] = [];
      const feed = async (count: number) => {
        for (let n = 0; n < count; n++) {
          rows.push(`row ${rows.length}`);
          await producer.send('rows', { value: rows.at(-1)! });
        }
      };
      const warnings: string[] = [];
      const logger = { ...quiet, warn: (message: string) => void warnings.push(message) };
      const start = (redis: Readonly<Record<string, unknown>>) =>
        startConnector(log, { name: 'out', connector: redisSink, logger, config: { ...sinkConfig, ...redis } });
      await body(t, { watched, ports, master, replica, warnings, rows, feed, start });
    } finally {
      await watched.stop();
    }
  });
}

const sinkConfig = {
  topics: 'rows',
  'redis.type': 'list',
  'redis.keyspace': 'rows',
  'redis.timeout.ms': 2_000,
  'batch.size': 50,
  'errors.retry.delay.max.ms': 200,
  'restart.backoff.ms': 50,
  'restart.backoff.max.ms': 200,
};

async function sentinelOf({ watched, ports }: Scene) {
  const sentinel = (await watched.sentinel(ports[2], ports[0]))!;
  await until(async () => ((await sentinel.client.call('SENTINEL', 'REPLICAS', 'mymaster')) as unknown[]).length === 1);
  const found = { 'redis.sentinel.nodes': `127.0.0.1:${ports[2]}`, 'redis.sentinel.master': 'mymaster' };
  return { client: sentinel.client, found };
}

/** All is in the one that is the master now, once and in order. */
async function requireAll(t: ExecutionContext, { replica, rows }: Scene, sink: ConnectorHandle): Promise<void> {
  await until(async () => /role:master/.test(await replica.client.info('replication')));
  await until(async () => (await replica.client.llen('rows')) >= rows.length);
  await sink.finish();
  t.deepEqual(await replica.client.lrange('rows', 0, -1), rows);
}

testFailover(
  'a sink goes on when its master is killed and a sentinel puts the replica in its place',
  async (t, scene) => {
    const { master, replica, feed, start } = scene;
    const sink = await start((await sentinelOf(scene)).found);
    await feed(500);
    await until(async () => (await replica.client.llen('rows')) > 100);
    master.child.kill('SIGKILL');
    await feed(500);
    await requireAll(t, scene, sink);
  },
);

testFailover(
  'a sink goes on when a sentinel makes its master a replica of the one that was its replica',
  async (t, scene) => {
    const { master, replica, feed, start } = scene;
    const { client, found } = await sentinelOf(scene);
    const sink = await start(found);
    await feed(500);
    await until(async () => (await replica.client.llen('rows')) > 100);
    // Refused until the sentinel knows that the replica is well.
    await until(async () => (await client.call('SENTINEL', 'FAILOVER', 'mymaster').catch(() => undefined)) === 'OK');
    await feed(500);
    await until(async () => /role:slave/.test(await master.client.info('replication')));
    // What the old master took last is missed when the sink has something to write again.
    await feed(1);
    await requireAll(t, scene, sink);
  },
);

testFailover(
  'a sink that is answered READONLY makes a new connection, finds the new master behind the same address, and loses nothing',
  async (t, scene) => {
    const { ports, master, replica, warnings, feed, start } = scene;
    const proxy = await RedisProxy.start(`redis://127.0.0.1:${ports[0]}`);
    try {
      const sink = await start({ 'redis.uri': proxy.url });
      await feed(500);
      await until(async () => (await replica.client.llen('rows')) > 100);
      await replica.client.call('REPLICAOF', 'NO', 'ONE');
      // What the old master takes now is lost with its offsets, and written again.
      await feed(100);
      await until(async () => (await master.client.llen('rows')) > 500);
      // It keeps its connections, as nobody cuts them: the sink's too.
      await master.client.call('REPLICAOF', '127.0.0.1', String(ports[1]));
      await feed(100);
      await until(() => warnings.some(warning => warning.includes('READONLY')));
      proxy.moveTo(ports[1]);
      await feed(300);
      await requireAll(t, scene, sink);
      t.true(proxy.connectionCount > 1);
    } finally {
      await proxy.close();
    }
  },
);

testFailover(
  'a sink whose new master holds none of its offsets says so with both offsets and goes on from its group’s, or is refused',
  async (t, scene) => {
    const { watched, ports, master, rows, warnings, feed, start } = scene;
    const proxy = await RedisProxy.start(`redis://127.0.0.1:${ports[0]}`);
    const empty = (await watched.server(ports[2]))!;
    const moveTo = async (port: number, from: typeof empty) => {
      proxy.moveTo(port);
      await from.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    };
    try {
      const sink = await start({ 'redis.uri': proxy.url, 'offset.flush.interval.ms': 20 });
      await feed(100);
      await until(async () => (await master.client.get('connect-offsets:out:rows:0')) === '100');
      // It is idle now: nothing was under way when the master was lost.
      await until(() => sink.progress().records === 100);
      await moveTo(ports[2], master);
      await feed(50);
      const told = () => warnings.find(warning => warning.includes('while its group has committed'));
      await until(() => told() !== undefined);
      t.regex(
        warnings.join('\n'),
        /rows-0: Redis holds no offset where this task knows of 100: it has lost what was written/,
      );
      const [, begun] =
        /connector out: Redis holds no offset of this sink for rows-0 .* its group has committed (\d+): going on/.exec(
          told()!,
        )!;
      await until(async () => (await empty.client.get('connect-offsets:out:rows:0')) === '150');
      t.deepEqual(await empty.client.lrange('rows', 0, -1), rows.slice(Number(begun)));
      await sink.stop();

      await empty.client.flushall();
      const refused = await start({ 'redis.uri': proxy.url, 'redis.offsets.missing': 'fail' });
      await t.throwsAsync(refused.done, {
        message: /holds no offset of this sink for rows-0 .*committed 150.*reset the offsets/,
      });
      t.is(await empty.client.llen('rows'), 0);
    } finally {
      await proxy.close();
    }
  },
);
