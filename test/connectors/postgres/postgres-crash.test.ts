// MILLRACE_SOAK=full for 100,000 records and twenty deaths (`npm run test:postgres-crash`); a short form of it otherwise.

import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Log, openLog, string, topic } from '../../../core/index.js';
import { recordsOf } from '../../connect/places.js';
import { startChild } from './child-process.js';
import type { TestDatabase } from './postgres-server.js';
import { testsWithDatabase } from './with-database.js';

const isFull = process.env['MILLRACE_SOAK'] === 'full';
const [sink, source] = ['sink', 'source'].map(name =>
  fileURLToPath(new URL(`./crashing-${name}.js`, import.meta.url)),
) as [string, string];

const testWithDatabase = testsWithDatabase([], isFull ? 1_200_000 : 180_000);

const [rows, events] = ['rows', 'events'].map(name => topic(name, { key: string, value: string, partitions: 2 })) as [
  ReturnType<typeof topic<string, string>>,
  ReturnType<typeof topic<string, string>>,
];

interface Change {
  readonly id: string;
  /** Null: the row is deleted. */
  readonly value: { n: number; text: string } | null;
}

const poison = 99_999;

/** Keys come again and again, every seventh time to be deleted; one value fits no column. */
function changesOf(count: number): readonly Change[] {
  let state = 42;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: count }, (_, at): Change => {
    const id = `k${random(count / 20)}`;
    if (at === Math.floor(count / 2)) return { id: 'poison', value: { n: poison, text: 'poison' } };
    return { id, value: random(7) === 0 ? null : { n: at % 30_000, text: `t"\\${at}` } };
  });
}

function modelOf(changes: readonly Change[]): readonly object[] {
  const table = new Map<string, object>();
  for (const { id, value } of changes) {
    if (value === null) table.delete(id);
    else if (value.n !== poison) table.set(id, { id, ...value });
  }
  return [...table.keys()].sort().map(id => table.get(id)!);
}

async function fill(log: Log, changes: readonly Change[], eventCount: number): Promise<void> {
  await using admin = log.admin();
  await admin.createTopics([rows, events].map(({ name }) => ({ name, partitions: 2 })));
  await using producer = log.producer();
  for (const { id, value } of changes) {
    void producer.send(rows, { key: id, value: value === null ? null : JSON.stringify(value) });
    if (producer.isFull) await producer.drained();
  }
  for (let n = 0; n < eventCount; n++) void producer.send(events, { key: `${n}`, value: JSON.stringify({ n }) });
  await producer.flush();
}

/** Those of one process's log. */
async function deadLetters(directory: string) {
  await using log = await openLog(`file:${directory}`);
  const topics = await log.admin().listTopics();
  return topics.some(({ name }) => name === 'dead') ? await recordsOf(log, 'dead') : [];
}

testWithDatabase(
  'killed at every point of a transaction, and beside frozen tasks that wake up again, the tables equal a model',
  async (t, _log, database) => {
    const [count, eventCount] = isFull ? [90_000, 10_000] : [1_500, 200];
    const batchSize = isFull ? 1_000 : 50;
    const names = isFull
      ? ['offsets-moved', 'rows-written', 'committing', 'committed']
      : ['rows-written', 'committing'];
    const points = names.map(name => `postgres-sink/${name}`);
    const hits = isFull ? [1, 2, 3, 4, 5] : [1];
    const root = await mkdtemp(join(tmpdir(), 'millrace-postgres-crash-'));
    const [data, deaths] = [join(root, 'data'), join(root, 'deaths')];
    await database.query('CREATE TABLE rows (id text COLLATE "C" PRIMARY KEY, n smallint NOT NULL, text text)');
    await database.query('CREATE TABLE events (n int)');
    const changes = changesOf(count);
    {
      await using log = await openLog(`file:${data}`);
      await fill(log, changes, eventCount);
    }
    // Each has a log of its own with the same records, as if it were cut off from the group: nothing but the database holds it back.
    const frozen = async (stallAt: string, copy: string) => {
      await cp(data, join(root, copy), { recursive: true, filter: name => !/\block-\d+$/.test(name) });
      const child = startChild(sink, [join(root, copy), database.url, String(batchSize)], { MILLRACE_STALL: stallAt });
      await child.stalled;
      return child;
    };

    // One is frozen behind its commit, and one in the middle of a transaction.
    const zombies = [await frozen('postgres-sink/committed:2', 'first')];
    const kills = points.flatMap(name => hits.map(hit => ({ name, hit })));
    for (const [index, { name, hit }] of kills.entries()) {
      if (index === kills.length / 2) zombies.push(await frozen('postgres-sink/rows-written:2', 'second'));
      const child = startChild(sink, [data, database.url, String(batchSize)], {
        MILLRACE_FAILPOINT: `${name}:${hit}`,
        MILLRACE_FAILPOINT_LOG: deaths,
      });
      const ended = await child.ended;
      t.is(ended.signal, 'SIGKILL', `${name}:${hit} ${ended.errors}`);
    }
    const counted = (await readFile(deaths, 'utf8')).trim().split(/\s+/);
    for (const name of points) t.is(counted.filter(death => death === name).length, hits.length, name);

    // The first wakes up beside the last process. The second holds what it was frozen with until all is written: else it might be first, and rightly so.
    const [early, late] = zombies as [(typeof zombies)[0], (typeof zombies)[0]];
    early.kill('SIGCONT');
    const last = await Promise.all([early.ended, startChild(sink, [data, database.url, String(batchSize)]).ended]);
    late.kill('SIGCONT');
    const ends = [last[0], await late.ended, last[1]];
    for (const [index, end] of ends.entries()) {
      t.is(end.code, 0, end.errors);
      if (index < zombies.length)
        t.regex(end.errors, /another task writes|another has taken its place|terminating connection/);
    }

    t.deepEqual(await database.query('SELECT id, n, text FROM rows ORDER BY id'), modelOf(changes) as object[]);
    const seen = (await database.query('SELECT n FROM events ORDER BY n')).map(row => row['n']);
    t.deepEqual(
      seen,
      Array.from({ length: eventCount }, (_, n) => n),
    );
    const dead = (await Promise.all(['data', 'first', 'second'].map(each => deadLetters(join(root, each))))).flat();
    t.true(dead.length > 0);
    for (const { value, headers } of dead) {
      t.regex(value!, /poison/);
      t.regex(headers['__connect.errors.exception.message']!, /out of range for type smallint/);
    }
    t.log(`${kills.length} deaths, ${zombies.length} frozen tasks, ${dead.length} dead letters of one poison row`);
    await rm(root, { recursive: true });
  },
);

