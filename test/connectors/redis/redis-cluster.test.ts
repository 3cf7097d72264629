// A real cluster of three nodes on the loopback address: the keys of one batch lie on all of them.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { Cluster } from 'ioredis';
import { startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import { openLog } from '../../../core/index.js';
import { freePorts } from '../../../scripts/kafka/free-ports.js';

const run = promisify(execFile);

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

test('a sink to a cluster writes the last value of each key, wherever it lies', async t => {
  t.timeout(120_000);
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
  } finally {
    client.disconnect();
    cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});
