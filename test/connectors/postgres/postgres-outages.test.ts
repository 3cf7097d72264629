// The database stops, refuses, runs out of disk or answers slowly. Both connectors try again by themselves, say so meanwhile, lose nothing, write
// nothing twice and keep no more than they were given.

import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { type ConnectorHandle, type ConnectorOptions, startConnector } from '../../../connect/index.js';
import { postgresSink, postgresSource } from '../../../connectors/postgres/index.js';
import { type Log, openLog, string, topic } from '../../../core/index.js';
import { recordsOf } from '../../connect/places.js';
import { serverOfTest } from '../server-of-test.js';
import { FaultyProxy } from './faulty-proxy.js';
import { type OwnServer, startOwnPostgres, type TestDatabase } from './postgres-server.js';
import { testsWithDatabase } from './with-database.js';

const testWithDatabase = testsWithDatabase();
const events = topic('events', { key: string, value: string });

interface Heard {
  readonly logger: NonNullable<ConnectorOptions['logger']>;
  readonly warnings: string[];
}

function listening(): Heard {
  const warnings: string[] = [];
  const take = (message: string): void => void warnings.push(message);
  return { warnings, logger: { debug: () => {}, info: () => {}, warn: take, error: take } };
}

async function until(log: Log, what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = log.ports.clock.monotonic() + 100_000;
  while (!(await condition())) {
    if (log.ports.clock.monotonic() > endMs) throw new Error(`waited in vain until ${what}`);
    await log.ports.clock.sleep(20);
  }
}

const soon = { 'restart.backoff.ms': 50, 'restart.backoff.max.ms': 200, 'errors.retry.delay.max.ms': 200 };

interface Both {
  readonly sink: ConnectorHandle;
  readonly source: ConnectorHandle;
  readonly heard: Heard;
  /** Sends numbers on, and waits until they have come through both. */
  pass(from: number, to: number): Promise<void>;
  send(from: number, to: number): Promise<void>;
  arrived(to: number): Promise<void>;
}

/** events (topic) -> events (table) -> copies-events (topic). */
async function both(log: Log, database: TestDatabase, url: string, more: object = {}): Promise<Both> {
  await database.query('CREATE TABLE events (n int PRIMARY KEY)');
  return await started(log, url, more);
}

async function started(log: Log, url: string, more: object = {}): Promise<Both> {
  await log.admin().createTopics([
    { name: 'events', partitions: 1 },
    { name: 'copies-events', partitions: 1 },
  ]);
  const heard = listening();
  const shared = { 'connection.url': url, 'connection.timeout.ms': 5_000, ...soon, ...more };
  const sink = await startConnector(log, {
    name: 'sink',
    connector: postgresSink,
    logger: heard.logger,
    config: { topics: 'events', 'batch.size': 50, ...shared },
  });
  const source = await startConnector(log, {
    name: 'source',
    connector: postgresSource,
    logger: heard.logger,
    config: {
      mode: 'incrementing',
      'table.include.list': 'events',
      'topic.prefix': 'copies-',
      'poll.interval.ms': 20,
      'batch.max.rows': 50,
      ...shared,
    },
  });
  const producer = log.producer();
  const send = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n++) void producer.send(events, { key: null, value: JSON.stringify({ n }) });
    await producer.flush();
  };
  const arrived = (to: number): Promise<void> =>
    until(log, `${to} have come through`, async () => {
      const found = await recordsOf(log, 'copies-events');
      return new Set(found.map(({ value }) => value)).size >= to;
    });
  return {
    sink,
    source,
    heard,
    send,
    arrived,
    async pass(from, to) {
      await send(from, to);
      await arrived(to);
    },
  };
}

/** The primary key of the table has let nothing in twice; nothing is missing either. */
async function assertAll(database: TestDatabase, log: Log, count: number): Promise<void> {
  const rows = (await database.query('SELECT n FROM events ORDER BY n')).map(row => row['n']);
  const wanted = Array.from({ length: count }, (_, n) => n);
  if (JSON.stringify(rows) !== JSON.stringify(wanted)) throw new Error(`the table holds ${JSON.stringify(rows)}`);
  const copies = (await recordsOf(log, 'copies-events')).map(({ value }) => (JSON.parse(value!) as { n: number }).n);
  const distinct = [...new Set(copies)].sort((a, b) => a - b);
  if (JSON.stringify(distinct) !== JSON.stringify(wanted))
    throw new Error(`the topic holds ${JSON.stringify(distinct)}`);
}

