import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import pg from 'pg';
import type { ConnectorClock } from '../../../connect/api/index.js';
import { type ConnectorHandle, type ConnectorOptions, startConnector } from '../../../connect/index.js';
import { Database } from '../../../connectors/postgres/database.js';
import { postgresSink, postgresSource } from '../../../connectors/postgres/index.js';
import { fromOffset, startPosition, toOffset } from '../../../connectors/postgres/read-position.js';
import { RoundReader } from '../../../connectors/postgres/round-reader.js';
import type { Criteria } from '../../../connectors/postgres/round-sql.js';
import { type Log, openLog } from '../../../core/index.js';
import { recordsOf } from '../../connect/places.js';
import { quiet } from '../../connect/quiet.js';
import type { TestDatabase } from './postgres-server.js';
import { testsWithDatabase } from './with-database.js';

const connection = {
  'connection.host': '',
  'connection.port': 0,
  'connection.ssl': 'disable' as const,
  'connection.timeout.ms': 10_000,
  'query.timeout.ms': 60_000,
};

const testWithDatabase = testsWithDatabase(['-c', 'max_prepared_transactions=10']);

function sourceFrom(
  log: Log,
  database: TestDatabase,
  config: ConnectorOptions['config'],
  { name = 'in', logger = quiet }: Partial<Pick<ConnectorOptions, 'name' | 'logger'>> = {},
): Promise<ConnectorHandle> {
  return startConnector(log, {
    name,
    connector: postgresSource,
    logger,
    config: { 'connection.url': database.url, 'poll.interval.ms': 5, ...config },
  });
}

/** Reads what is there now, and ends. */
async function read(
  log: Log,
  database: TestDatabase,
  config: ConnectorOptions['config'],
  name?: string,
): Promise<void> {
  const source = await sourceFrom(log, database, { 'poll.once': true, ...config }, name === undefined ? {} : { name });
  await source.done;
}

