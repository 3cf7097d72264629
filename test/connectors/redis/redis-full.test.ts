// A Redis that is full, or falls silent, while far more comes in than the sink may hold: it says what it waits for, its memory does not grow with what
// waits, and when Redis is well again everything is written, once and in order.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import { openLog } from '../../../core/index.js';
import { quiet } from '../../connect/quiet.js';
import { RedisProxy } from './redis-proxy.js';
import { testWithOwnRedis } from './with-redis.js';

const valueBytes = 10_000;
const mebibyte = 1024 * 1024;

/** What is held, after all garbage is gone. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const title = 'while Redis is full, and then silent, the sink waits, says so, and holds no more however much comes in';
testWithOwnRedis(title, { timeoutMs: 170_000 }, async (t, server) => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-redis-full-'));
  const proxy = await RedisProxy.start(server.url);
  try {
    await using log = await openLog(`file:${directory}`, { flush: 'os' });
    await using admin = log.admin();
    await admin.createTopics([{ name: 'rows', partitions: 1 }]);
    await using producer = log.producer();
    let count = 0;
    const feed = async (more: number) => {
      for (const end = count + more; count < end; count++) {
        const value = `${count} `.padEnd(valueBytes, '.');
        const sent = producer.send('rows', { value });
        if (count % 100 === 99 || count === end - 1) await sent;
      }
    };
    const list = `full-${process.pid}`;
    const sink = await startConnector(log, {
      name: 'out',
      connector: redisSink,
      logger: quiet,
      config: {
        topics: 'rows',
        'redis.uri': proxy.url,
        'redis.type': 'list',
        'redis.keyspace': list,
        'redis.timeout.ms': 1_000,
        'redis.connect.timeout.ms': 1_000,
        'errors.retry.delay.max.ms': 100,
      },
    });
    const says = async (words: RegExp) => {
      while (!words.test(sink.status().tasks[0]!.trace ?? '')) await log.ports.clock.sleep(20);
    };
    await feed(1_000);
    while ((await server.client.llen(list)) < count) await log.ports.clock.sleep(20);
    const before = heldBytes();
    const held: number[] = [];
    await server.client.config('SET', 'maxmemory', '1');
    await feed(3_000);
    await says(/OOM/);
    t.is(sink.status().tasks[0]!.state, 'RUNNING');
    held.push(heldBytes() - before);
    await feed(6_000);
    await says(/OOM/);
    held.push(heldBytes() - before);
    proxy.stall();
    await says(/timed out|no connection|closed|ETIMEDOUT/i);
    held.push(heldBytes() - before);
    await feed(3_000);
    held.push(heldBytes() - before);
    const fed = (count * valueBytes) / mebibyte;
    const mebibytes = held.map(bytes => Math.round(bytes / mebibyte));
    t.log(`${Math.round(fed)} MiB were fed, ${mebibytes.join(', ')} MiB more were held than before`);
    t.true(Math.max(...mebibytes) < fed / 2);
    await server.client.config('SET', 'maxmemory', '0');
    proxy.pass();
    while ((await server.client.llen(list)) < count) await log.ports.clock.sleep(20);
    await sink.finish();
    const rows = await server.client.lrange(list, 0, -1);
    t.is(rows.length, count);
    t.is(
      rows.findIndex((row, at) => Number.parseInt(row, 10) !== at),
      -1,
    );
  } finally {
    await proxy.close();
    await rm(directory, { recursive: true, force: true });
  }
});
