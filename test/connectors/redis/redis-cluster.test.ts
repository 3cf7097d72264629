// A real cluster of three nodes on the loopback address: the keys of one batch lie on all of them.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { Cluster, Redis } from 'ioredis';
import { startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import { type Log, openLog } from '../../../core/index.js';
import { freePorts } from '../../../scripts/kafka/free-ports.js';
import { quiet } from '../../connect/quiet.js';

const run = promisify(execFile);
const byText = (one: string, other: string) => (one < other ? -1 : 1);

async function startCluster(directory: string) {
  const base = await freePorts(6);
  const ports = [base, base + 1, base + 2];
  const nodes = ports.map(port => {
    const bus = [
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      String(port + 3),
      '--cluster-config-file',
      `nodes-${port}.conf`,
    ];
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...bus];
    return spawn('redis-server', args, { stdio: 'ignore' });
  });
  for (const port of ports) {
    for (let tries = 0; ; tries++) {
      if (await run('redis-cli', ['-p', String(port), 'ping']).catch(() => undefined)) break;
      if (tries > 1_000) throw new Error('the nodes do not answer');
      await sleep(20);
    }
  }
  const addresses = ports.map(port => `127.0.0.1:${port}`);
  await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
  for (let tries = 0; tries < 1_000; tries++) {
    const infos = await Promise.all(ports.map(port => run('redis-cli', ['-p', String(port), 'cluster', 'info'])));
    if (infos.every(({ stdout }) => stdout.includes('cluster_state:ok'))) break;
    await sleep(20);
  }
  return { url: `redis://${addresses[0]}`, port: base, stop: () => nodes.forEach(node => void node.kill('SIGKILL')) };
}

/** Three real nodes, a client of them and a log, gone afterwards; says what is left out where there is no redis-cli. */
async function withCluster(
  t: ExecutionContext,
  work: (cluster: Awaited<ReturnType<typeof startCluster>>, client: Cluster, log: Log) => Promise<void>,
): Promise<void> {
  const tools = await run('redis-cli', ['--version']).catch(
    (error: Error) => void t.log(`left out: redis-cli (${error.message})`),
  );
  if (tools === undefined) {
    t.pass();
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'millrace-cluster-'));
  const cluster = await startCluster(directory);
  const client = new Cluster([{ host: '127.0.0.1', port: cluster.port }]);
  try {
    await using log = await openLog('memory:');
    await work(cluster, client, log);
  } finally {
    client.disconnect();
    cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

test.serial('a sink to a cluster writes the last value of each key, wherever it lies', async t => {
  t.timeout(120_000);
  await withCluster(t, async (cluster, client, log) => {
    await using admin = log.admin();
    await admin.createTopics([{ name: 'changes', partitions: 1 }]);
    await using producer = log.producer();
    const latest = new Map<string, string | null>();
    for (let n = 0; n < 2_000; n++) {
      const change = { key: `key-${(n * 7919) % 211}`, value: n % 11 === 0 ? null : JSON.stringify({ n }) };
      latest.set(change.key, change.value === null ? null : String(n));
      await producer.send('changes', change);
    }
    const config = {
      topics: 'changes',
      'redis.uri': cluster.url,
      'redis.cluster.enabled': true,
      'redis.type': 'hash',
      'batch.size': 300,
    };
    await using sink = await startConnector(log, { name: 'out', connector: redisSink, config });
    await sink.finish();
    for (const [key, n] of latest) t.is(await client.hget(`changes:${key}`, 'n'), n);
    const held = await Promise.all(client.nodes('master').map(node => node.dbsize()));
    t.true(held.length === 3 && held.every(count => count > 0), `each node holds some: ${held.join()}`);
  });
});

test.serial('records of every type reach their nodes while slots move from one node to another', async t => {
  t.timeout(170_000);
  await withCluster(t, async (cluster, client, log) => {
    await using admin = log.admin();
    await admin.createTopics([{ name: 'rows', partitions: 1 }]);
    await using producer = log.producer();
    const latest = new Map<string, number>();
    let count = 0;
    const feed = async (more: number) => {
      for (const end = count + more; count < end; count++) {
        const key = `key-${(count * 7919) % 499}`;
        latest.set(key, count);
        await producer.send('rows', { key, value: JSON.stringify({ score: count }) });
      }
    };
    const types = ['string', 'hash', 'zset', 'list', 'set', 'stream'];
    const handles = await Promise.all(
      types.map(type =>
        startConnector(log, {
          name: type,
          connector: redisSink,
          logger: quiet,
          config: {
            topics: 'rows',
            'redis.uri': cluster.url,
            'redis.cluster.enabled': true,
            'redis.type': type,
            'redis.keyspace': type,
            'batch.size': 50,
            'errors.retry.delay.max.ms': 100,
          },
        }),
      ),
    );
    await feed(1_000);
    while ((await client.llen('list')) < 200) await sleep(20);
    const nodeId = async (port: number) =>
      (await run('redis-cli', ['-p', String(port), 'cluster', 'myid'])).stdout.trim();
    const [from, to] = [await nodeId(cluster.port), await nodeId(cluster.port + 1)];
    // The first node gives up all its slots, those of some keys of each type among them.
    const moving = run(
      'redis-cli',
      ['--cluster', 'reshard', `127.0.0.1:${cluster.port}`]
        .concat('--cluster-from', from, '--cluster-to', to)
        .concat('--cluster-slots', '5461', '--cluster-yes'),
      { maxBuffer: 1 << 26 },
    );
    await feed(1_000);
    await moving;
    await feed(1_000);
    for (const handle of handles) await handle.finish();
    const first = new Redis({ host: '127.0.0.1', port: cluster.port });
    t.is(await first.dbsize(), 0);
    first.disconnect();
    for (const [key, n] of latest) {
      t.is(await client.get(`string:${key}`), JSON.stringify({ score: n }));
      t.is(await client.hget(`hash:${key}`, 'score'), String(n));
      t.is(await client.zscore('zset', key), String(n));
    }
    const all = Array.from({ length: count }, (_, n) => JSON.stringify({ score: n }));
    // At least once: in a list or a stream a record may stand twice, none is missing.
    t.deepEqual([...new Set(await client.lrange('list', 0, -1))].toSorted(byText), all.toSorted(byText));
    t.deepEqual((await client.smembers('set')).toSorted(byText), [...latest.keys()].toSorted(byText));
    const entries = (await client.xrange('stream', '-', '+')).map(([, fields]) => fields[fields.indexOf('score') + 1]);
    t.is(new Set(entries).size, count);
  });
});
