// The Postgres sink beside what a program without Millrace would do with the same rows in memory: one COPY of text that is ready (the sink: transactions of
// its default size), and an upsert of arrays by unnest, 3,000 rows a transaction as the sink's. The sink reads its records from a topic, parses their JSON and
// keeps its offsets; rows, table and server (with fsync) are the same.

import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { startConnector } from '../connect/index.js';
import { postgresSink } from '../connectors/postgres/index.js';
import { type Log, openLog, string, topic } from '../core/index.js';
import { type Contender, measureInTurns, report, type Timed } from './measure.js';
import { benchPostgres } from './postgres-server.js';

const rows = topic('rows', { key: string, value: string });
const batchSize = 3_000;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: console.error };

interface Row {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  readonly at: string;
  readonly note: string;
}

function rowOf(at: number): Row {
  return {
    id: at,
    name: `name of ${at % 1000}`,
    price: at / 4,
    at: `2024-02-29T12:${String(at % 60).padStart(2, '0')}:00.000Z`,
    note: 'a few words to fill the row up',
  };
}

export async function benchPostgresSink(recordCount: number, rounds: number): Promise<string> {
  const server = await benchPostgres();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await using log = await openLog('memory:');
  const all = Array.from({ length: recordCount }, (_, at) => rowOf(at));
  await fill(log, all);
  const place = { log, url: server.url, client, all };
  try {
    const shown = `${recordCount} records of ${JSON.stringify(all[1000 % all.length]).length} bytes of JSON`;
    return [
      report(`postgres-sink, inserts: ${shown}`, await measureInTurns(inserts(place), rounds)),
      report(`postgres-sink, upserts: ${shown}`, await measureInTurns(upserts(place), rounds)),
    ].join('\n');
  } finally {
    await client.end();
    await server.stop();
  }
}

interface Place {
  readonly log: Log;
  readonly url: string;
  readonly client: pg.Client;
  readonly all: readonly Row[];
}

async function fill(log: Log, all: readonly Row[]): Promise<void> {
  // The records are of 1970: by its default, retention would take them away after some minutes.
  await log.admin().createTopics([{ name: 'rows', partitions: 1, configs: { 'retention.ms': '-1' } }]);
  await using producer = log.producer();
  const writer = await producer.writer(rows);
  for (const [at, row] of all.entries()) {
    writer.append(null, JSON.stringify(row), 0, 0);
    if ((at & 0xfff) === 0 && producer.isFull) await producer.drained();
  }
  await producer.flush();
}

function inserts(place: Place): Contender[] {
  const text = textOf(place.all);
  const raw: Contender = {
    name: 'COPY FROM STDIN, text that is ready',
    run: timed => onTable(place, '', () => timed(() => copy(place.client, text))),
  };
  const sink: Contender = {
    name: 'sink, insert.mode=insert',
    run: timed => onTable(place, '', () => runSink(place, timed, {})),
  };
  return [raw, sink];
}

function upserts(place: Place): Contender[] {
  const key = ' PRIMARY KEY';
  const config = { 'batch.size': batchSize, 'insert.mode': 'upsert', 'pk.mode': 'record_value', 'pk.fields': 'id' };
  const raw: Contender = {
    name: 'hand-written unnest upsert, 3,000 a commit',
    run: timed => onTable(place, key, () => timed(() => upsert(place.client, place.all))),
  };
  const sink: Contender = {
    name: 'sink, insert.mode=upsert',
    run: timed => onTable(place, key, () => runSink(place, timed, config)),
  };
  return [raw, sink];
}

/** On an empty table; all rows are in it afterwards. */
async function onTable({ client, all }: Place, key: string, work: () => Promise<void>): Promise<number> {
  await client.query(
    `DROP TABLE IF EXISTS rows; CREATE TABLE rows (id int${key}, name text, price double precision, at timestamptz, note text)`,
  );
  await work();
  return await counted(client, all.length);
}

let runCount = 0;

async function runSink({ log, url }: Place, timed: Timed, config: Readonly<Record<string, unknown>>): Promise<void> {
  const name = `sink-${++runCount}`;
  const shared = { topics: 'rows', 'connection.url': url };
  await timed(async () => {
    const sink = await startConnector(log, {
      name,
      connector: postgresSink,
      logger: quiet,
      config: { ...shared, ...config },
    });
    await sink.finish();
  });
}

async function counted(client: pg.Client, expected: number): Promise<number> {
  const { rows: found } = await client.query('SELECT count(*)::int AS n FROM rows');
  const [{ n }] = found as [{ n: number }];
  if (n !== expected) throw new Error(`the table has ${n} rows, not ${expected}`);
  return n;
}

function textOf(all: readonly Row[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < all.length; at += 500) {
    const lines = all.slice(at, at + 500).map(row => `${Object.values(row).join('\t')}\n`);
    chunks.push(Buffer.from(lines.join('')));
  }
  return chunks;
}

async function copy(client: pg.Client, chunks: readonly Buffer[]): Promise<void> {
  const stream = client.query(copyFrom('COPY rows FROM STDIN'));
  const finished = new Promise<void>((resolve, reject) => stream.on('finish', resolve).on('error', reject));
  for (const chunk of chunks) {
    if (!stream.write(chunk)) await new Promise(resolve => stream.once('drain', resolve));
  }
  stream.end();
  await finished;
}

async function upsert(client: pg.Client, all: readonly Row[]): Promise<void> {
  const text = `INSERT INTO rows SELECT * FROM unnest($1::int[], $2::text[], $3::float8[], $4::timestamptz[], $5::text[])
    ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, price = EXCLUDED.price, at = EXCLUDED.at, note = EXCLUDED.note`;
  for (let at = 0; at < all.length; at += batchSize) {
    const part = all.slice(at, at + batchSize);
    await client.query('BEGIN');
    await client.query(text, [
      part.map(row => row.id),
      part.map(row => row.name),
      part.map(row => row.price),
      part.map(row => row.at),
      part.map(row => row.note),
    ]);
    await client.query('COMMIT');
  }
}
