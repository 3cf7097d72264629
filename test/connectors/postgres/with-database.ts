// Tests of the Postgres connectors: each has a database and a log of its own, all of a file one server. Where none can be had they say so.

import test, { type ExecutionContext } from 'ava';
import { type Log, openLog } from '../../../core/index.js';
import { ServerOfFile } from '../server-of-file.js';
import { type PostgresServer, startPostgres, type TestDatabase } from './postgres-server.js';

type Body = (t: ExecutionContext, log: Log, database: TestDatabase) => Promise<void>;

/** Starts a server for the tests of this file. */
export function postgresOfFile(flags: readonly string[] = []): ServerOfFile<PostgresServer> {
  return new ServerOfFile('PostgreSQL', () => startPostgres(flags));
}

/** Starts a server for the tests of this file; what is returned declares one of them. */
export function testsWithDatabase(
  flags: readonly string[] = [],
  timeoutMs = 120_000,
): (title: string, body: Body) => void {
  const postgres = postgresOfFile(flags);
  return (title, body) =>
    test(title, async t => {
      t.timeout(timeoutMs);
      const server = postgres.for(t);
      if (server === undefined) return;
      const database = await server.database();
      await using log = await openLog('memory:');
      try {
        await body(t, log, database);
      } finally {
        await database.close();
      }
    });
}