/** Each of them says that it is in trouble, in its status and in the log. */
function isTroubled({ sink, source, heard }: Both): boolean {
  const traces = [sink, source].map(each => each.status().tasks[0]!.trace);
  return traces.every(trace => trace !== undefined) && heard.warnings.length > 0;
}

testWithDatabase('a database that goes away, and comes back', async (t, log, database) => {
  const proxy = new FaultyProxy(new URL(database.url));
  t.teardown(() => proxy.close());
  const run = await both(log, database, await proxy.url());
  await run.pass(0, 100);
  proxy.mode = 'refuse';
  proxy.cut();
  await run.send(100, 300);
  await until(log, 'both say so', () => isTroubled(run));
  const [taken, warned] = [run.sink.progress().records, run.heard.warnings.length];
  await run.send(300, 3_000);
  await until(log, 'both have tried on', () => run.heard.warnings.length > warned + 6);
  t.is(run.sink.progress().records, taken, 'the sink takes no more than it was given');
  proxy.mode = 'open';
  await run.arrived(3_000);
  await until(log, 'nobody complains any more', () => run.sink.status().tasks[0]!.trace === undefined);
  await run.sink.stop();
  await run.source.stop();
  await assertAll(database, log, 3_000);
  proxy.close();
});

testWithDatabase('a database that answers slowly, and then not at all', async (t, log, database) => {
  const proxy = new FaultyProxy(new URL(database.url));
  t.teardown(() => proxy.close());
  const run = await both(log, database, await proxy.url(), { 'query.timeout.ms': 2_000 });
  await run.pass(0, 100);
  proxy.delayMs = 30;
  await run.pass(100, 200);
  proxy.delayMs = 0;
  proxy.mode = 'stall';
  await run.send(200, 400);
  await until(log, 'both say so', () => isTroubled(run));
  proxy.mode = 'open';
  await run.arrived(400);
  await run.sink.stop();
  await run.source.stop();
  await assertAll(database, log, 400);
  proxy.close();
  t.pass();
});

testWithDatabase('a password that is wrong for a time, and a server with no place left', async (t, log, database) => {
  const role = `${new URL(database.url).pathname.slice(1)}_user`;
  await database.query(`DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'first'`);
  const proxy = new FaultyProxy(new URL(database.url));
  t.teardown(() => proxy.close());
  const own = { 'connection.user': role, 'connection.password': 'first' };
  const run = await both(log, database, await proxy.url(), own);
  await run.pass(0, 50);
  await database.query(`ALTER ROLE ${role} PASSWORD 'second'`);
  proxy.cut();
  await run.send(50, 100);
  await until(log, 'both say so', () => isTroubled(run));
  await until(log, 'they name it', () => /password authentication failed/.test(run.heard.warnings.join('\n')));
  t.notRegex(run.heard.warnings.join('\n'), /first/);
  await database.query(`ALTER ROLE ${role} PASSWORD 'first'`);
  await run.arrived(100);

  await database.query(
    `ALTER ROLE ${role} NOSUPERUSER; GRANT ALL ON SCHEMA public TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}; ALTER ROLE ${role} CONNECTION LIMIT 0`,
  );
  proxy.cut();
  await run.send(100, 150);
  await until(log, 'they name it', () => /too many connections for role/.test(run.heard.warnings.join('\n')));
  await database.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
  await run.arrived(150);
  await run.sink.stop();
  await run.source.stop();
  await assertAll(database, log, 150);
  proxy.close();
  await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
});

interface Own {
  readonly server: OwnServer;
  /** One connection to it. */
  readonly database: TestDatabase;
}

/** With a server that the test may stop. Says so where there is none. */
function testWithOwnServer(title: string, body: (t: ExecutionContext, log: Log, own: Own) => Promise<void>): void {
  test(title, async t => {
    t.timeout(300_000);
    const server = await serverOfTest(t, 'PostgreSQL', startOwnPostgres);
    if (server === undefined) return;
    await using log = await openLog('memory:');
    const database = await server.database();
    await body(t, log, { server, database });
    await database.close();
  });
}