async function mayPrepare(t: ExecutionContext, database: TestDatabase): Promise<boolean> {
  const [row] = await database.query('SHOW max_prepared_transactions');
  const isPossible = Number(row!['max_prepared_transactions']) > 0;
  if (!isPossible) t.log('left out: prepared transactions (max_prepared_transactions is 0)');
  return isPossible;
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function valuesOf(log: Log, topic: string): Promise<Record<string, unknown>[]> {
  return (await recordsOf(log, topic)).map(({ value }) => JSON.parse(value!) as Record<string, unknown>);
}

async function until(log: Log, condition: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = log.ports.clock.monotonic() + 60_000;
  while (!(await condition())) {
    if (log.ports.clock.monotonic() > endMs) throw new Error(`waited in vain until ${what}`);
    await log.ports.clock.sleep(20);
  }
}

const growing = { mode: 'incrementing', 'table.include.list': 'items' };

testWithDatabase('a growing column: each row once, in order, over restarts, with its key', async (t, log, database) => {
  await database.query('CREATE TABLE items (id bigserial PRIMARY KEY, name text)');
  await database.query(`INSERT INTO items (name) SELECT 'n' || i FROM generate_series(1, 25) AS i`);
  await read(log, database, { ...growing, 'batch.max.rows': 4, 'topic.prefix': 'pg.' });
  await read(log, database, { ...growing, 'topic.prefix': 'pg.' });
  await database.query(`INSERT INTO items (name) VALUES ('late')`);
  await read(log, database, { ...growing, 'topic.prefix': 'pg.' });
  const found = await recordsOf(log, 'pg.items');
  t.deepEqual(
    found.map(({ value }) => (JSON.parse(value!) as { id: number }).id),
    Array.from({ length: 26 }, (_, at) => at + 1),
  );
  t.deepEqual(JSON.parse(found[3]!.key!), { id: 4 });
});

testWithDatabase(
  'a time of change: inserts and updates come, with microseconds told apart',
  async (t, log, database) => {
    await database.query('CREATE TABLE items (id int PRIMARY KEY, n int, at timestamptz NOT NULL)');
    const config = { mode: 'timestamp', 'timestamp.column.name': 'at', 'table.include.list': 'items' };
    await database.query(
      `INSERT INTO items VALUES (1, 1, '2024-01-01 00:00:00.000001+00'), (2, 1, '2024-01-01 00:00:00.000002+00')`,
    );
    await read(log, database, config);
    await database.query(`UPDATE items SET n = 2, at = '2024-01-01 00:00:00.000003+00' WHERE id = 1`);
    await database.query(`INSERT INTO items VALUES (3, 1, '2024-01-01 00:00:00.000002+00')`);
    await read(log, database, config);
    await read(log, database, config);
    t.deepEqual(
      (await valuesOf(log, 'items')).map(({ id, n }) => `${id}:${n}`),
      ['1:1', '2:1', '3:1', '1:2'],
    );
  },
);

testWithDatabase('bulk reads everything each time, a query gives a topic of its own', async (t, log, database) => {
  await database.query('CREATE TABLE items (id int, n int); INSERT INTO items VALUES (1, 1), (2, 4)');
  for (let round = 0; round < 2; round++)
    await read(log, database, { mode: 'bulk', 'table.include.list': 'public[.]items' });
  t.is((await valuesOf(log, 'items')).length, 4);
  const query = {
    mode: 'incrementing',
    'incrementing.column.name': 'id',
    query: 'SELECT id, n * 2 AS twice FROM items',
    'topic.prefix': 'twice',
  };
  await read(log, database, query);
  await database.query('INSERT INTO items VALUES (3, 9)');
  await read(log, database, query);
  t.deepEqual(await valuesOf(log, 'twice'), [
    { id: 1, twice: 2 },
    { id: 2, twice: 8 },
    { id: 3, twice: 18 },
  ]);
});

testWithDatabase(
  'rows of transactions that commit late, behind higher ids and later times, are read',
  async (t, _log, database) => {
    await database.query('CREATE TABLE items (id bigserial PRIMARY KEY, who text, at timestamptz DEFAULT now())');
    const clients = await Promise.all([0, 1, 2].map(() => connected(database.url)));
    const [early, idle, quick] = clients as [pg.Client, pg.Client, pg.Client];
    for (const [table, config] of [
      ['incrementing', growing],
      ['timestamp', { mode: 'timestamp', 'timestamp.column.name': 'at', 'table.include.list': 'items' }],
    ] as const) {
      await using own = await openLog('memory:');
      await database.query('TRUNCATE items');
      const source = await sourceFrom(own, database, config);
      const seen = async (who: string): Promise<boolean> => {
        const topics = await own.admin().listTopics();
        if (!topics.some(({ name }) => name === 'items')) return false;
        return (await valuesOf(own, 'items')).some(value => value['who'] === who);
      };
      // One has written and not committed; one has its time (and an id) and no transaction id yet.
      await early.query('BEGIN');
      await early.query(`INSERT INTO items (who) VALUES ('early')`);
      const { rows: ids } = await idle.query(`SELECT nextval('items_id_seq') AS id`);
      await idle.query('BEGIN');
      const { rows: times } = await idle.query('SELECT now()::text AS at');
      for (let n = 0; n < 20; n++) await quick.query(`INSERT INTO items (who) VALUES ('quick ${n}')`);
      await early.query('COMMIT');
      await until(own, () => seen('quick 19'), `${table}: the quick ones are read`);
      await own.ports.clock.sleep(100);
      await idle.query(`SAVEPOINT deep`);
      await idle.query(`INSERT INTO items (id, who, at) VALUES ($1, 'idle', $2)`, [ids[0].id, times[0].at]);
      await idle.query('COMMIT');
      await quick.query(`INSERT INTO items (who) VALUES ('last')`);
      await until(own, () => seen('idle'), `${table}: the idle one is read`);
      await until(own, () => seen('last'), `${table}: the last one is read`);
      await source.stop();
      const whos = (await valuesOf(own, 'items')).map(value => value['who']);
      t.is(new Set(whos).size, 23);
      t.is(whos.length, 23, `${table}: each once`);
    }
  },
);

testWithDatabase(
  'ids in any order: each row comes once, also far below the highest, and an update is no new row',
  async (t, log, database) => {
    await database.query('CREATE TABLE items (id bigint PRIMARY KEY, who text)');
    const lives = [0, 1];
    const expected: number[] = [];
    for (const life of lives) {
      const source = await sourceFrom(log, database, growing);
      for (const id of [1000, 5, 7, 6, 2].map(each => each + life * 20)) {
        await database.query('INSERT INTO items VALUES ($1)', [id]);
        await database.query(`UPDATE items SET who = 'updated' WHERE id = $1`, [id]);
        await database.query(`UPDATE items SET who = 'again' WHERE id = 1000`);
        expected.push(id);
        const hasCome = async (): Promise<boolean> =>
          (await log.admin().listTopics()).some(({ name }) => name === 'items') &&
          (await valuesOf(log, 'items')).some(value => value['id'] === id);
        await until(log, hasCome, `${id} is read`);
      }
      await source.stop();
    }
    await read(log, database, growing);
    t.deepEqual(
      (await valuesOf(log, 'items')).map(({ id }) => id),
      expected,
    );
  },
);

/** Sweeps are due seldom: time passes with each look at the clock. */
function slowClock(): ConnectorClock {
  let now = 0;
  return { now: () => now, monotonic: () => ++now, sleep: async () => undefined, yield: async () => undefined };
}

type Act = readonly ['insert' | 'update' | 'end' | 'read', number];

testWithDatabase(
  'whatever is written in whatever order, and wherever a reader is cut off: each row in one round, sweeps or not',
  async (t, _log, database) => {
    const writers = await Promise.all([0, 1, 2].map(() => connected(database.url)));
    const act = fc.tuple(fc.constantFrom('insert', 'insert', 'update', 'end', 'read', 'read'), fc.nat(50));
    let run = 0;
    let [sweeps, others] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 30, maxLength: 60 }), fc.boolean(), async (acts, isTimed) => {
        const table = `t${++run}`;
        await database.query(`CREATE TABLE ${table} (id int PRIMARY KEY, v int, at int)`);
        const own = new Database({ ...connection, 'connection.url': database.url }, quiet);
        const [byId, byTime] = [
          { incrementing: 'id', timestamp: [] },
          { incrementing: undefined, timestamp: ['at'] },
        ];
        const criteria: Criteria = {
          from: table,
          columns: ['id', 'v'],
          ...(isTimed ? byTime : byId),
          incrementingType: 'int',
          timestampType: 'int',
          hasTransactions: true,
          areIdsKept: !isTimed,
          delayMs: 0,
        };
        const found: string[] = [];
        let position = startPosition;
        const reader = (isOnce: boolean): RoundReader =>
          new RoundReader(own, { criteria, rowsMax: 2, clock: slowClock(), isOnce, onForeignPosition: () => t.fail() });
        let rounds = reader(false);
        const read = async (from: RoundReader, portionsMax: number): Promise<void> => {
          let portions = 0;
          for await (const portion of from.round(position)) {
            for (const [id, v] of portion.rows) found.push(isTimed ? `${id}:${v}` : id!);
            position = fromOffset(toOffset(portion.position));
            if (position.round?.isSweep === true) sweeps++;
            else if (position.round !== undefined) others++;
            if (++portions >= portionsMax) rounds = reader(false); // killed here, and begun again
            if (portions >= portionsMax) return;
          }
        };
        const expected = new Set<string>();
        const open = new Map<number, string[]>();
        const used = new Set<number>();
        for (const [kind, n] of acts as Act[]) {
          const writer = n % 3;
          if (kind === 'read') await read(rounds, n % 2 === 0 ? 100 : 1 + (n % 4));
          else if (kind === 'end') await end(writer);
          else if (!used.has(n)) {
            used.add(n);
            if (!open.has(writer)) await writers[writer]!.query('BEGIN');
            if (kind === 'update') await writers[writer]!.query('SAVEPOINT deep');
            await writers[writer]!.query(`INSERT INTO ${table} VALUES ($1, 0, $2)`, [n, (n * 7) % 13]);
            open.set(writer, [...(open.get(writer) ?? []), isTimed ? `${n}:0` : String(n)]);
          }
        }
        async function end(writer: number): Promise<void> {
          for (const each of open.get(writer) ?? []) expected.add(each);
          if (open.has(writer)) await writers[writer]!.query('COMMIT');
          open.delete(writer);
        }
        for (const writer of [...open.keys()]) await end(writer);
        await read(rounds, 1_000);
        await read(reader(true), 1_000);
        await own.close();
        t.deepEqual([...found].sort(), [...expected].sort());
      }),
      { numRuns: 10 },
    );
    t.true(sweeps > 0 && others > 0, `${sweeps} portions of sweeps, ${others} of others`);
    t.log(`${sweeps} portions of sweeps, ${others} of others`);
    for (const writer of writers) await writer.end();
  },
);

