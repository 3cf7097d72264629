// JSON documents in a server that knows them: where MILLRACE_REDIS_URL has RedisJSON, or MILLRACE_REDIS_JSON names its module (`rejson.so`).

import { existsSync } from 'node:fs';
import test from 'ava';
import { startConnector } from '../../../connect/index.js';
import { redisSink } from '../../../connectors/redis/index.js';
import { openLog } from '../../../core/index.js';
import { quiet } from '../../connect/quiet.js';
import { startRedis } from './redis-server.js';

const usual = [
  '/opt/redis-stack/lib/rejson.so',
  '/usr/lib/redis/modules/rejson.so',
  '/usr/local/lib/redis/modules/rejson.so',
];

test('a server with RedisJSON holds documents, and a record without a value takes one away', async t => {
  t.timeout(120_000);
  const module = process.env['MILLRACE_REDIS_JSON'] ?? usual.find(path => existsSync(path));
  const flags = module === undefined ? [] : ['--loadmodule', module];
  const server = await startRedis(flags).catch(
    (error: Error) => void t.log(`left out: redis-server (${error.message})`),
  );
  if (server === undefined) {
    t.pass();
    return;
  }
  try {
    const [known] = (await server.client.call('COMMAND', 'INFO', 'JSON.SET')) as readonly unknown[];
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
    const config = { topics: 'documents', 'redis.uri': server.url, 'redis.type': 'json' };
    const sink = await startConnector(log, { name: 'out', connector: redisSink, logger: quiet, config });
    await sink.finish();
    t.is(await server.client.type('documents:a'), 'ReJSON-RL');
    t.deepEqual(JSON.parse((await server.client.call('JSON.GET', 'documents:a', '$.deep.list')) as string), [[1, 2]]);
    t.is(await server.client.exists('documents:b'), 0);
  } finally {
    await server.stop();
  }
});
