import fc from 'fast-check';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type ConnectorHandle, type ConnectorOptions, startConnector } from '../../../connect/index.js';
import { postgresSink } from '../../../connectors/postgres/index.js';
import { type Log, openLog, string, topic } from '../../../core/index.js';
import { recordsOf } from '../../connect/places.js';
import { quiet } from '../../connect/quiet.js';
import type { TestDatabase } from './postgres-server.js';
import { testsWithDatabase } from './with-database.js';

const texts = topic('rows', { key: string, value: string });

const testWithDatabase = testsWithDatabase();

type Row = readonly [key: string | null, value: unknown];

async function fill(log: Log, rows: readonly Row[], partitions = 1): Promise<void> {
  await using admin = log.admin();
  const existing = await admin.listTopics();
  if (!existing.some(({ name }) => name === 'rows')) await admin.createTopics([{ name: 'rows', partitions }]);
  await using producer = log.producer();
  await Promise.all(
    rows.map(([key, value]) => producer.send(texts, { key, value: value === null ? null : JSON.stringify(value) })),
  );
}

function sinkTo(
  log: Log,
  database: TestDatabase,
  config: ConnectorOptions['config'],
  name = 'out',
  logger: ConnectorOptions['logger'] = quiet,
): Promise<ConnectorHandle> {
  return startConnector(log, {
    name,
    connector: postgresSink,
    logger,
    config: { topics: 'rows', 'connection.url': database.url, ...config },
  });
}

/** Runs the sink until it has written all that is in the topic now. */
async function drain(
  log: Log,
  database: TestDatabase,
  config: ConnectorOptions['config'],
  name?: string,
): Promise<void> {
  const sink = await sinkTo(log, database, config, name);
  await sink.finish();
}

const upserts = { 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'id', 'auto.create': true };

testWithDatabase(
  'inserts go to a table made for them, each once, however often the sink is started',
  async (t, log, database) => {
    const rows = Array.from(
      { length: 50 },
      (_, id): Row => [null, { id, name: `n"${id}\\\t\n`, price: id / 4, ok: id % 2 === 0 }],
    );
    await fill(log, rows, 3);
    const config = { 'auto.create': true, 'batch.size': 7 };
    await drain(log, database, config);
    await drain(log, database, config);
    await fill(log, [[null, { id: 50, name: null, price: 0.5, ok: null }]]);
    await drain(log, database, config);
    const found = await database.query('SELECT id::int, name, price, ok FROM rows ORDER BY id');
    t.deepEqual(found, [...rows.map(([, value]) => value), { id: 50, name: null, price: 0.5, ok: null }]);
    const [types] = await database.query(
      `SELECT string_agg(data_type, ',' ORDER BY ordinal_position) AS types FROM information_schema.columns WHERE table_name = 'rows'`,
    );
    t.is(types!['types'], 'bigint,text,double precision,boolean');
  },
);

testWithDatabase(
  'without a stored offset of its own a sink of another name writes all again',
  async (t, log, database) => {
    await fill(log, [[null, { id: 1 }]]);
    await drain(log, database, { 'auto.create': true }, 'one');
    await drain(log, database, { 'auto.create': true }, 'two');
    t.is((await database.query('SELECT * FROM rows')).length, 2);
  },
);

testWithDatabase(
  'a sink whose predecessor is still about to commit its very first offset begins behind it',
  async (t, log, database) => {
    await database.query('CREATE TABLE rows (id int)');
    await fill(
      log,
      [0, 1, 2].map((id): Row => [null, { id }]),
    );
    await drain(log, database, {}, 'before'); // makes the table of the offsets
    const predecessor = new pg.Client({ connectionString: database.url });
    await predecessor.connect();
    await predecessor.query(`BEGIN; INSERT INTO __connect_offsets VALUES ('out', 'rows', 0, 2)`);
    const drained = drain(log, database, {});
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while ((await database.query(waiting)).length === 0) await log.ports.clock.sleep(10);
    await predecessor.query('COMMIT');
    await predecessor.end();
    await drained;
    t.deepEqual(await database.query('SELECT id, count(*)::int FROM rows GROUP BY id ORDER BY id'), [
      { id: 0, count: 1 },
      { id: 1, count: 1 },
      { id: 2, count: 2 },
    ]);
  },
);