testWithDatabase(
  'transactions of other databases of the server hold nothing back, prepared ones neither',
  async (t, log, database) => {
    const other = `${new URL(database.url).pathname.slice(1)}_other`;
    await database.query(`CREATE DATABASE ${other}`);
    await database.query(`CREATE TABLE items (id bigserial PRIMARY KEY, who text);
      DROP ROLE IF EXISTS ${other}_reader; CREATE ROLE ${other}_reader LOGIN PASSWORD 'reader'; GRANT SELECT ON items TO ${other}_reader`);
    const url = new URL(database.url);
    url.pathname = `/${other}`;
    const elsewhere = await connected(url.href);
    await elsewhere.query('CREATE TABLE things (n int)');
    const canPrepare = await mayPrepare(t, database);
    if (canPrepare) await elsewhere.query(`BEGIN; INSERT INTO things VALUES (1); PREPARE TRANSACTION '${other}'`);
    await elsewhere.query('BEGIN; INSERT INTO things VALUES (1); SAVEPOINT s; INSERT INTO things VALUES (2)');
    await database.query(`INSERT INTO items (who) VALUES ('here')`);
    // What it must know, everyone may know.
    const config = { ...growing, 'connection.user': `${other}_reader`, 'connection.password': 'reader' };
    await read(log, database, { ...config, 'poll.once.wait.max.ms': 60_000 });
    t.deepEqual(await valuesOf(log, 'items'), [{ id: 1, who: 'here' }]);
    await elsewhere.query('COMMIT');
    if (canPrepare) await elsewhere.query(`COMMIT PREPARED '${other}'`);
    await elsewhere.end();
    await read(log, database, config);
    t.is((await valuesOf(log, 'items')).length, 1);
    await database.query(`DROP DATABASE ${other}`);
    await database.query(`DROP OWNED BY ${other}_reader; DROP ROLE ${other}_reader`);
  },
);

