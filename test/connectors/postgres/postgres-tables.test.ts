// Many tables: those that come, go and change while the source runs, those that it cannot read, and what it says of them. And who is not let in at all.

import { type ConnectorHandle, type ConnectorOptions, startConnector } from '../../../connect/index.js';
import { postgresSink, postgresSource } from '../../../connectors/postgres/index.js';
import type { Log } from '../../../core/index.js';
import { recordsOf } from '../../connect/places.js';
import { FaultyProxy } from './faulty-proxy.js';
import type { TestDatabase } from './postgres-server.js';
import { testsWithDatabase } from './with-database.js';

const testWithDatabase = testsWithDatabase();

interface Running {
  readonly source: ConnectorHandle;
  /** Warnings and what is said besides. */
  readonly lines: string[];
  said(words: RegExp): Promise<void>;
  came(topic: string, count: number): Promise<Record<string, unknown>[]>;
}

async function until(
  log: Log,
  what: string | (() => string),
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  const endMs = log.ports.clock.monotonic() + 90_000;
  while (!(await condition())) {
    if (log.ports.clock.monotonic() > endMs)
      throw new Error(`waited in vain until ${typeof what === 'string' ? what : what()}`);
    await log.ports.clock.sleep(20);
  }
}

async function run(log: Log, database: TestDatabase, config: ConnectorOptions['config']): Promise<Running> {
  const lines: string[] = [];
  const take = (line: string): void => void lines.push(line);
  const logger = { debug: () => {}, info: take, warn: take, error: take };
  const often = { 'poll.interval.ms': 20, 'table.poll.interval.ms': 20 };
  const shared = { 'connection.url': database.url, ...often, 'errors.retry.delay.max.ms': 100 };
  const source = await startConnector(log, {
    name: 'many',
    connector: postgresSource,
    logger,
    config: { ...shared, ...config },
  });
  const valuesOf = async (topic: string): Promise<Record<string, unknown>[]> => {
    const topics = await log.admin().listTopics();
    if (!topics.some(({ name }) => name === topic)) return [];
    return (await recordsOf(log, topic)).map(({ value }) => JSON.parse(value!) as Record<string, unknown>);
  };
  return {
    source,
    lines,
    said: words =>
      until(
        log,
        () => `it says ${words}, not only\n${lines.join('\n')}`,
        () => words.test(lines.join('\n')),
      ),
    async came(topic, count) {
      await until(log, `${count} are in ${topic}`, async () => (await valuesOf(topic)).length >= count);
      return await valuesOf(topic);
    },
  };
}

const growing = { mode: 'incrementing', 'incrementing.column.name': 'id' };

