import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { type ConnectorHandle, type ConnectorOptions, startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import type { Log } from '../../../core/index.js';
import { recordsOf } from '../../connect/places.js';
import { quiet } from '../../connect/quiet.js';
import type { RedisServer } from './redis-server.js';
import { testsWithRedis } from './with-redis.js';

type Row = readonly [key: string | null, value: unknown, ttlSeconds?: number];

const testOnServer = testsWithRedis();

interface Place {
  readonly log: Log;
  readonly redis: RedisServer;
  /** The topic, whose name no other test has. */
  readonly topic: string;
}

function testWithRedis(title: string, body: (t: ExecutionContext, place: Place) => Promise<void>): void {
  testOnServer(title, async (t, log, redis) => {
    const topic = `rows-${randomBytes(6).toString('hex')}`;
    await using admin = log.admin();
    await admin.createTopics([{ name: topic, partitions: 1 }]);
    await body(t, { log, redis, topic });
  });
}

async function fill({ log, topic }: Place, rows: readonly Row[]): Promise<void> {
  await using producer = log.producer();
  const sent = rows.map(([key, value, ttl]) => {
    const headers = ttl === undefined ? [] : [{ key: 'redis.key.ttl', value: Buffer.from(String(ttl)) }];
    const text = value === null || typeof value === 'string' ? value : JSON.stringify(value);
    return producer.send(topic, { key, value: text, headers });
  });
  await Promise.all(sent);
}

function sinkTo(
  { log, redis, topic }: Place,
  config: ConnectorOptions['config'],
  logger: ConnectorOptions['logger'] = quiet,
): Promise<ConnectorHandle> {
  return startConnector(log, {
    name: 'out',
    connector: redisSink,
    logger,
    config: { topics: topic, 'redis.uri': redis.url, 'errors.retry.delay.max.ms': 100, ...config },
  });
}

async function drain(place: Place, config: ConnectorOptions['config']): Promise<void> {
  const sink = await sinkTo(place, config);
  await sink.finish();
}

testWithRedis(
  'strings in record order: the last set or delete of a key wins, a time to live by option and by header',
  async (t, place) => {
    const { client } = place.redis;
    await fill(place, [
      ['a', '1'],
      ['b', '1'],
      ['a', '2'],
      ['b', null],
      ['c', null],
      ['c', '3', 1.5],
      ['a', null],
      ['a', '4'],
      ['d', 'ü"\n'],
    ]);
    await drain(place, { 'redis.type': 'string', 'batch.size': 4 });
    const key = (name: string): string => `${place.topic}:${name}`;
    t.deepEqual(await client.mget(key('a'), key('b'), key('c'), key('d')), ['4', null, '3', 'ü"\n']);
    const left = await client.pttl(key('c'));
    t.true(left > 0 && left <= 1_500);
    t.is(await client.pttl(key('a')), -1);
    await fill(place, [['a', '5']]);
    await drain(place, { 'redis.type': 'string', 'redis.key.ttl': '10m' });
    t.true((await client.pttl(key('a'))) > 500_000);
  },
);

testWithRedis(
  'hashes, sets, sorted sets, lists and streams, with what is taken away by a record without a value',
  async (t, place) => {
    const { client } = place.redis;
    const run = async (type: string, rows: readonly Row[]): Promise<string> => {
      const own: Place = { ...place, topic: `${place.topic}-${type}` };
      await using admin = place.log.admin();
      await admin.createTopics([{ name: own.topic, partitions: 1 }]);
      await fill(own, rows);
      await drain(own, { 'redis.type': type });
      return own.topic;
    };
    const hash = await run('hash', [
      ['u', { name: 'x', deep: { n: 1 }, none: null }],
      ['u', { age: 3 }],
      ['v', { a: 1 }],
      ['v', null],
    ]);
    t.deepEqual(await client.hgetall(`${hash}:u`), { name: 'x', deep: '{"n":1}', age: '3' });
    t.is(await client.exists(`${hash}:v`), 0);
    const set = await run('set', [
      ['m1', 'x'],
      ['m2', 'y'],
      [null, 'm3'],
      ['m1', null],
    ]);
    t.deepEqual(
      (await client.smembers(set)).sort((x, y) => (x < y ? -1 : 1)),
      ['m2', 'm3'],
    );
    const zset = await run('zset', [
      ['p', 2],
      ['q', { score: 2 }],
      ['r', '"7.5"'],
      ['p', 9],
      ['q', null],
    ]);
    t.deepEqual(await client.zrange(zset, '0', '-1', 'WITHSCORES'), ['r', '7.5', 'p', '9']);
    const list = await run('list', [
      [null, 'one'],
      [null, 'two'],
      [null, 'one'],
      [null, 'three'],
      ['one', null],
    ]);
    t.deepEqual(await client.lrange(list, 0, -1), ['two', 'three']);
    const stream = await run('stream', [
      ['k', { a: 1, b: 'x' }],
      ['k', 5],
    ]);
    t.deepEqual(
      (await client.xrange(stream, '-', '+')).map(([, fields]) => fields),
      [
        ['a', '1', 'b', 'x'],
        ['key', 'k', 'value', '5'],
      ],
    );
  },
);

testWithRedis('messages are published in order', async (t, place) => {
  const listener = place.redis.connect();
  const heard: string[] = [];
  listener.on('message', (_channel, message: string) => heard.push(message));
  await listener.subscribe(place.topic);
  await fill(place, [
    [null, 'a'],
    [null, 'b'],
    [null, null],
    [null, 'c'],
  ]);
  await drain(place, { 'redis.type': 'publish' });
  while (heard.length < 3) await place.log.ports.clock.sleep(10);
  listener.disconnect();
  t.deepEqual(heard, ['a', 'b', 'c']);
});

testWithRedis(
  'what cannot be written goes to the dead letters, and the records beside it are written',
  async (t, place) => {
    const { client } = place.redis;
    await client.set(`${place.topic}:taken`, 'a string');
    await fill(place, [
      ['a', { n: 1 }],
      [null, { n: 1 }],
      ['b', 'no object'],
      ['taken', { n: 1 }],
      ['c', { n: 2 }, -1],
      ['d', { n: 3 }],
    ]);
    const dead = `${place.topic}-dead`;
    await drain(place, { 'redis.type': 'hash', 'errors.deadletterqueue.topic.name': dead });
    t.is(await client.hget(`${place.topic}:a`, 'n'), '1');
    t.is(await client.hget(`${place.topic}:d`, 'n'), '3');
    t.is(await client.get(`${place.topic}:taken`), 'a string');
    const causes = (await recordsOf(place.log, dead)).map(
      ({ headers }) => headers['__connect.errors.exception.message']!,
    );
    // Another test cuts all connections of this server: what is written again says once more what was bad in it.
    t.is(new Set(causes).size, 4);
    for (const cause of [/has no key/, /json|JSON/, /holds a string, not a hash/, /redis\.key\.ttl/])
      t.true(
        causes.some(each => cause.test(each)),
        String(cause),
      );
  },
);

testWithRedis(
  'offsets are missed only where this sink has written before: not where all was left out, nor where it wrote at least once',
  async (t, place) => {
    const warnings: string[] = [];
    const logger = { ...quiet, warn: (message: string) => void warnings.push(message) };
    const run = async (config: ConnectorOptions['config']): Promise<void> => {
      const sink = await sinkTo(
        place,
        { 'redis.type': 'hash', 'errors.tolerance': 'all', 'errors.log.enable': false, ...config },
        logger,
      );
      await sink.finish();
    };
    const isMissed = () => warnings.some(warning => warning.includes('holds no offset of this sink'));
    const key = `connect-offsets:out:${place.topic}:0`;
    await fill(place, [['a', 'no json']]);
    await run({});
    t.is(await place.redis.client.get(key), null);
    await fill(place, [['b', { n: 2 }]]);
    await run({ 'exactly.once': false });
    await run({ 'redis.offsets.missing': 'fail' });
    await fill(place, [['c', { n: 3 }]]);
    await run({ 'redis.offsets.missing': 'fail' });
    t.is(await place.redis.client.get(key), '3');
    await fill(place, [['d', 'no json']]);
    await run({ 'redis.offsets.missing': 'fail' });
    t.false(isMissed());
    await place.redis.client.del(key);
    await t.throwsAsync(run({ 'redis.offsets.missing': 'fail' }), { message: /holds no offset of this sink/ });
    await run({});
    t.true(isMissed());
  },
);

testWithRedis('connections that are cut again and again: a list has each record once, in order', async (t, place) => {
  const sink = await sinkTo(place, { 'redis.type': 'list', 'batch.size': 3 });
  let written = 0;
  for (let round = 0; round < 12; round++) {
    await fill(
      place,
      Array.from({ length: 30 }, (): Row => [null, String(written++)]),
    );
    await place.redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await place.log.ports.clock.sleep(10);
  }
  await sink.finish();
  t.deepEqual(
    await place.redis.client.lrange(place.topic, 0, -1),
    Array.from({ length: written }, (_, at) => String(at)),
  );
});

testWithRedis('what cannot be meant is refused', async (t, place) => {
  const refused = async (config: ConnectorOptions['config'], message: RegExp): Promise<void> => {
    await t.throwsAsync(sinkTo(place, config), { message });
  };
  await refused({ 'redis.type': 'strin' }, /must be one of string, hash/);
  await refused(
    { 'redis.type': 'string', 'redis.uri': 'http://root:verysecret@x' },
    /^(?!.*verysecret).*redis\.uri: must read redis:/s,
  );
  await refused({ 'redis.type': 'publish', 'redis.key.ttl': '1s' }, /no key that could expire/);
  await refused({ 'redis.type': 'string', 'redis.keyspac': 'x' }, /redis\.keyspace/);
});
