// A Redis that goes away, refuses, is full, loads, or answers too slowly: sink and source try again with growing pauses, say why, lose nothing and
// repeat nothing in the sink, and go on by themselves when it is well again.

import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { type ConnectorHandle, startConnector } from '../../../connect/index.js';
import { redisSink, redisSource } from '../../../connectors/redis/index.js';
import { type Log, openLog } from '../../../core/index.js';
import { recordsOf } from '../../connect/places.js';
import { RedisProxy } from './redis-proxy.js';
import type { RedisServer } from './redis-server.js';
import { testWithOwnRedis } from './with-redis.js';

interface Trouble {
  readonly server: RedisServer;
  readonly proxy: RedisProxy;
  readonly log: Log;
  /** What sink and source have warned of. */
  readonly warnings: string[];
  /** Puts records into the topic of the sink and entries into the stream of the source. Only the topic where Redis cannot be reached. */
  feed(options?: { readonly onlyTopic?: boolean }): Promise<void>;
  until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void>;
}

const quickly = {
  'errors.retry.delay.max.ms': 50,
  'restart.backoff.ms': 20,
  'restart.backoff.max.ms': 50,
  'offset.flush.interval.ms': 20,
};

/** Sink and source run through `body`, which must leave Redis well; then all that was fed must be where it belongs. */
function testInTrouble(
  title: string,
  flags: readonly string[],
  body: (t: ExecutionContext, trouble: Trouble) => Promise<void>,
): void {
  testWithOwnRedis(title, { timeoutMs: 170_000, flags }, async (t, server) => {
    const proxy = await RedisProxy.start(server.url);
    const log = await openLog('memory:');
    const handles: ConnectorHandle[] = [];
    try {
      await runInTrouble(t, { server, proxy, log, handles, body });
    } finally {
      for (const handle of handles) await handle.stop();
      await log.close();
      await proxy.close();
    }
  });
}

interface Scene extends Pick<Trouble, 'server' | 'proxy' | 'log'> {
  readonly handles: ConnectorHandle[];
  readonly body: (t: ExecutionContext, trouble: Trouble) => Promise<void>;
}

async function runInTrouble(t: ExecutionContext, { server, proxy, log, handles, body }: Scene): Promise<void> {
  const name = `t${randomBytes(6).toString('hex')}`;
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const logger = { debug: () => {}, info: () => {}, warn, error: warn };
  const redis = {
    'redis.uri': proxy.url,
    'redis.auth.retry.timeout.ms': 600_000,
    'redis.timeout.ms': 400,
    'redis.connect.timeout.ms': 400,
    ...quickly,
  };
  await using admin = log.admin();
  for (const topic of [`${name}-in`, `${name}-out`]) await admin.createTopics([{ name: topic, partitions: 1 }]);
  const start = (options: Omit<Parameters<typeof startConnector>[1], 'logger'>) =>
    startConnector(log, { ...options, logger });
  const list = { 'redis.type': 'list', 'redis.keyspace': name, 'batch.size': 10, topics: `${name}-in` };
  const stream = {
    'redis.type': 'stream',
    'redis.stream.name': `${name}-stream`,
    'redis.stream.body.field': 'v',
    'redis.block.ms': 20,
    'redis.stream.claim.idle.ms': 500,
  };
  handles.push(await start({ name: 'out', connector: redisSink, config: { ...redis, ...list } }));
  handles.push(
    await start({ name: 'in', connector: redisSource, config: { ...redis, ...stream, topic: `${name}-out` } }),
  );
  await using producer = log.producer();
  const records: string[] = [];
  const entries: string[] = [];
  const until: Trouble['until'] = async (what, isSo) => {
    for (let tries = 0; !(await isSo()); tries++) {
      if (tries > 5_000) throw new Error(`${what}: not so\n${warnings.join('\n')}`);
      await log.ports.clock.sleep(10);
    }
  };
  const feed: Trouble['feed'] = async ({ onlyTopic = false } = {}) => {
    for (let count = 0; count < 40; count++) {
      records.push(`record ${records.length}`);
      await producer.send(`${name}-in`, { value: records.at(-1)! });
      if (onlyTopic) continue;
      entries.push(`entry ${entries.length}`);
      await server.client.xadd(`${name}-stream`, '*', 'v', entries.at(-1)!);
    }
  };
  const isAllThere = async () =>
    (await server.client.llen(name)) >= records.length &&
    new Set((await recordsOf(log, `${name}-out`)).map(({ value }) => value)).size === entries.length;
  await feed();
  await until('what was fed before arrives', isAllThere);
  await body(t, { server, proxy, log, warnings, feed, until });
  await feed();
  await until('what was fed meanwhile arrives', isAllThere);
  t.deepEqual(await server.client.lrange(name, 0, -1), records);
  // Entries whose answer was lost come behind those that were read after it.
  t.deepEqual(new Set((await recordsOf(log, `${name}-out`)).map(({ value }) => value)), new Set(entries));
  for (const handle of handles) t.is(handle.status().state, 'RUNNING');
  t.false(
    warnings.some(warning => /failed:/.test(warning)),
    'no task has given up',
  );
}

