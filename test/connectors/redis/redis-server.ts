// A real Redis for tests: the one in MILLRACE_REDIS_URL, else a redis-server of the PATH, started here and gone with the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePorts } from '../../../scripts/kafka/free-ports.js';

export interface RedisServer {
  readonly url: string;
  readonly client: Redis;
  /** Another connection of one's own. */
  connect(): Redis;
  /** Only of one that was started here; undefined of one that was given. */
  readonly process: ChildProcess | undefined;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Rejects where no Redis can be had, with the reason. */
export async function startRedis(flags: readonly string[] = []): Promise<RedisServer> {
  const given = process.env['MILLRACE_REDIS_URL'];
  const directory = mkdtempSync(join(tmpdir(), 'millrace-redis-'));
  const port = await freePorts(1);
  const url = given ?? `redis://127.0.0.1:${port}`;
  const launch = async (): Promise<ChildProcess | undefined> => {
    if (given !== undefined) return undefined;
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      '--appendonly',
      'yes',
      '--save',
      '',
      ...flags,
    ];
    const child = spawn('redis-server', args, { stdio: 'ignore' });
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error as Error))]);
    return child;
  };
  let child = await launch();
  const connect = (): Redis => {
    const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: 200 });
    client.on('error', () => undefined);
    return client;
  };
  const client = connect();
  await client.ping();
  return {
    url,
    client,
    connect,
    get process() {
      return child;
    },
    async restart() {
      child = await launch();
    },
    async stop() {
      client.disconnect();
      child?.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
