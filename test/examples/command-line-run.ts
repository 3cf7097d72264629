// What the tests of the examples with pipelines share: the example in a folder of its own, real servers, and the command line for everything.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { millrace, type Outcome, testFolder } from '../cli/run-millrace.js';
import { startPostgres, type TestDatabase } from '../connectors/postgres/postgres-server.js';
import { type RedisServer, startRedis } from '../connectors/redis/redis-server.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Servers {
  readonly postgres: Awaited<ReturnType<typeof startPostgres>>;
  readonly redis: RedisServer;
  stop(): Promise<void>;
}

/** Rejects with what is missing. */
export async function startServers(): Promise<Servers> {
  const [postgres, redis] = await Promise.allSettled([startPostgres(), startRedis()]);
  const stop = async (): Promise<void> => {
    if (postgres.status === 'fulfilled') await postgres.value.stop();
    if (redis.status === 'fulfilled') await redis.value.stop();
  };
  if (postgres.status === 'fulfilled' && redis.status === 'fulfilled')
    return { postgres: postgres.value, redis: redis.value, stop };
  await stop();
  const reasons = Object.entries({ PostgreSQL: postgres, Redis: redis })
    .filter(([, { status }]) => status === 'rejected')
    .map(([name, result]) => `${name} (${String((result as PromiseRejectedResult).reason)})`);
  throw new Error(reasons.join(', '));
}

/** An example, its database, and what its commands are told by the environment. */
export class CommandLineRun {
  readonly database: TestDatabase;
  readonly #t: ExecutionContext;
  readonly #cwd: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(t: ExecutionContext, cwd: string, database: TestDatabase, env: Readonly<Record<string, string>>) {
    this.#t = t;
    this.#cwd = cwd;
    this.database = database;
    this.#env = env;
  }

  static async of(t: ExecutionContext, example: string, { postgres, redis }: Servers): Promise<CommandLineRun> {
    const database = await postgres.database();
    t.teardown(() => database.close());
    // Applications lie inside dist/, so that `millrace` is this package.
    const cwd = testFolder(t);
    const here = join(root, 'examples', example);
    const inside = join(root, 'dist/examples', example);
    mkdirSync(inside, { recursive: true });
    for (const name of readdirSync(here)) {
      copyFileSync(join(here, name), join(cwd, name));
      if (name.endsWith('.mjs')) copyFileSync(join(here, name), join(inside, name));
    }
    return new CommandLineRun(t, cwd, database, { POSTGRES_URL: database.url, REDIS_URL: redis.url });
  }

  file(name: string): string {
    return join(this.#cwd, name);
  }

  /** `millrace ...args`, which has to end well. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const outcome = await millrace(args, { cwd: this.#cwd, env: { ...this.#env, ...env } });
    this.#t.is(outcome.code, 0, `${args.join(' ')}\n${outcome.stderr.slice(-2_000)}`);
    return outcome;
  }

  async application(example: string, name: string): Promise<void> {
    await this.run(['run', join(root, 'dist/examples', example, name), '--finish']);
  }

  /** Loads a text into a table by COPY, beside everything of ours. */
  async copy(table: string, text: string, options: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.database.url });
    await client.connect();
    try {
      await pipeline([text], client.query(copyFrom(`COPY ${table} FROM STDIN WITH (${options})`)));
    } finally {
      await client.end();
    }
  }

  /** The texts of the files of a sink, in the order of their names. */
  texts(folder: string): readonly string[] {
    return this.files(folder).map(bytes => String(bytes));
  }

  /** Unpacked. */
  files(folder: string): readonly Buffer[] {
    const directory = this.file(folder);
    if (!existsSync(directory)) return [];
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter(name => /\+\d+\.(jsonl|csv|parquet)(\.gz)?$/.test(name))
      .toSorted()
      .map(name => {
        const bytes = readFileSync(join(directory, name));
        return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
      });
  }

  /** The values of JSON Lines. */
  values<T>(folder: string): T[] {
    return this.texts(folder).flatMap(text =>
      text
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as T),
    );
  }
}

/** All of it under MILLRACE_SOAK=full, else every `nth` block of a hundred: neighbours stay together, and it is of all times. */
export function sampled<T>(items: readonly T[], nth: number): readonly T[] {
  if (process.env['MILLRACE_SOAK'] === 'full') return items;
  return items.filter((_, at) => Math.floor(at / 100) % nth === 0);
}

/** The last word on each, by what it is called. */
export function latest<T>(updates: readonly T[], nameOf: (update: T) => string): T[] {
  return [...new Map(updates.map(update => [nameOf(update), update] as const)).entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, update]) => update);
}
