// What Redis refuses when it carries it out, although nothing could be seen before. Without tolerance the task stops at that record, and once the cause is mended it
// goes on from it: nothing is passed over, nothing is written twice. With tolerance the record, and no other, goes to the dead letters.

import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { type ConnectorHandle, type ConnectorOptions, startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import { type Log, openLog } from '../../../core/index.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { recordsOf } from '../../connect/places.js';
import { quiet } from '../../connect/quiet.js';
import { RedisProxy } from './redis-proxy.js';
import type { RedisServer } from './redis-server.js';
import { testsWithRedis } from './with-redis.js';

/** The greatest id: a stream that has it takes no other. */
const lastId = '18446744073709551615-18446744073709551615';

const testOnServer = testsWithRedis(120_000);

interface Place {
  readonly log: Log;
  readonly redis: RedisServer;
  /** A name that no other test has. */
  readonly name: string;
  /** Makes topics of one partition. */
  topics(...names: string[]): Promise<void>;
  fill(topic: string, rows: readonly (readonly [key: string | null, value: string])[]): Promise<void>;
  start(config: ConnectorOptions['config']): Promise<ConnectorHandle>;
  offsetOf(topic: string): Promise<string | null>;
}

function testWithRedis(title: string, body: (t: ExecutionContext, place: Place) => Promise<void>): void {
  testOnServer(title, async (t, log, redis) => {
    await using admin = log.admin();
    await using producer = log.producer();
    const name = `out-${randomBytes(6).toString('hex')}`;
    const runtime = { 'errors.retry.delay.max.ms': 100, 'restart.backoff.ms': 20, 'restart.backoff.max.ms': 50 };
    await body(t, {
      log,
      redis,
      name,
      topics: async (...names) => void (await admin.createTopics(names.map(each => ({ name: each, partitions: 1 })))),
      fill: async (topic, rows) =>
        void (await Promise.all(rows.map(([key, value]) => producer.send(topic, { key, value })))),
      start: config =>
        startConnector(log, {
          name,
          connector: redisSink,
          logger: quiet,
          config: { 'redis.uri': redis.url, ...runtime, ...config },
        }),
      offsetOf: topic => redis.client.get(`connect-offsets:${name}:${topic}:0`),
    });
  });
}

const never = { 'restart.attempts.max': 0 };
const numbers = (count: number) => Array.from({ length: count }, (_, n): [null, string] => [null, String(n)]);
const valuesOf = (entries: readonly [string, string[]][]) => entries.map(([, fields]) => fields[1]);

testWithRedis(
  'an entry that a stream refuses stops the task, and is written once the stream is mended; those of another stream come once',
  async (t, { redis, name, topics, fill, start, offsetOf }) => {
    const [well, full] = [`${name}-well`, `${name}-full`];
    await topics(well, full);
    await redis.client.xadd(full, lastId, 'value', 'the last that goes');
    await fill(well, numbers(50));
    await fill(full, numbers(50));
    const config = { topics: `${well},${full}`, 'redis.type': 'stream' };
    const sink = await start({ ...config, ...never });
    const error = await t.throwsAsync(sink.done);
    t.regex(error.message, /-full-0 offset 0: Redis refuses XADD to the key ".*-full": .*exhausted/);
    t.regex(error.message, /mend/);
    t.true([null, '0'].includes(await offsetOf(full)));
    await redis.client.del(full);
    await (await start(config)).finish();
    for (const stream of [well, full])
      t.deepEqual(
        valuesOf(await redis.client.xrange(stream, '-', '+')),
        numbers(50).map(([, value]) => value),
        stream,
      );
  },
);

testWithRedis(
  'a task stops right at the record whose key is of another type: what is before it is written, nothing behind it, until the key is mended',
  async (t, { redis, name, topics, fill, start, offsetOf }) => {
    await topics(name);
    await redis.client.set(`${name}:taken`, 'a string');
    await fill(name, [
      ['a', '{"n":1}'],
      ['taken', '{"n":2}'],
      ['a', '{"n":3}'],
      ['b', '{"n":4}'],
    ]);
    const config = { topics: name, 'redis.type': 'hash' };
    const sink = await start({ ...config, ...never });
    await t.throwsAsync(sink.done, { message: /offset 1: the key ".*:taken" holds a string, not a hash/ });
    t.is(await redis.client.hget(`${name}:a`, 'n'), '1');
    t.is(await offsetOf(name), '1');
    t.is(await redis.client.exists(`${name}:b`), 0);
    await redis.client.del(`${name}:taken`);
    await (await start(config)).finish();
    const held = ['taken', 'a', 'b'].map(key => redis.client.hget(`${name}:${key}`, 'n'));
    t.deepEqual(await Promise.all(held), ['2', '3', '4']);
    t.is(await offsetOf(name), '4');
  },
);

testWithRedis(
  'with tolerance, refused records and only those are dead letters, once: the next start begins behind them',
  async (t, { log, redis, name, topics, fill, start, offsetOf }) => {
    await topics(name);
    const isTaken = (n: number) => n % 7 < 3;
    const all = Array.from({ length: 300 }, (_, n) => n);
    for (const n of all.filter(isTaken)) await redis.client.set(`${name}:${n}`, 'a string');
    await fill(
      name,
      all.map(n => [String(n), `{"n":${n}}`]),
    );
    const dead = `${name}-dead`;
    const config = { topics: name, 'redis.type': 'hash', 'errors.deadletterqueue.topic.name': dead };
    await (await start(config)).finish();
    t.is(await offsetOf(name), '300');
    await fill(name, [['last', '{"n":300}']]);
    await (await start(config)).finish();
    const letters = await recordsOf(log, dead);
    t.deepEqual(
      letters.map(({ key }) => Number(key)),
      all.filter(isTaken),
    );
    t.regex(letters[0]!.headers['__connect.errors.exception.message']!, /holds a string, not a hash/);
    for (const n of all.filter(each => !isTaken(each))) t.is(await redis.client.hget(`${name}:${n}`, 'n'), String(n));
    t.is(await redis.client.hget(`${name}:last`, 'n'), '300');
  },
);

testWithRedis(
  'a task that ends before a refused record is handed over, or behind the scripts around it, hands it over after its restart and writes nothing twice',
  async (t, { redis, name }) => {
    const ports = nodePorts();
    const hits = new Map<string, number>();
    const failing = ['redis-sink/refused', 'redis-sink/executed', 'redis-sink/sent', 'redis-sink/queued'];
    const failpoint = (point: string): void => {
      const hit = (hits.get(point) ?? 0) + 1;
      hits.set(point, hit);
      if (failing.includes(point) && hit <= 3) throw new Error(`failpoint ${point}`);
    };
    await using log = await openLog('memory:', { ports: { ...ports, failpoint } });
    await using admin = log.admin();
    const [list, full] = [`${name}-list`, `${name}-full`];
    await admin.createTopics([list, full].map(each => ({ name: each, partitions: 1 })));
    await redis.client.set(full, 'a string');
    await using producer = log.producer();
    const values = numbers(30).map(([, value]) => value);
    for (const topic of [list, full]) await Promise.all(values.map(value => producer.send(topic, { value })));
    const sink = await startConnector(log, {
      name,
      connector: redisSink,
      logger: quiet,
      config: {
        topics: `${list},${full}`,
        'redis.uri': redis.url,
        'redis.type': 'list',
        'batch.size': 7,
        'errors.retry.delay.max.ms': 50,
        'restart.backoff.ms': 20,
        'restart.backoff.max.ms': 50,
        'restart.attempts.max': 1_000,
        'errors.deadletterqueue.topic.name': `${name}-dead`,
      },
    });
    await sink.finish();
    for (const point of failing) t.true(hits.get(point)! > 3, point);
    t.deepEqual(await redis.client.lrange(list, 0, -1), values);
    const letters = (await recordsOf(log, `${name}-dead`)).map(({ value }) => value);
    t.deepEqual([...new Set(letters)], values);
  },
);

testWithRedis(
  'of entries that a full stream refuses, all are dead letters, and a later stream takes what follows',
  async (t, { log, redis, name, topics, fill, start }) => {
    await topics(name);
    await redis.client.xadd(name, lastId, 'value', 'the last that goes');
    await fill(name, numbers(20));
    const dead = `${name}-dead`;
    for (const isExact of [true, false]) {
      const config = { topics: name, 'redis.type': 'stream', 'errors.deadletterqueue.topic.name': dead };
      await (await start({ ...config, 'exactly.once': isExact })).finish();
    }
    t.deepEqual(
      (await recordsOf(log, dead)).map(({ value }) => value),
      numbers(20).map(([, value]) => value),
    );
    await redis.client.del(name);
    await fill(name, [[null, '"more"']]);
    await (await start({ topics: name, 'redis.type': 'stream', 'exactly.once': false })).finish();
    t.deepEqual(valuesOf(await redis.client.xrange(name, '-', '+')), ['more']);
  },
);

testWithRedis(
  'a batch of very many pushes and a hash of very many fields are written whole',
  async (t, { redis, name, topics, fill, start }) => {
    const [list, hash] = [`${name}-list`, `${name}-hash`];
    await topics(list, hash);
    await fill(list, numbers(30_000));
    const fields = Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`f${n}`, String(n)]));
    await fill(hash, [['h', JSON.stringify(fields)]]);
    await (await start({ topics: list, 'redis.type': 'list', 'batch.size': 100_000 })).finish();
    t.deepEqual(
      await redis.client.lrange(list, 0, -1),
      numbers(30_000).map(([, value]) => value),
    );
    await (await start({ topics: hash, 'redis.type': 'hash' })).finish();
    t.deepEqual(await redis.client.hgetall(`${hash}:h`), fields);
  },
);