testWithDatabase(
  'upserts of one key in one batch leave the last, also when they write other columns',
  async (t, log, database) => {
    await database.query('CREATE TABLE rows (id int PRIMARY KEY, a text, b text)');
    const changes: Row[] = [
      ['1', { id: 1, a: 'a1', b: 'b1' }],
      ['1', { id: 1, a: 'a2' }],
      ['2', { id: 2, b: 'b2' }],
      ['1', { id: 1, b: 'b3' }],
      ['1', { id: 1, a: 'a4', b: 'b4' }],
      ['2', { id: 2, a: 'a5' }],
    ];
    await fill(log, changes);
    await drain(log, database, upserts);
    t.deepEqual(await database.query('SELECT * FROM rows ORDER BY id'), [
      { id: 1, a: 'a4', b: 'b4' },
      { id: 2, a: 'a5', b: 'b2' },
    ]);
  },
);

testWithDatabase('any mix of upserts and deletes ends as if they had come one by one', async (t, _log, database) => {
  const config = {
    'insert.mode': 'upsert',
    'pk.mode': 'record_key',
    'pk.fields': 'id',
    'delete.enabled': true,
    'key.converter': 'string',
  };
  const change = fc.tuple(
    fc.integer({ min: 0, max: 5 }),
    fc.option(fc.record({ a: fc.integer({ min: 0, max: 99 }), b: fc.string({ maxLength: 3 }) }, { requiredKeys: [] })),
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      async (changes, size) => {
        const table = `t${++run}`;
        await database.query(`CREATE TABLE ${table} (id text PRIMARY KEY, a int DEFAULT -1, b text)`);
        const clean = changes.map(([id, value]): [number, typeof value] => [
          id,
          value === null || value.b === undefined ? value : { ...value, b: value.b.replaceAll('\0', '0') },
        ]);
        await using own = await openLog('memory:');
        await fill(
          own,
          clean.map(([id, value]): Row => [String(id), value]),
        );
        await drain(own, database, { ...config, 'table.name.format': table, 'batch.size': size }, table);
        const model = new Map<string, Record<string, unknown>>();
        for (const [id, value] of clean) {
          if (value === null) model.delete(String(id));
          else model.set(String(id), { ...(model.get(String(id)) ?? { id: String(id), a: -1, b: null }), ...value });
        }
        const expected = [...model.values()].sort((x, y) => (String(x['id']) < String(y['id']) ? -1 : 1));
        t.deepEqual(await database.query(`SELECT id, a, b FROM ${table} ORDER BY id`), expected);
      },
    ),
    { numRuns: 15 },
  );
});

testWithDatabase(
  'values are cast to the column’s own type: enums, arrays, json, uuid, numeric, times, bytes',
  async (t, log, database) => {
    await database.query(`CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE TABLE rows (id int PRIMARY KEY, m mood, tags text[], grid int[][], doc jsonb, raw json, u uuid, n numeric(30, 10),
      at timestamptz, day date, t time, iv interval, by bytea, c char(5), bits bit(4), vb varbit(8), moods mood[], ip inet, r int4range, big bigint)`);
    const row = {
      id: 1,
      m: 'happy',
      tags: ['a"b', 'c\\d', null, 'NULL', '{x}'],
      grid: [
        [1, 2],
        [3, 4],
      ],
      doc: { deep: [1, { x: null }], text: 'q"' },
      raw: '{"a":  1}',
      u: '123e4567-e89b-12d3-a456-426614174000',
      n: '12345678901234567890.0123456789',
      at: 1_500_000_000_123,
      day: '2024-02-29',
      t: '23:59:59.999999',
      iv: 'P1Y2M3DT4H5M6.789S',
      by: Buffer.from([0, 1, 254, 255]).toString('base64'),
      c: 'ab',
      bits: '1010',
      vb: '101',
      moods: ['sad', 'ok'],
      ip: '10.0.0.0/8',
      r: '[1,5)',
      big: '9223372036854775807',
    };
    await fill(log, [
      [null, row],
      [
        null,
        {
          id: 2,
          ...Object.fromEntries(
            Object.keys(row)
              .slice(1)
              .map(name => [name, null]),
          ),
        },
      ],
    ]);
    await drain(log, database, upserts);
    const [found] =
      await database.query(`SELECT m::text, tags, grid, doc, raw::text, u::text, n::text, (extract(epoch from at) * 1000)::bigint::text AS at, day::text, t::text,
    iv::text, encode(by, 'hex') AS by, c, bits::text, vb::text, moods::text, ip::text, r::text, big::text FROM rows WHERE id = 1`);
    t.deepEqual(found, {
      m: 'happy',
      tags: row.tags,
      grid: row.grid,
      doc: row.doc,
      raw: row.raw,
      u: row.u,
      n: row.n,
      at: '1500000000123',
      day: row.day,
      t: row.t,
      iv: '1 year 2 mons 3 days 04:05:06.789',
      by: '0001feff',
      c: 'ab   ',
      bits: '1010',
      vb: '101',
      moods: '{sad,ok}',
      ip: '10.0.0.0/8',
      r: '[1,5)',
      big: row.big,
    });
    const [empty] = await database.query(
      'SELECT num_nonnulls(m, tags, grid, doc, u, n, at, day, by, c, bits, moods) AS n FROM rows WHERE id = 2',
    );
    t.is(empty!['n'], 0);
  },
);

