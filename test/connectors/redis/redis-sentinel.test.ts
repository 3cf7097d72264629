// A real sentinel with a master and a replica: the master is killed while a sink writes, and the sink goes on with the replica that takes its place. What the
// master had not passed on is lost together with its offsets, so it is written again: the list has every record once, in order.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Redis } from 'ioredis';
import { startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import { openLog } from '../../../core/index.js';
import { freePorts } from '../../../scripts/kafka/free-ports.js';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
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

test('a sink goes on when its master is killed and a sentinel puts the replica in its place', async t => {
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
    const sentinel = (await watched.sentinel(ports[2], ports[0]))!;
    await until(
      async () => ((await sentinel.client.call('SENTINEL', 'REPLICAS', 'mymaster')) as unknown[]).length === 1,
    );

    await using log = await openLog('memory:');
    await using admin = log.admin();
    await admin.createTopics([{ name: 'rows', partitions: 1 }]);
    const sink = await startConnector(log, {
      name: 'out',
      connector: redisSink,
      logger: quiet,
      config: {
        topics: 'rows',
        'redis.type': 'list',
        'redis.keyspace': 'rows',
        'redis.sentinel.nodes': `127.0.0.1:${ports[2]}`,
        'redis.sentinel.master': 'mymaster',
        'redis.timeout.ms': 2_000,
        'batch.size': 50,
        'errors.retry.delay.max.ms': 200,
        'restart.backoff.ms': 50,
        'restart.backoff.max.ms': 200,
      },
    });
    await using producer = log.producer();
    const rows: string[] = [];
    const feed = async (count: number) => {
      for (let n = 0; n < count; n++) {
        rows.push(`row ${rows.length}`);
        await producer.send('rows', { value: rows.at(-1)! });
      }
    };
    await feed(500);
    await until(async () => (await master.client.llen('rows')) > 100);
    master.child.kill('SIGKILL');
    await feed(500);
    await until(async () => /role:master/.test(await replica.client.info('replication')));
    await until(async () => (await replica.client.llen('rows')) >= rows.length);
    await sink.finish();
    t.deepEqual(await replica.client.lrange('rows', 0, -1), rows);
  } finally {
    await watched.stop();
  }
});
