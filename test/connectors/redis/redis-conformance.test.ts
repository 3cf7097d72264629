// The suite that every connector passes, over the ways in which the Redis source and sink can be used.

import { randomBytes } from 'node:crypto';
import test from 'ava';
import { connectorSuite, type SinkUnderTest, type SourceUnderTest } from '../../../connect/conformance/index.js';
import { redisSink, redisSource } from '../../../connectors/redis/index.js';
import { RedisProxy } from './redis-proxy.js';
import type { RedisServer } from './redis-server.js';
import { redisOfFile } from './with-redis.js';

const redis = redisOfFile(['--notify-keyspace-events', 'KA']);

/** What all places share: names of their own, behind a proxy of their own. */
async function place() {
  const { url, client } = redis.require();
  const proxy = await RedisProxy.start(url);
  return {
    name: `t${randomBytes(6).toString('hex')}`,
    client,
    config: { 'redis.uri': proxy.url },
    breakPeer: async () => proxy.refuse(),
    stallPeer: async () => proxy.stall(),
    mendPeer: async () => proxy.pass(),
    close: () => proxy.close(),
  };
}

const batchSize = 7;
const sourceOptions = { 'batch.size': batchSize, 'redis.block.ms': 20 };
const wrong = [{ config: { 'redis.uri': 'http://elsewhere' }, names: /redis\.uri/ }];

function streamSource(more: Record<string, unknown>): SourceUnderTest {
  return {
    connector: redisSource,
    pollRecordsMax: batchSize,
    wrong: [...wrong, { config: { 'redis.stream.name': '' }, names: /redis\.stream\.name/ }],
    async place() {
      const { name, client, config, ...rest } = await place();
      const add = async (field: string, values: readonly (string | Buffer)[]): Promise<void> => {
        const adding = client.pipeline();
        for (const value of values) adding.xadd(name, '*', field, value);
        await adding.exec();
      };
      return {
        ...rest,
        config: {
          ...config,
          ...sourceOptions,
          'redis.type': 'stream',
          'redis.stream.name': name,
          'redis.stream.body.field': 'body',
          ...more,
        },
        put: values => add('body', values),
        putBad: () => add('other', ['x']),
      };
    },
  };
}

function listSource(more: Record<string, unknown>): SourceUnderTest {
  return {
    connector: redisSource,
    pollRecordsMax: batchSize,
    wrong: [...wrong, { config: { 'redis.list.name': undefined }, names: /redis\.list\.name/ }],
    async place() {
      const { name, client, config, ...rest } = await place();
      return {
        ...rest,
        config: { ...config, ...sourceOptions, 'redis.type': 'list', 'redis.list.name': name, ...more },
        put: async values => void (await client.rpush(name, ...values)),
        putBad: async () => void (await client.rpush(name, Buffer.from([0xff, 0xfe]))),
        untaken: () => client.llen(name),
      };
    },
  };
}

const pubsubSource: SourceUnderTest = {
  connector: redisSource,
  delivery: 'at-most-once',
  pollRecordsMax: batchSize,
  wrong,
  async place() {
    const { name, client, config, ...rest } = await place();
    return {
      ...rest,
      config: { ...config, ...sourceOptions, 'redis.type': 'pubsub', 'redis.channels': name },
      async put(values) {
        // The other side has a subscriber as soon as the task runs; while it is away there is none to wait for.
        const adding = client.pipeline();
        for (const value of values) adding.publish(name, value);
        await adding.exec();
      },
    };
  },
};

/** Each value is a key of its own. */
function keysSource(type: 'keys' | 'scan'): SourceUnderTest {
  return {
    connector: redisSource,
    isUnordered: true,
    repeats: true,
    isBounded: type === 'scan',
    ...(type === 'keys' && { pollRecordsMax: batchSize }),
    textOf: ({ value }) => (value as { value: string }).value,
    wrong,
    async place() {
      const { name, client, config, ...rest } = await place();
      let count = 0;
      const set = async (values: readonly (string | Buffer)[]): Promise<void> => {
        const adding = client.pipeline();
        for (const value of values) adding.set(`${name}:${count++}`, value);
        await adding.exec();
      };
      return {
        ...rest,
        config: { ...config, ...sourceOptions, 'redis.type': type, 'redis.keys.pattern': `${name}:*` },
        put: set,
        putBad: () => set([Buffer.from([0xff, 0xfe])]),
      };
    },
  };
}