testWithDatabase(
  'tables that come, go, change and may not be read: each is told once by its name, the others go on',
  async (t, log, database) => {
    const role = `${new URL(database.url).pathname.slice(1)}_reader`;
    await database.query(
      `DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN PASSWORD 'r'; CREATE SCHEMA shop; CREATE SCHEMA closed; GRANT USAGE ON SCHEMA shop TO ${role}`,
    );
    await database.query(
      `CREATE TABLE a (id serial PRIMARY KEY, n int); CREATE TABLE "B c" (id serial PRIMARY KEY); CREATE TABLE shop.a (id serial PRIMARY KEY);
       CREATE TABLE idless (x int); CREATE TABLE worded (id text PRIMARY KEY); CREATE TABLE dark (id serial); CREATE TABLE closed.x (id serial PRIMARY KEY);
       CREATE TABLE left_out (id serial PRIMARY KEY); CREATE VIEW seen AS SELECT id FROM a;
       GRANT SELECT ON ALL TABLES IN SCHEMA public, shop TO ${role}; REVOKE SELECT ON dark FROM ${role};
       INSERT INTO a (n) VALUES (1), (2); INSERT INTO "B c" DEFAULT VALUES; INSERT INTO shop.a DEFAULT VALUES`,
    );
    const own = { 'connection.user': role, 'connection.password': 'r', 'table.exclude.list': '.*left_out' };
    const { source, lines, said, came } = await run(log, database, { ...growing, ...own });
    await came('a', 3);
    await came('B_c', 1);
    await said(/public\.idless is left out: .* has no column "id"/);
    await said(/public\.worded is left out: .*column "id" of public\.worded is text, which does not grow/);
    await said(/public\.dark is left out: the user may not read public\.dark: GRANT/);
    await said(/closed\.x is left out: the user may not read closed\.x: GRANT/);
    await said(/public\.a and shop\.a go to one topic, a: .* topic\.format/);

    await database.query(`CREATE TABLE later (id serial PRIMARY KEY); GRANT SELECT ON later TO ${role}`);
    await database.query(
      `INSERT INTO later DEFAULT VALUES; GRANT SELECT ON dark TO ${role}; INSERT INTO dark DEFAULT VALUES`,
    );
    await came('later', 1);
    await came('dark', 1);
    await database.query('ALTER TABLE shop.a RENAME TO renamed; INSERT INTO shop.renamed DEFAULT VALUES');
    await said(/shop\.a is (gone|left out)/);
    t.deepEqual(await came('renamed', 2), [{ id: 1 }, { id: 2 }]);
    await database.query(`REVOKE SELECT ON later FROM ${role}; INSERT INTO later DEFAULT VALUES`);
    await said(/public\.later is left out/);
    await database.query(`GRANT SELECT ON later TO ${role}`);
    t.deepEqual(await came('later', 2), [{ id: 1 }, { id: 2 }]);

    // Its old values stay what they were, its new ones are what they are now: nothing becomes null.
    await database.query(`ALTER TABLE a ALTER n TYPE text; INSERT INTO a (n) VALUES ('three')`);
    t.deepEqual((await came('a', 4)).at(-1), { id: 3, n: 'three' });

    await database.query('DROP VIEW seen; DROP TABLE a');
    await said(/public\.a is (gone|left out: relation)/);
    await database.query(`CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a SELECT FROM generate_series(1, 5)`);
    await database.query(`GRANT SELECT ON a TO ${role}`);
    await said(/public\.a is another table .* delete its offset of public\.a/);
    t.deepEqual((await came('a', 6)).slice(4), [{ id: 4 }, { id: 5 }]);

    t.is(source.status().tasks[0]!.state, 'RUNNING');
    t.is(source.status().tasks[0]!.restarts, 0);
    for (const word of ['idless is left out', 'worded is left out', 'go to one topic'])
      t.is(lines.filter(line => line.includes(word)).length, 1, word);
    t.false(lines.some(line => /seen|public\.left_out/.test(line)));
    t.true(lines.filter(line => !line.startsWith('connector many: ')).length === 0, lines.join('\n'));
    await source.stop();
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  },
);

testWithDatabase('each mode reads its tables into topics by their template', async (t, log, database) => {
  for (const mode of ['bulk', 'incrementing', 'timestamp', 'timestamp+incrementing'] as const) {
    const schema = mode.replace('+', '_');
    await database.query(
      `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.one (id serial PRIMARY KEY, at timestamptz DEFAULT now()); CREATE TABLE ${schema}.two (LIKE ${schema}.one INCLUDING ALL);
       INSERT INTO ${schema}.one SELECT FROM generate_series(1, 3); INSERT INTO ${schema}.two VALUES (7, '2024-01-01Z'), (8, NULL)`,
    );
    const { source, lines, came } = await run(log, database, {
      mode,
      ...(mode.startsWith('timestamp') && { 'timestamp.column.name': 'at' }),
      'table.include.list': `${schema}[.].*`,
      'topic.prefix': 'p-',
      'topic.format': `\${prefix}\${schema}.\${table}`,
      'poll.once': true,
    });
    await source.done;
    t.is((await came(`p-${schema}.one`, 3)).length, 3, mode);
    // Without a time of change it is in no round, and that is said.
    const isTimed = mode.startsWith('timestamp');
    t.is((await came(`p-${schema}.two`, 1)).length, isTimed ? 1 : 2, mode);
    t.is(lines.filter(line => /two: rows without a time in at are not read/.test(line)).length, isTimed ? 1 : 0, mode);
  }
});