testWithDatabase(
  'read once is all that was committed before, behind whatever still runs; who holds it up is named',
  async (t, log, database) => {
    await database.query('CREATE TABLE items (id bigserial PRIMARY KEY, who text)');
    const early = await connected(database.url);
    await early.query(`BEGIN; INSERT INTO items (who) VALUES ('early')`);
    await database.query(`INSERT INTO items (who) VALUES ('quick')`);
    await t.throwsAsync(read(log, database, { ...growing, 'poll.once.wait.max.ms': 1 }), {
      message:
        /transaction \d+ of process \d+ \(user .*idle in transaction, since .*\) has not ended in 1 ms.*poll\.once\.wait\.max\.ms/,
    });
    const said: string[] = [];
    const source = await sourceFrom(
      log,
      database,
      { 'poll.once': true, ...growing },
      { logger: { ...quiet, info: message => said.push(message) } },
    );
    await until(
      log,
      async () => said.some(message => /waiting for transaction/.test(message)),
      'it says that it waits',
    );
    const canPrepare = await mayPrepare(t, database);
    const id = `${new URL(database.url).pathname.slice(1)}_held`;
    if (canPrepare) {
      await early.query(`PREPARE TRANSACTION '${id}'`);
      await t.throwsAsync(read(log, database, { ...growing, 'poll.once.wait.max.ms': 1 }, 'other'), {
        message: /the prepared transaction \d+ 'test_\w+_held' \(user /,
      });
    }
    await database.query(`INSERT INTO items (who) VALUES ('later')`);
    await early.query(canPrepare ? `COMMIT PREPARED '${id}'` : 'COMMIT');
    await early.end();
    await source.done;
    const whos = (await valuesOf(log, 'items')).map(value => value['who']);
    t.true(whos.includes('early') && whos.includes('quick'));
  },
);

testWithDatabase('bulk reads everything again in every turn', async (t, log, database) => {
  await database.query('CREATE TABLE items (id int); INSERT INTO items VALUES (1), (2)');
  const source = await sourceFrom(log, database, { mode: 'bulk', 'table.include.list': 'items' });
  const count = async (): Promise<number> => {
    const topics = await log.admin().listTopics();
    return topics.some(({ name }) => name === 'items') ? (await valuesOf(log, 'items')).length : 0;
  };
  await until(log, async () => (await count()) >= 6, 'three turns are read');
  await source.stop();
  t.is((await valuesOf(log, 'items')).length % 2, 0);
});

testWithDatabase(
  'eight writers with long and short transactions, and a source that is stopped and started: every row arrives',
  async (t, log, database) => {
    await database.query('CREATE TABLE items (id bigserial PRIMARY KEY, who text, at timestamptz DEFAULT now())');
    const expected = new Set<string>();
    let isWriting = true;
    const write = async (writer: number): Promise<void> => {
      const client = await connected(database.url);
      for (let turn = 0; turn < 25; turn++) {
        await client.query('BEGIN');
        const mine: string[] = [];
        for (let row = 0; row <= turn % 4; row++) {
          const who = `${writer}-${turn}-${row}`;
          if (row % 2 === 1) await client.query('SAVEPOINT s');
          await client.query('INSERT INTO items (who) VALUES ($1)', [who]);
          mine.push(who);
          await log.ports.clock.sleep(writer % 3 === 0 ? 15 : 1);
        }
        if (turn % 7 === 6) await client.query('ROLLBACK');
        else {
          await client.query('COMMIT');
          for (const who of mine) expected.add(who);
        }
      }
      await client.end();
    };
    const writers = Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer))).then(() => {
      isWriting = false;
    });
    const config = {
      mode: 'timestamp+incrementing',
      'timestamp.column.name': 'at',
      'table.include.list': 'items',
      'batch.max.rows': 7,
    };
    let lives = 0;
    while (isWriting) {
      const source = await sourceFrom(log, database, config);
      await log.ports.clock.sleep(60);
      await source.stop();
      lives++;
    }
    await writers;
    await read(log, database, config);
    const found = new Set((await valuesOf(log, 'items')).map(value => String(value['who'])));
    t.deepEqual(
      [...expected].filter(who => !found.has(who)),
      [],
    );
    t.is(found.size, expected.size);
    t.true(lives > 2);
  },
);