const sinks: Record<string, SinkUnderTest> = {
  string: keyed('string', async (client, key) => client.get(key)),
  hash: keyed('hash', async (client, key) => client.hgetall(key)),
  'list at least once': atLeastOnce(appending('list', async (client, key) => client.lrange(key, 0, -1))),
  list: appending('list', async (client, key) => client.lrange(key, 0, -1)),
  stream: appending('stream', async (client, key) =>
    (await client.xrange(key, '-', '+')).map(([, fields]) => fields[fields.indexOf('value') + 1]!),
  ),
};

type Client = RedisServer['client'];

const sinkOptions = (type: string, name: string) => ({
  'redis.type': type,
  'redis.keyspace': name,
  'redis.offsets.key': `offsets:${name}`,
  'batch.size': 5,
});

function keyed(type: string, read: (client: Client, key: string) => Promise<unknown>): SinkUnderTest {
  return {
    connector: redisSink,
    keeps: 'last-of-key',
    guarantee: 'exactly-once',
    tombstones: 'delete',
    bad: { key: null, value: 'a value without a key' },
    value: n => (type === 'hash' ? { last: `größe ${n}` } : `größe ${n}`),
    wrong: [...wrong, { config: { 'redis.type': undefined }, names: /redis\.type/ }],
    async place() {
      const { name, client, config, ...rest } = await place();
      return {
        ...rest,
        config: { ...config, ...sinkOptions(type, name) },
        async content() {
          const keys = await client.keys(`${name}:*`);
          return Promise.all(
            keys.map(async key => ({ key: key.slice(name.length + 1), value: await read(client, key) })),
          );
        },
      };
    },
  };
}

/** Without offsets in Redis. */
function atLeastOnce(sink: SinkUnderTest): SinkUnderTest {
  const place = async () => {
    const made = await sink.place();
    return { ...made, config: { ...made.config, 'exactly.once': false } };
  };
  return { ...sink, guarantee: 'at-least-once', place };
}

function appending(type: string, read: (client: Client, key: string) => Promise<readonly string[]>): SinkUnderTest {
  return {
    connector: redisSink,
    keeps: 'every-record',
    guarantee: 'exactly-once',
    // A list takes away elements that are equal to the key, of which there are none.
    tombstones: type === 'list' ? 'ignore' : 'reject',
    value: n => `größe ${n}`,
    wrong,
    async place() {
      const { name, client, config, ...rest } = await place();
      return {
        ...rest,
        config: { ...config, ...sinkOptions(type, name) },
        content: async () => (await read(client, name)).map(value => ({ value })),
      };
    },
  };
}

const sources: Record<string, SourceUnderTest> = {
  'stream by group': streamSource({}),
  'stream by offsets': streamSource({ 'redis.stream.position': 'offsets' }),
  'stream at most once': { ...streamSource({ 'redis.delivery': 'at-most-once' }), delivery: 'at-most-once' },
  list: listSource({}),
  'list at most once': { ...listSource({ 'redis.delivery': 'at-most-once' }), delivery: 'at-most-once' },
  pubsub: pubsubSource,
  keys: keysSource('keys'),
  scan: keysSource('scan'),
};

const cases = [
  ...Object.entries(sources).flatMap(([name, source]) => connectorSuite({ name: `redis-source, ${name}`, source })),
  ...Object.entries(sinks).flatMap(([name, sink]) => connectorSuite({ name: `redis-sink, ${name}`, sink })),
];
for (const each of cases) {
  test(each.title, async t => {
    if (redis.for(t) === undefined) return;
    const { leftOut } = await each.run();
    if (leftOut !== undefined) t.log(`left out: ${leftOut}`);
    t.pass();
  });
}