testWithDatabase(
  'a poison row goes to the dead letters with its cause, and the rows beside it are written',
  async (t, log, database) => {
    await database.query('CREATE TABLE rows (id int PRIMARY KEY, n smallint NOT NULL)');
    const rows: Row[] = [
      ['0', { id: 0, n: 1 }],
      ['1', { id: 1, n: 99_999 }],
      ['2', { id: 2, n: null }],
      ['3', { id: 3, n: 3, other: true }],
      ['4', { id: 'four', n: 4 }],
      ['5', { n: 5 }],
      ['6', null],
      ['7', { id: 7, n: 7 }],
    ];
    await fill(log, rows);
    await drain(log, database, { ...upserts, 'errors.deadletterqueue.topic.name': 'dead', 'key.converter': 'string' });
    t.deepEqual(await database.query('SELECT * FROM rows ORDER BY id'), [
      { id: 0, n: 1 },
      { id: 7, n: 7 },
    ]);
    const dead = await recordsOf(log, 'dead');
    t.is(
      dead
        .map(({ key }) => key)
        .sort((x, y) => Number(x) - Number(y))
        .join(),
      '1,2,3,4,5,6',
    );
    const causeOf = (key: string): string =>
      dead.find(each => each.key === key)!.headers['__connect.errors.exception.message']!;
    t.regex(causeOf('1'), /out of range for type smallint/);
    t.regex(causeOf('2'), /null value in column "n"/);
    t.regex(causeOf('3'), /no column "other".*auto.evolve/);
    t.regex(causeOf('4'), /invalid input syntax for type integer: "four"/);
    t.regex(causeOf('5'), /no field "id"/);
    t.regex(causeOf('6'), /delete.enabled/);
  },
);

testWithDatabase('columns that are missing are added where auto.evolve says so', async (t, log, database) => {
  await fill(log, [
    [null, { id: 1 }],
    [null, { id: 2, tag: 'x', at: { deep: 1 } }],
  ]);
  await drain(log, database, { ...upserts, 'auto.evolve': true });
  await fill(log, [[null, { id: 1, later: 2.5 }]]);
  await drain(log, database, { ...upserts, 'auto.evolve': true });
  t.deepEqual(await database.query('SELECT id::int, tag, at, later FROM rows ORDER BY id'), [
    { id: 1, tag: null, at: null, later: 2.5 },
    { id: 2, tag: 'x', at: { deep: 1 }, later: null },
  ]);
});

testWithDatabase('updates change rows that are there and make none', async (t, log, database) => {
  await database.query(`CREATE TABLE rows (id int PRIMARY KEY, n int); INSERT INTO rows VALUES (1, 1), (2, 2)`);
  await fill(log, [
    [null, { id: 1, n: 10 }],
    [null, { id: 3, n: 30 }],
  ]);
  await drain(log, database, { ...upserts, 'insert.mode': 'update' });
  t.deepEqual(await database.query('SELECT * FROM rows ORDER BY id'), [
    { id: 1, n: 10 },
    { id: 2, n: 2 },
  ]);
});

testWithDatabase('a sink whose place another has taken writes nothing more', async (t, log, database) => {
  await fill(log, [[null, { id: 1 }]]);
  const warnings: string[] = [];
  const zombie = await sinkTo(log, database, upserts, 'out', { ...quiet, warn: message => warnings.push(message) });
  while ((await database.query(`SELECT to_regclass('rows') AS found`))[0]!['found'] === null)
    await log.ports.clock.sleep(10);
  while ((await database.query('SELECT 1 FROM rows')).length === 0) await log.ports.clock.sleep(10);
  // Its successor has written what comes next.
  await database.query(`UPDATE __connect_offsets SET "offset" = 2; INSERT INTO rows VALUES (2)`);
  await fill(log, [
    [null, { id: 2 }],
    [null, { id: 3 }],
  ]);
  while ((await database.query('SELECT 1 FROM rows')).length < 3) await log.ports.clock.sleep(10);
  t.regex(warnings.join('\n'), /another task writes for connector out/);
  await zombie.stop();
  t.deepEqual(await database.query('SELECT id::int FROM rows ORDER BY id'), [{ id: 1 }, { id: 2 }, { id: 3 }]);
  t.deepEqual(await database.query('SELECT topic, partition, "offset"::int FROM __connect_offsets'), [
    { topic: 'rows', partition: 0, offset: 3 },
  ]);
});