testWithDatabase(
  'numeric.mapping=best_fit gives numbers wherever a number is exactly the value',
  async (t, log, database) => {
    await database.query('CREATE TABLE items (id int PRIMARY KEY, money numeric(12, 2), n numeric)');
    await database.query(`INSERT INTO items VALUES (1, 20, 0.50), (2, 1500.50, 100), (3, -0.07, 0.00000010), (4, 0, 'NaN'),
    (5, 9999999999.99, 123456789012345678901234567890), (6, NULL, 0.10000000000000000555), (7, 1, 1e400), (8, 1, 1000000000000000000000000)`);
    await read(log, database, { ...growing, 'numeric.mapping': 'best_fit' });
    t.deepEqual(
      (await valuesOf(log, 'items')).map(({ money, n }) => [money, n]),
      [
        [20, 0.5],
        [1500.5, 100],
        [-0.07, 1e-7],
        [0, 'NaN'],
        [9999999999.99, '123456789012345678901234567890'],
        [null, '0.10000000000000000555'],
        [1, `1${'0'.repeat(400)}`],
        [1, 1e24],
      ],
    );
  },
);

testWithDatabase('every type goes from table to topic to table and is the same', async (t, log, database) => {
  await database.query(
    `CREATE EXTENSION IF NOT EXISTS hstore; CREATE EXTENSION IF NOT EXISTS ltree; CREATE EXTENSION IF NOT EXISTS citext`,
  );
  await database.query(
    `CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN positive AS int CHECK (VALUE > 0)`,
  );
  const columns = `id int PRIMARY KEY, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, n2 numeric(20, 5), b bool, t text, vc varchar(9), c char(4), by bytea,
    j json, jb jsonb, d date, ti time, ttz timetz, ts timestamp, tsz timestamptz, iv interval, u uuid, m money, bi bit(5), vb bit varying, x xml, ip inet, ci cidr, ma macaddr, m8 macaddr8,
    pt point, bx box, pa path, po polygon, l line, ls lseg, cr circle, tv tsvector, tq tsquery, r4 int4range, r8 int8range, rn numrange, rt tstzrange, rd daterange, mr int4multirange, e mood, es mood[],
    ai int[], ai8 bigint[], at text[], a2 int[][], an numeric[], ats timestamptz[], ab bool[], aby bytea[], aj jsonb[], af float8[], au uuid[], pr pair, pos positive, hs hstore, lt ltree, cit citext, o oid, nm name, ls0 pg_lsn`;
  await database.query(`CREATE TABLE items (${columns}); CREATE TABLE copies (${columns})`);
  await database.query(`INSERT INTO items VALUES
    (1, -32768, -2147483648, -9223372036854775808, '-3.4028235e38', '-1.7976931348623157e308', '-99999999999999999999999999999999999999.123456789', -999999999999999.99999, true, E'\\t"\\\\\\n€😀', 'abc', 'ab', '\\x00ff10',
     '{"a":  [1, 12345678901234567890]}', '{"b": 1e400, "a": null}', '-infinity', '24:00:00', '23:59:59.999999+15:59', 'infinity', '4713-01-01 00:00:00+00 BC', 'P-1Y2M-3DT4H5M-6.789012S', '123e4567-e89b-12d3-a456-426614174000', '-92233720368547758.08', '10101', '1', '<a b="c">x</a>', '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',
     '(1.5,-2)', '((0,0),(1,1))', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '{1,2,3}', '[(0,0),(1,1)]', '<(1,2),3>', 'a:1A b:2', 'a & !b', '[1,5)', 'empty', '(,2.5]', '[2020-01-01,2021-01-01)', '[2020-01-01,)', '{[1,3),[5,7)}', 'happy', '{sad,NULL,happy}',
     '{1,NULL,-3}', '{9223372036854775807}', '{"a\\"b","c\\\\d",NULL,"NULL","{x}",""}', '{{1,2},{3,4}}', '{1.10,NaN}', '{"2020-01-01 00:00:00.000001+00",infinity}', '{t,f}', '{"\\\\xdead"}', '{"{\\"k\\": \\"v\\"}"}', '{NaN,Infinity,1.5}', '{123e4567-e89b-12d3-a456-426614174000}', '(1,"x y")', 7, '"k"=>"v", "n"=>NULL', 'Top.Science', 'MiXed', 4294967295, 'a name', '16/B374D848'),
    (2, 32767, 2147483647, 9223372036854775807, 'NaN', '-Infinity', 'NaN', 0.00001, false, '', '', '', '', 'null', '"text"', '0044-03-15 BC', '00:00:00', '00:00:00-15:59', '294276-12-31 23:59:59.999999', '2024-02-29 12:00:00.123456+00', '178000000 years', '00000000-0000-0000-0000-000000000000', 0, '00000', '', NULL, '::1', '::/0', 'ff:ff:ff:ff:ff:ff', NULL,
     '(0,0)', NULL, NULL, NULL, NULL, NULL, NULL, '', '', '(,)', '[1,1]', 'empty', '(-infinity,infinity)', 'empty', '{}', 'sad', '{}', '{}', '{}', '{}', '[0:1]={7,8}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '(,)', 1, '', '', '', 0, '', '0/0')`);
  await database.query('INSERT INTO items (id) VALUES (3)');
  await read(log, database, { ...growing, 'topic.prefix': '' });
  const sink = await startConnector(log, {
    name: 'out',
    connector: postgresSink,
    logger: quiet,
    config: {
      topics: 'items',
      'connection.url': database.url,
      'table.name.format': 'copies',
      'insert.mode': 'upsert',
      'pk.mode': 'record_value',
    },
  });
  await sink.finish();
  const names = (
    await database.query(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'items' ORDER BY ordinal_position`,
    )
  ).map(row => String(row['name']));
  t.true(names.length > 60);
  for (const name of names) {
    const compared = await database.query(
      `SELECT i.id, i."${name}"::text AS given, c."${name}"::text AS arrived FROM items i LEFT JOIN copies c USING (id) ORDER BY 1`
        .replaceAll(`i."id"`, 'id')
        .replaceAll(`c."id"`, 'id'),
    );
    for (const { id, given, arrived } of compared) t.is(arrived, given, `${name} of row ${String(id)}`);
  }
});

testWithDatabase('what cannot be read is refused with the nearest name', async (t, log, database) => {
  await database.query('CREATE TABLE items (id int PRIMARY KEY, at timestamptz, name text)');
  const refused = async (config: ConnectorOptions['config'], message: RegExp): Promise<void> => {
    await t.throwsAsync(read(log, database, { 'table.include.list': 'items', ...config }), { message });
  };
  await refused({ mode: 'timestamp' }, /mode: timestamp needs timestamp\.column\.name/);
  await refused({ mode: 'timestamp', 'timestamp.column.name': 'att' }, /no column "att".*did you mean "at"/);
  await refused({ mode: 'timestamp', 'timestamp.column.name': 'name' }, /text, which is no time/);
  await refused({ mode: 'incrementing', 'incrementing.column.name': 'name' }, /text, which does not grow/);
  await refused({ mode: 'growing' }, /must be one of bulk, incrementing/);
  await refused({ mode: 'bulk', 'table.include.list': '(' }, /no regular expression/);
  await refused({ mode: 'bulk', 'topic.format': `\${tabel}` }, /topic\.format: there is no/);
});
