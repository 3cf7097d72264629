// Tests of the Redis connectors: each has a log of its own, all of a file one server. Where none can be had they say so.

import test, { type ExecutionContext } from 'ava';
import { type Log, openLog } from '../../../core/index.js';
import { type RedisServer, startRedis } from './redis-server.js';

type Body = (t: ExecutionContext, log: Log, redis: RedisServer) => Promise<void>;

/** Starts a server for the tests of this file; what is returned declares one of them. */
export function testsWithRedis(timeoutMs?: number): (title: string, body: Body) => void {
  let server: RedisServer | undefined;
  let why = '';
  test.before(async () => {
    server = await startRedis().catch((error: Error) => {
      why = error.message;
      return undefined;
    });
  });
  test.after.always(() => server?.stop());
  return (title, body) =>
    test(title, async t => {
      if (timeoutMs !== undefined) t.timeout(timeoutMs);
      if (server === undefined) {
        t.log(`left out: redis-server (${why})`);
        t.pass();
        return;
      }
      await using log = await openLog('memory:');
      await body(t, log, server);
    });
}