/** At least so many warnings say so. */
const says = ({ warnings }: Trouble, words: RegExp, count = 3) =>
  warnings.filter(each => words.test(each)).length >= count;

testInTrouble('Redis goes away and comes back', [], async (t, trouble) => {
  const before = trouble.proxy.connectionCount;
  trouble.proxy.refuse();
  await trouble.feed();
  await trouble.until('it is said', () => says(trouble, /Redis/, 6));
  t.true(trouble.proxy.connectionCount - before < 200, 'there are pauses between the tries');
  trouble.proxy.pass();
});

testInTrouble(
  'Redis is killed and started again, and loads for a while',
  ['--key-load-delay', '1000'],
  async (t, trouble) => {
    // It answers after each thousand commands that it has loaded.
    const filling = trouble.server.client.pipeline();
    for (let n = 0; n < 4_000; n++) filling.set(`filler:${n}`, 'x');
    await filling.exec();
    trouble.server.process!.kill('SIGKILL');
    await trouble.feed({ onlyTopic: true });
    await trouble.server.restart();
    // How it says so depends on how busy it is: LOADING, or nothing in time.
    await trouble.until('it is said', () => says(trouble, /LOADING|timed out|closed|ECONNREFUSED/, 1));
    await trouble.until('it has loaded', async () => (await trouble.server.client.ping().catch(() => '')) === 'PONG');
    t.pass();
  },
);

testInTrouble('Redis is full', [], async (t, trouble) => {
  await trouble.server.client.config('SET', 'maxmemory', '1');
  await trouble.feed({ onlyTopic: true });
  await trouble.until('it is said', () => says(trouble, /OOM/));
  await trouble.server.client.config('SET', 'maxmemory', '0');
  t.pass();
});

testInTrouble(
  'Redis wants a password that nobody has told to tasks that run, and then does not',
  [],
  async (t, trouble) => {
    const { client } = trouble.server;
    await client.config('SET', 'requirepass', 'verysecret');
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await trouble.feed({ onlyTopic: true });
    await trouble.until('it is said', () => says(trouble, /NOAUTH/));
    await client.config('SET', 'requirepass', '');
    t.false(trouble.warnings.join('\n').includes('verysecret'));
  },
);

testInTrouble('Redis has too many clients', [], async (t, trouble) => {
  const { client } = trouble.server;
  await client.config('SET', 'maxclients', '1');
  await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await trouble.feed({ onlyTopic: true });
  await trouble.until('it is said', () => says(trouble, /max number of clients|closed|ECONNRESET/));
  await client.config('SET', 'maxclients', '1000');
  t.pass();
});

testInTrouble(
  'Redis answers so slowly that answers are given up, though it did what was asked',
  [],
  async (t, trouble) => {
    trouble.proxy.delayMs = 700;
    await trouble.feed();
    await trouble.until('it is said', () => says(trouble, /timed out|timeout|ETIMEDOUT/i));
    trouble.proxy.delayMs = 100;
    await trouble.feed();
    await trouble.log.ports.clock.sleep(500);
    trouble.proxy.delayMs = 0;
    t.pass();
  },
);

testInTrouble(
  'Redis is forgotten by the network in the middle of an answer, again and again',
  [],
  async (t, trouble) => {
    for (let round = 0; round < 5; round++) {
      trouble.proxy.stall();
      await trouble.feed();
      await trouble.log.ports.clock.sleep(50);
      trouble.proxy.refuse();
      trouble.proxy.pass();
      await trouble.feed();
    }
    t.pass();
  },
);
