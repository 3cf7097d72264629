// What a task does whose user or password Redis does not take: at the start it fails at once, later it waits for a while for a change of passwords to end.

import type { ExecutionContext } from 'ava';
import { type ConnectorHandle, startConnector } from '../../../connect/index.js';
import { redisSink, redisSource } from '../../../connectors/redis/index.js';
import { type Log, openLog } from '../../../core/index.js';
import { quiet } from '../../connect/quiet.js';
import type { RedisServer } from './redis-server.js';
import { testWithOwnRedis } from './with-redis.js';

function testOfPasswords(
  title: string,
  body: (t: ExecutionContext, place: { readonly log: Log; readonly server: RedisServer }) => Promise<void>,
): void {
  testWithOwnRedis(title, { timeoutMs: 120_000 }, async (t, server) => {
    if (process.env['MILLRACE_REDIS_URL'] !== undefined) {
      t.log('left out: passwords of a Redis that was given');
      t.pass();
      return;
    }
    await using log = await openLog('memory:');
    await using admin = log.admin();
    await admin.createTopics([{ name: 'rows', partitions: 1 }]);
    await body(t, { log, server });
  });
}

const sinkConfig = { 'redis.type': 'list', 'redis.keyspace': 'rows', topics: 'rows', 'errors.retry.delay.max.ms': 50 };

testOfPasswords(
  'a sink and a source with a wrong password fail at the start, and say what to mend',
  async (t, { log, server }) => {
    await server.client.config('SET', 'requirepass', 'the right one');
    const uri = server.url.replace('redis://', 'redis://default:canary@');
    const source = { 'redis.type': 'list', 'redis.list.name': 'in', topic: 'rows' };
    const starts = [
      () =>
        startConnector(log, {
          name: 'a',
          connector: redisSink,
          logger: quiet,
          config: { ...sinkConfig, 'redis.uri': uri },
        }),
      () =>
        startConnector(log, {
          name: 'b',
          connector: redisSink,
          logger: quiet,
          config: { ...sinkConfig, 'redis.uri': server.url },
        }),
      () =>
        startConnector(log, {
          name: 'c',
          connector: redisSource,
          logger: quiet,
          config: { ...source, 'redis.uri': uri },
        }),
    ];
    for (const start of starts) {
      const error = await failureOf(start);
      t.regex(error.message, /WRONGPASS|NOAUTH/);
      t.regex(error.message, /mend redis.username and redis.password/);
      t.notRegex(error.message, /canary/);
    }
  },
);

testOfPasswords(
  'a sink that runs waits so long for its password to be taken again, then it fails',
  async (t, { log, server }) => {
    const config = { ...sinkConfig, 'redis.uri': server.url, 'redis.auth.retry.timeout.ms': 1_500 };
    const handle = await startConnector(log, { name: 'a', connector: redisSink, logger: quiet, config });
    await using producer = log.producer();
    await producer.send('rows', { value: 'one' });
    while ((await server.client.llen('rows')) < 1) await log.ports.clock.sleep(10);
    await server.client.config('SET', 'requirepass', 'another');
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    const from = log.ports.clock.monotonic();
    await producer.send('rows', { value: 'two' });
    const error = await t.throwsAsync(handle.done);
    t.regex(error.message, /NOAUTH.*mend redis.username and redis.password/s);
    t.true(log.ports.clock.monotonic() - from >= 1_500);
    t.is(handle.status().tasks[0]!.state, 'FAILED');
    // Mended, it goes on where it was.
    await server.client.config('SET', 'requirepass', '');
    const next = await startConnector(log, { name: 'a', connector: redisSink, logger: quiet, config });
    await next.finish();
    t.deepEqual(await server.client.lrange('rows', 0, -1), ['one', 'two']);
  },
);

/** Of a connector that fails while it starts, or as soon as it runs. */
async function failureOf(start: () => Promise<ConnectorHandle>): Promise<Error> {
  try {
    const handle = await start();
    await handle.done;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it has not failed');
}