testWithRedis(
  'a user who may not run scripts is told what to allow, and nothing is written',
  async (t, { redis, name, topics, fill, start }) => {
    await topics(name);
    await fill(name, numbers(3));
    await redis.client.call('ACL', 'SETUSER', name, 'on', '>secret', '~*', '+@all', '-@scripting');
    const uri = redis.url.replace('redis://', `redis://${name}:secret@`);
    const sink = await start({ topics: name, 'redis.type': 'list', 'redis.uri': uri, ...never });
    await t.throwsAsync(sink.done, { message: /needs EVAL.*\+eval.*exactly\.once=false/ });
    t.is(await redis.client.exists(name), 0);
    await redis.client.call('ACL', 'SETUSER', name, '+eval');
    await (await start({ topics: name, 'redis.type': 'list', 'redis.uri': uri })).finish();
    t.deepEqual(await redis.client.lrange(name, 0, -1), ['0', '1', '2']);
  },
);

testWithRedis(
  'strings whose right to be written is taken away between their MULTI and its EXEC are written when it is given back',
  async (t, { log, redis, name, topics, fill, start, offsetOf }) => {
    await topics(name);
    await fill(name, [
      ['a', '1'],
      ['b', '2'],
    ]);
    await redis.client.call('ACL', 'SETUSER', name, 'on', '>secret', '~*', '+@all');
    const proxy = await RedisProxy.start(redis.url);
    try {
      proxy.holdBefore('*1\r\n$4\r\nexec', async () => {
        const isQueued = async () =>
          ((await redis.client.call('CLIENT', 'LIST')) as string)
            .split('\n')
            .some(each => each.includes(`user=${name}`) && / multi=2 /.test(each));
        while (!(await isQueued())) await log.ports.clock.sleep(10);
        await redis.client.call('ACL', 'SETUSER', name, 'resetkeys', '~connect-offsets:*');
      });
      const uri = proxy.url.replace('redis://', `redis://${name}:secret@`);
      const config = { topics: name, 'redis.type': 'string', 'redis.uri': uri };
      const sink = await start({ ...config, ...never });
      await t.throwsAsync(sink.done, { message: /NOPERM/ });
      t.is(await redis.client.exists(`${name}:a`), 0);
      t.is(await offsetOf(name), '0');
      await redis.client.call('ACL', 'SETUSER', name, '~*');
      await (await start(config)).finish();
      t.deepEqual(await redis.client.mget(`${name}:a`, `${name}:b`), ['1', '2']);
    } finally {
      await proxy.close();
    }
  },
);