testWithDatabase('a connection that is cut is made again, and nothing is written twice', async (t, log, database) => {
  await fill(log, [[null, { id: 0 }]]);
  const sink = await sinkTo(log, database, { 'auto.create': true, 'batch.size': 5, 'errors.retry.delay.max.ms': 50 });
  for (let round = 1; round <= 8; round++) {
    await fill(
      log,
      Array.from({ length: 40 }, (_, at): Row => [null, { id: round * 100 + at }]),
    );
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'millrace' AND datname = current_database()`,
    );
    await log.ports.clock.sleep(20);
  }
  await sink.finish();
  const [counted] = await database.query('SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids FROM rows');
  t.deepEqual(counted, { rows: 321, ids: 321 });
});

testWithDatabase('what cannot be meant is refused before anything is written', async (t, log, database) => {
  await fill(log, [[null, { id: 1 }]]);
  const refused = async (config: ConnectorOptions['config'], message: RegExp): Promise<void> => {
    await t.throwsAsync(sinkTo(log, database, config), { message });
  };
  await refused({ 'insert.mode': 'upsert' }, /pk\.mode/);
  await refused({ 'insert.mode': 'upsrt' }, /must be one of insert, upsert, update/);
  await refused({ 'delete.enabled': true }, /record_key/);
  await refused(
    { 'connection.url': 'mysql://root:verysecret@x/y' },
    /^(?!.*verysecret).*connection\.url: must read postgres:/s,
  );
  await refused({ 'pk.mod': 'none' }, /pk\.mode/);
  await t.throwsAsync(drain(log, database, {}), { message: /there is no table rows.*auto\.create/ });
  const elsewhere = { 'table.name.format': 'nowhere.rows', 'auto.create': true };
  await t.throwsAsync(drain(log, database, elsewhere), {
    message: /no schema .*nowhere\.rows.*"nowhere".*table\.name\.format/,
  });
});

testWithDatabase(
  'a database that has lost the sink’s offsets is told with both of them, and the sink goes on from its group’s',
  async (t, log, database) => {
    const warnings: string[] = [];
    const logger = { ...quiet, warn: (message: string) => void warnings.push(message) };
    await database.query('CREATE TABLE rows (id int)');
    await fill(log, [
      [null, { id: 1 }],
      [null, { id: 2 }],
    ]);
    await drain(log, database, {});
    await database.query('DROP TABLE __connect_offsets; TRUNCATE rows');
    const sink = await startConnector(log, {
      name: 'out',
      connector: postgresSink,
      logger,
      config: { topics: 'rows', 'connection.url': database.url },
    });
    await fill(log, [[null, { id: 3 }]]);
    await sink.finish();
    t.deepEqual(await database.query('SELECT id FROM rows'), [{ id: 3 }]);
    t.regex(
      warnings.join('\n'),
      /connector out: the database holds no offset of this sink for rows-0 .*committed 2: going on from 2/,
    );
  },
);

testWithDatabase(
  'a predecessor that stopped in the middle of a COPY is ended, and its successor goes on',
  async (t, log, database) => {
    await database.query('CREATE TABLE rows (n integer)');
    await fill(log, [['a', { n: 1 }]]);
    const rowsOnly = { 'insert.mode': 'insert', 'pk.mode': 'none', 'key.converter': 'string' };
    const config = { ...rowsOnly, 'transaction.idle.timeout.ms': 500 };
    await (await sinkTo(log, database, config)).finish();
    const silent = new pg.Client({ connectionString: database.url });
    silent.on('error', () => undefined);
    await silent.connect();
    await silent.query(`BEGIN; UPDATE __connect_offsets SET "offset" = 2`);
    const copying = silent.query(copyFrom('COPY rows (n) FROM STDIN'));
    copying.on('error', () => undefined);
    copying.write('77\n');
    await fill(log, [['b', { n: 2 }]]);
    const warnings: string[] = [];
    const logger = { ...quiet, warn: (text: string) => void warnings.push(text) };
    const sink = await sinkTo(log, database, { ...config, 'restart.backoff.ms': 10 }, 'out', logger);
    await sink.finish();
    t.deepEqual(
      (await database.query('SELECT n FROM rows ORDER BY n')).map(row => row['n']),
      [1, 2],
    );
    t.true(
      warnings.some(text => /stopped in the middle of a COPY; it was ended/.test(text)),
      warnings.join('; '),
    );
    await silent.end().catch(() => undefined);
  },
);