testWithDatabase(
  'what is asked for by its name and cannot be read is refused at the start, and says why',
  async (t, log, database) => {
    await database.query(
      `CREATE TABLE orders (id serial PRIMARY KEY); CREATE TABLE customers (name text); CREATE VIEW big AS SELECT * FROM orders;
       CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)`,
    );
    const refused = async (config: ConnectorOptions['config'], message: RegExp): Promise<void> => {
      const running = run(log, database, config);
      await t.throwsAsync(
        running.then(each => each.source.done),
        { message },
      );
    };
    const list = (tables: string) => ({ ...growing, 'table.include.list': tables });
    await refused(list('orders,customers'), /public\.customers has no column "id"/);
    await refused(list('big'), /public\.big is a view.*read it with query/);
    await refused(list('public\\.parts_1'), /public\.parts_1 is a part of a partitioned table/);
    await refused(
      { mode: 'incrementing', 'incrementing.column.name': 'idd' },
      /customers.*no column "idd"(.|\n)*orders/,
    );
    await refused({ ...list('orderz'), 'poll.once': true }, /no table is called "orderz" \(there are public\.orders, /);
    await refused({ ...list('x.*'), 'poll.once': true }, /no table matches "x\.\*"/);

    // What a pattern finds is read where it can be; what is missing may come.
    const { source, said, came } = await run(log, database, list('.*'));
    await said(/public\.customers is left out/);
    await database.query('INSERT INTO orders DEFAULT VALUES');
    await came('orders', 1);
    await source.stop();
    const waiting = await run(log, database, { ...list('comes'), 'topic.prefix': 'w-' });
    await waiting.said(/no table is called "comes" \(there are .*; looking again every 20 ms/);
    await database.query('CREATE TABLE comes (id serial PRIMARY KEY); INSERT INTO comes DEFAULT VALUES');
    await waiting.came('w-comes', 1);
    await waiting.source.stop();
  },
);

testWithDatabase('who is not let in is told at once what to do', async (t, log, database) => {
  const refused = async (config: ConnectorOptions['config'], message: RegExp): Promise<void> => {
    for (const connector of [postgresSource, postgresSink]) {
      const own = connector.kind === 'source' ? { mode: 'bulk' } : { topics: 'a' };
      const lines: string[] = [];
      const logger = {
        debug: () => {},
        info: () => {},
        warn: (line: string) => void lines.push(line),
        error: () => {},
      };
      const options = { name: 'a', connector, logger, config: { 'connection.url': database.url, ...own, ...config } };
      const error = await t.throwsAsync(
        startConnector(log, options as ConnectorOptions).then(handle => handle.done),
        { message },
      );
      t.false(error.message.includes('geheim'));
      t.false(
        lines.some(line => line.includes('is restarted')),
        lines.join('\n'),
      );
    }
  };
  await log.admin().createTopics([{ name: 'a', partitions: 1 }]);
  await refused({ 'connection.password': 'geheim' }, /password authentication failed.*mend connection\.user/);
  await refused({ 'connection.url': database.url.replace(/:[^:]*@/, '@') }, /password.*mend connection\.user/i);
  await refused(
    { 'connection.url': `${database.url}x` },
    /does not exist \[3D000\]: create it, or mend connection\.data/,
  );
  await refused({ 'connection.ssl': 'require' }, /does not support SSL.*set connection\.ssl=disable/);
  await refused({ 'connection.url': `${database.url}?sslmode=verify-full` }, /does not support SSL/);
});

async function connectionsOf(database: TestDatabase): Promise<Record<string, unknown>[]> {
  return await database.query(
    `SELECT state FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'millrace'`,
  );
}

testWithDatabase(
  'a source that could not start, or ended while it was connecting, leaves no connection',
  async (t, log, database) => {
    await database.query('CREATE TABLE orders (name text)');
    await t.throwsAsync(
      run(log, database, { ...growing, 'table.include.list': 'orders' }).then(each => each.source.done),
    );
    await until(log, 'none is left of the first', async () => (await connectionsOf(database)).length === 0);

    const proxy = new FaultyProxy(new URL(database.url));
    t.teardown(() => proxy.close());
    const place = { 'connection.url': await proxy.url(), 'connection.timeout.ms': 60_000 };
    const { source, came } = await run(log, database, { mode: 'bulk', 'table.include.list': 'orders', ...place });
    await database.query(`INSERT INTO orders VALUES ('a')`);
    await came('orders', 1);
    proxy.delayMs = 1_000;
    const before = proxy.connectionCount;
    proxy.cut();
    await until(log, 'it connects again', () => proxy.connectionCount > before);
    await source.stop();
    await until(log, 'none is left', async () => (await connectionsOf(database)).length === 0);
  },
);

testWithDatabase(
  'a source that is paused in the middle of a round holds no transaction, and goes on where it was',
  async (t, log, database) => {
    await database.query(
      'CREATE TABLE items (id serial PRIMARY KEY); INSERT INTO items SELECT FROM generate_series(1, 3000)',
    );
    const idle = { 'transaction.idle.timeout.ms': 300, 'batch.max.rows': 1 };
    const { source, came } = await run(log, database, { ...growing, ...idle, 'table.include.list': 'items' });
    await came('items', 1);
    source.pause();
    await until(log, 'no transaction is open', async () => {
      const states = (await connectionsOf(database)).map(({ state }) => state);
      return states.every(state => state === 'idle');
    });
    source.resume();
    const ids = (await came('items', 3_000)).map(({ id }) => id);
    t.deepEqual(
      ids,
      Array.from({ length: 3_000 }, (_, at) => at + 1),
    );
    await source.stop();
  },
);

testWithDatabase('told to finish, a source that waits long looks once more and ends', async (t, log, database) => {
  await database.query('CREATE TABLE items (id serial PRIMARY KEY); INSERT INTO items DEFAULT VALUES');
  for (const mode of ['bulk', 'incrementing']) {
    const place = { mode, 'table.include.list': 'items', 'topic.prefix': `${mode}-` };
    const { source, came } = await run(log, database, { ...place, 'poll.interval.ms': '1h' });
    await came(`${mode}-items`, 1);
    if (mode === 'incrementing') await database.query('INSERT INTO items DEFAULT VALUES');
    await source.finish();
    t.is((await came(`${mode}-items`, 1)).length, mode === 'bulk' ? 1 : 2);
  }
});

testWithDatabase('source and sink end though their database has fallen silent for good', async (t, log, database) => {
  await database.query('CREATE TABLE items (n int); INSERT INTO items VALUES (1)');
  await log.admin().createTopics([{ name: 'rows', partitions: 1 }]);
  const proxy = new FaultyProxy(new URL(database.url));
  t.teardown(() => proxy.close());
  const place = { 'connection.url': await proxy.url() };
  const { source, came } = await run(log, database, { ...place, mode: 'bulk', 'poll.interval.ms': '1h' });
  const config = { ...place, topics: 'rows', 'table.name.format': 'items' };
  const sink = await startConnector(log, { name: 'out', connector: postgresSink, config });
  await came('items', 1);
  await log.producer().send('rows', { value: '{"n":2}' });
  await until(log, 'it is written', async () => (await database.query('SELECT FROM items')).length === 2);
  proxy.mode = 'stall';
  await source.stop();
  await sink.stop();
  t.is(sink.status().state, 'STOPPED');
});
