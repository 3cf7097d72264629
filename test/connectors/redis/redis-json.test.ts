// JSON documents in a server that knows them: where MILLRACE_REDIS_URL has RedisJSON, or MILLRACE_REDIS_JSON names its module (`rejson.so`).

import { existsSync } from 'node:fs';
import { startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import { openLog } from '../../../core/index.js';
import { quiet } from '../../connect/quiet.js';
import { testWithOwnRedis } from './with-redis.js';

const usual = [
  '/opt/redis-stack/lib/rejson.so',
  '/usr/lib/redis/modules/rejson.so',
  '/usr/local/lib/redis/modules/rejson.so',
];

const module = process.env['MILLRACE_REDIS_JSON'] ?? usual.find(path => existsSync(path));
const flags = module === undefined ? [] : ['--loadmodule', module];

testWithOwnRedis(
  'a server with RedisJSON holds documents, and a record without a value takes one away',
  { timeoutMs: 120_000, flags },
  async (t, { url, client }) => {
    const [known] = (await client.call('COMMAND', 'INFO', 'JSON.SET')) as readonly unknown[];
    if (known === null || known === undefined) {
      t.log('left out: RedisJSON (set MILLRACE_REDIS_JSON to rejson.so)');
      t.pass();
      return;
    }
    await using log = await openLog('memory:');
    await using admin = log.admin();
    await admin.createTopics([{ name: 'documents', partitions: 1 }]);
    await using producer = log.producer();
    await producer.send('documents', { key: 'a', value: '{"n":1,"deep":{"list":[1,2]}}' });
    await producer.send('documents', { key: 'b', value: '{"n":2}' });
    await producer.send('documents', { key: 'b', value: null });
    const config = { topics: 'documents', 'redis.uri': url, 'redis.type': 'json' };
    const sink = await startConnector(log, { name: 'out', connector: redisSink, logger: quiet, config });
    await sink.finish();
    t.is(await client.type('documents:a'), 'ReJSON-RL');
    t.deepEqual(JSON.parse((await client.call('JSON.GET', 'documents:a', '$.deep.list')) as string), [[1, 2]]);
    t.is(await client.exists('documents:b'), 0);
  },
);
