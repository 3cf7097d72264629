// Tests of the Redis connectors: most share the server of their file and have a log of their own; those that stop or fill a server have one of their own. Where
// none can be had they say so.

import test, { type ExecutionContext } from 'ava';
import { type Log, openLog } from '../../../core/index.js';
import { ServerOfFile } from '../server-of-file.js';
import { serverOfTest } from '../server-of-test.js';
import { type RedisServer, startRedis } from './redis-server.js';

/** Starts a server for the tests of this file. */
export function redisOfFile(flags: readonly string[] = []): ServerOfFile<RedisServer> {
  return new ServerOfFile('redis-server', () => startRedis(flags));
}

type Body = (t: ExecutionContext, log: Log, redis: RedisServer) => Promise<void>;

/** Starts a server for the tests of this file; what is returned declares one of them. */
export function testsWithRedis(timeoutMs?: number): (title: string, body: Body) => void {
  const redis = redisOfFile();
  return (title, body) =>
    test(title, async t => {
      if (timeoutMs !== undefined) t.timeout(timeoutMs);
      const server = redis.for(t);
      if (server === undefined) return;
      await using log = await openLog('memory:');
      await body(t, log, server);
    });
}

/** Declares a test with a server of its own, and no log. */
export function testWithOwnRedis(
  title: string,
  options: { readonly timeoutMs: number; readonly flags?: readonly string[] },
  body: (t: ExecutionContext, redis: RedisServer) => Promise<void>,
): void {
  test(title, async t => {
    t.timeout(options.timeoutMs);
    const server = await serverOfTest(t, 'redis-server', () => startRedis(options.flags));
    if (server !== undefined) await body(t, server);
  });
}