/** Transactions of several rows, some in subtransactions, some rolled back; ids and times are given before they begin. Resolves with what was committed. */
async function write(log: Log, database: TestDatabase, writer: number, isOver: () => boolean): Promise<string[]> {
  const { clock } = log.ports;
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const committed: string[] = [];
  for (let turn = 0; !isOver(); turn++) {
    const { rows: given } = await client.query(`SELECT nextval('items_id_seq') AS id, clock_timestamp()::text AS at`);
    await clock.sleep(10 + ((writer * turn) % 11));
    await client.query('BEGIN');
    const mine = [`${writer}-${turn}-early`];
    await client.query('INSERT INTO items VALUES ($1, $2, $3)', [given[0].id, mine[0], given[0].at]);
    for (let row = 0; row < turn % 4; row++) {
      if (row % 2 === 1) await client.query('SAVEPOINT s');
      await client.query('INSERT INTO items (who) VALUES ($1)', [`${writer}-${turn}-${row}`]);
      mine.push(`${writer}-${turn}-${row}`);
      if (writer < 3) await clock.sleep(40); // these are the long ones
    }
    await client.query(turn % 7 === 6 ? 'ROLLBACK' : 'COMMIT');
    if (turn % 7 !== 6) committed.push(...mine);
  }
  await client.end();
  return committed;
}

testWithDatabase(
  'eight writers, and a source that is killed at every point: every row arrives, and exactly once where that is asked for',
  async (t, log, database) => {
    await database.query(
      'CREATE TABLE items (id bigserial PRIMARY KEY, who text, at timestamptz NOT NULL DEFAULT now()); CREATE INDEX ON items (at)',
    );
    const root = await mkdtemp(join(tmpdir(), 'millrace-postgres-crash-'));
    const [data, deaths] = [join(root, 'data'), join(root, 'deaths')];
    let isOver = false;
    const writers = Array.from({ length: 8 }, (_, writer) => write(log, database, writer, () => isOver));
    const lives = [
      ['at-least-once', 'connect/records-sent'],
      ['exactly-once', 'connect/records-sent'],
      ['at-least-once', 'connect/offsets-written'],
      ['exactly-once', 'connect/offsets-written'],
      ['exactly-once', 'connect/transaction-committed'],
    ] as const;
    const deathsOf = isFull
      ? [1, 2, 3].flatMap(hit => lives.map(life => [...life, hit] as const))
      : lives.slice(1, 3).map(life => [...life, 2] as const);
    for (const [promise, name, hit] of deathsOf) {
      const env = { MILLRACE_FAILPOINT: `${name}:${hit}`, MILLRACE_FAILPOINT_LOG: deaths };
      const ended = await startChild(source, [data, database.url, promise, 'on'], env).ended;
      t.is(ended.signal, 'SIGKILL', `${name}:${hit} ${ended.errors}`);
    }
    isOver = true;
    const expected = (await Promise.all(writers)).flat().sort();
    for (const promise of ['at-least-once', 'exactly-once']) {
      const last = await startChild(source, [data, database.url, promise, 'once']).ended;
      t.is(last.code, 0, last.errors);
    }
    const counted = (await readFile(deaths, 'utf8')).trim().split(/\s+/);
    t.is(counted.length, deathsOf.length);

    const own = await openLog(`file:${data}`);
    const found = async (name: string): Promise<string[]> =>
      (await recordsOf(own, name, 'read_committed'))
        .map(({ value }) => (JSON.parse(value!) as { who: string }).who)
        .sort();
    const [once, atLeast] = [await found('exactly-once-items'), await found('at-least-once-items')];
    await own.close();
    t.deepEqual(once, expected);
    t.deepEqual([...new Set(atLeast)], expected);
    t.log(
      `${counted.length} deaths, ${expected.length} rows, ${atLeast.length - expected.length} twice where that may be`,
    );
    await rm(root, { recursive: true });
  },
);