testWithOwnServer(
  'a server that is shut down, and one that is killed, and started again',
  async (t, log, { server, database }) => {
    const run = await both(log, database, database.url);
    await run.pass(0, 100);
    let sent = 100;
    for (const how of ['fast', 'killed', 'killed'] as const) {
      // In the middle of the work.
      await run.send(sent, sent + 1_000);
      await server.down(how);
      await until(log, 'both say so', () => isTroubled(run));
      const taken = run.sink.progress().records;
      await run.send(sent + 1_000, sent + 3_000);
      const warned = run.heard.warnings.length;
      await until(log, 'both have tried on', () => run.heard.warnings.length > warned + 6);
      t.true(run.sink.progress().records - taken <= 1_000, 'the sink takes no more while it is in trouble');
      await server.up();
      sent += 3_000;
      await run.arrived(sent);
      await until(log, 'nobody complains any more', () =>
        [run.sink, run.source].every(each => each.status().tasks[0]!.trace === undefined),
      );
    }
    await run.sink.stop();
    await run.source.stop();
    await assertAll(database, log, sent);
  },
);

testWithOwnServer(
  'a server that lets nobody in while it waits for its last connection to end (57P03), and is started again',
  async (t, log, { server, database }) => {
    const run = await both(log, database, database.url);
    await run.pass(0, 100);
    // The connection of this test keeps it in that state, for as long as it takes.
    const left = server.leaving();
    await until(log, 'nobody is let in', () =>
      server.database().then(
        async other => {
          await other.close();
          return false;
        },
        (error: Error) => /shutting down/.test(error.message),
      ),
    );
    const others = "pid <> pg_backend_pid() AND backend_type = 'client backend'";
    await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`);
    await run.send(100, 300);
    await until(log, 'both have been refused', () => {
      const refused = run.heard.warnings.filter(warning => /database system is shutting down/.test(warning));
      return isTroubled(run) && refused.length > 6;
    });
    const states = [run.sink, run.source].map(each => each.status().state);
    t.false(states.includes('FAILED'), states.join());
    await database.close();
    await left;
    await server.up();
    await run.arrived(300);
    await until(log, 'nobody complains any more', () =>
      [run.sink, run.source].every(each => each.status().tasks[0]!.trace === undefined),
    );
    await run.sink.stop();
    await run.source.stop();
    await assertAll(database, log, 300);
  },
);

testWithOwnServer('a disk that is really full', async (t, log, { database }) => {
  const place = await mkdtemp(join(tmpdir(), 'millrace-small-disk-'));
  const run = promisify(execFile);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', place]);
  } catch (error) {
    t.log(`left out: a small disk (${(error as Error).message.trim()})`);
    await rmdir(place);
    t.pass();
    return;
  }
  t.teardown(async () => {
    await run('umount', ['-l', place]).catch(() => undefined);
    await rmdir(place).catch(() => undefined);
  });
  const [{ data_directory }] = (await database.query('SHOW data_directory')) as [{ data_directory: string }];
  const { uid, gid } = await stat(data_directory);
  await chown(place, uid, gid);
  await database.query(`CREATE TABLESPACE small LOCATION '${place}'`);
  await database.query('CREATE TABLE events (n int PRIMARY KEY USING INDEX TABLESPACE small) TABLESPACE small');
  const both = await started(log, database.url);
  await both.pass(0, 100);
  await writeFile(join(place, 'balloon'), Buffer.alloc(8 * 1024 * 1024)).catch(() => undefined);
  await both.send(100, 5_000);
  await until(log, 'it says so', () =>
    /No space left on device.*53100/s.test(both.sink.status().tasks[0]!.trace ?? ''),
  );
  const warned = both.heard.warnings.length;
  await until(log, 'it has tried often', () => both.heard.warnings.length > warned + 5);
  await rm(join(place, 'balloon'));
  await both.arrived(5_000);
  await both.sink.stop();
  await both.source.stop();
  await assertAll(database, log, 5_000);
  await database.query('DROP TABLE events; DROP TABLESPACE small').catch(() => undefined);
  t.pass();
});

testWithDatabase('a disk that is full for a time', async (t, log, database) => {
  const run = await both(log, database, database.url);
  await run.pass(0, 50);
  // No disk is filled here, as that needs one of its own: a trigger answers as the server does then (SQLSTATE 53100).
  await database.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON events EXECUTE FUNCTION full_disk()`);
  await run.send(50, 2_000);
  await until(log, 'it says so', () => /No space left on device.*53100/s.test(run.sink.status().tasks[0]!.trace ?? ''));
  await until(log, 'it has tried often', () => run.heard.warnings.length > 5);
  await database.query('DROP TRIGGER full_disk ON events');
  await run.arrived(2_000);
  await run.sink.stop();
  await run.source.stop();
  await assertAll(database, log, 2_000);
  t.pass();
});
