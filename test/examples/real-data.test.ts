// Real files through the command line alone, as the examples and the README say: a file into a table, the table into a topic, an application that
// aggregates, its results into Redis and into files. In the end all of it is what SQL makes of the raw file, loaded by COPY. In short, a part of each
// file; with MILLRACE_SOAK=full all of it.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { CommandLineRun, latest, type Servers, sampled, startServers } from './command-line-run.js';

const data = process.env['MILLRACE_TEST_DATA'] ?? '';
let servers: Servers | undefined;
let missing = '';

test.before(async () => {
  try {
    servers = await startServers();
  } catch (error) {
    missing = (error as Error).message;
  }
});

test.after.always(() => servers?.stop());

/** Undefined, and said so, where something is missing. */
async function begin(t: ExecutionContext, example: string, raw: string): Promise<CommandLineRun | undefined> {
  t.timeout(600_000);
  const absent = servers === undefined ? missing : existsSync(raw) ? undefined : `${raw} (MILLRACE_TEST_DATA)`;
  if (absent === undefined) return await CommandLineRun.of(t, example, servers!);
  t.log(`left out: ${absent}`);
  t.pass();
  return undefined;
}

const quakes = join(data, 'earthquakes.txt');

test.serial('earthquakes, from csv: per network, as hashes and as lines of JSON in two folders', async t => {
  const example = await begin(t, 'quakes', quakes);
  if (example === undefined) return;
  await example.run(['pipeline', 'test', 'load.yaml']);
  const [header = '', ...lines] = readFileSync(quakes, 'utf8').trimEnd().split('\n');
  const raw = [header, ...sampled(lines, 6)].join('\n');
  writeFileSync(example.file('raw.csv'), raw);
  await example.run(['pipeline', 'run', 'load.yaml'], { QUAKES: example.file('raw.csv') });
  await example.run(['pipeline', 'run', 'feed.yaml']);
  await example.run(['topic', 'create', 'quakes-by-network', '-p', '1']);
  await example.application('quakes', 'by-network.mjs');
  await example.run(['pipeline', 'run', 'to-redis.yaml']);
  await example.run(['pipeline', 'run', 'to-files.yaml']);

  const { database } = example;
  await database.query(`CREATE TABLE raw (line serial, "DateTime" text, "Latitude" text, "Longitude" text, "Depth" text, "Magnitude" float8,
    "MagType" text, "NbStations" text, "Gap" text, "Distance" text, "RMS" text, "Source" text, "EventID" text)`);
  const names = header
    .trim()
    .split(',')
    .map(name => `"${name}"`);
  await example.copy(`raw (${names.join(', ')})`, raw, 'FORMAT csv, HEADER');
  const grouped = (table: string) =>
    `SELECT network, count(*)::int AS quakes, max(magnitude) AS strongest FROM ${table} GROUP BY network ORDER BY network COLLATE "C"`;
  const expected = await database.query(
    grouped(`(SELECT DISTINCT ON ("EventID") "Source" AS network, "Magnitude" AS magnitude FROM raw
      WHERE "EventID" <> '' AND "Magnitude" IS NOT NULL ORDER BY "EventID", line) AS events`),
  );
  t.true(expected.length > 10);
  t.deepEqual(await database.query(grouped('quakes')), expected, 'the table');
  const inRedis = await Promise.all(
    expected.map(async ({ network }) => {
      const { quakes: count, strongest } = await servers!.redis.client.hgetall(`network:${String(network)}`);
      return { network, quakes: Number(count), strongest: Number(strongest) };
    }),
  );
  t.deepEqual(inRedis, expected, 'Redis');
  interface Network {
    readonly network: string;
    readonly strongest: number;
  }
  const strong = example.values<Network>('out/strong');
  t.true(strong.every(({ strongest }) => strongest >= 6));
  const updates = latest([...example.values<Network>('out/networks'), ...strong], ({ network }) => network);
  t.deepEqual(updates as unknown as typeof expected, expected, 'the files');
  const [refused] = await database.query(
    `SELECT count(*)::int FROM raw WHERE "EventID" IS NULL OR "EventID" = '' OR "Magnitude" IS NULL`,
  );
  t.is(example.values('out/rejected').length, refused!['count'] as number, 'what has no id or no magnitude');
});

const webLog = join(data, 'apache_logs.log');

test.serial(
  'requests to a web server, from the lines of packed logs: per path, as JSON texts, a sorted set and packed files',
  async t => {
    const example = await begin(t, 'requests', webLog);
    if (example === undefined) return;
    // As it was rotated: two files, packed, and a line that the machine lost half of.
    const lines = sampled(readFileSync(webLog, 'utf8').trimEnd().split('\n'), 3);
    const half = lines.length / 2;
    const rotated = [[...lines.slice(0, half), lines[half]!.slice(0, 30)], lines.slice(half)];
    for (const [at, part] of rotated.entries())
      writeFileSync(example.file(`access-${at}.log.gz`), gzipSync(part.map(line => `${line}\n`).join('')));
    await example.run(['pipeline', 'test', 'load.yaml']);
    await example.run(['pipeline', 'run', 'load.yaml']);
    await example.run(['pipeline', 'run', 'feed.yaml']);
    await example.run(['topic', 'create', 'requests-by-path', '-p', '2']);
    await example.application('requests', 'by-path.mjs');
    await example.run(['pipeline', 'run', 'to-redis.yaml']);
    await example.run(['pipeline', 'run', 'to-files.yaml']);

    const { database } = example;
    await database.query('CREATE TABLE raw (line text)');
    await example.copy('raw', `${lines.join('\n')}\n`, `FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02'`);
    await database.query(
      `CREATE VIEW parts AS SELECT regexp_match(line, '^\\S+ .*?\\[([^\\]]+)\\] "\\S+ (\\S+)[^"]*" (\\d{3}) (\\d+|-)') AS part FROM raw`,
    );
    const grouped = (
      table: string,
    ) => `SELECT path, count(*)::int AS requests, (count(*) FILTER (WHERE status >= 400))::int AS failures, sum(bytes)::float8 AS bytes
    FROM ${table} GROUP BY path ORDER BY path COLLATE "C"`;
    const rows = `(SELECT to_timestamp(part[1], 'DD/Mon/YYYY:HH24:MI:SS TZHTZM') AS at, part[2] AS path, part[3]::int AS status,
    CASE part[4] WHEN '-' THEN 0 ELSE part[4]::int END AS bytes FROM parts) AS requests`;
    const expected = await database.query(grouped(rows));
    t.true(expected.length > 500);
    t.deepEqual(await database.query(grouped('requests')), expected, 'the table');
    const ofTime = (table: string, at: string) =>
      database.query(`SELECT date_trunc('hour', ${at}) AS hour, count(*) FROM ${table} GROUP BY 1 ORDER BY 1`);
    t.deepEqual(await ofTime('requests', 'at::timestamptz'), await ofTime(rows, 'at'), 'their times');
    const texts = await servers!.redis.client.mget(expected.map(({ path }) => `path:${String(path)}`));
    t.deepEqual(
      texts.map((text, at) => ({ path: expected[at]!['path'], ...JSON.parse(text!) })),
      expected,
      'Redis',
    );
    const popular = await servers!.redis.client.zrange('popular', '0', '-1', 'WITHSCORES');
    const often = expected.filter(({ requests }) => (requests as number) >= 100);
    t.true(often.length > 5);
    const scores = Object.fromEntries(
      Array.from({ length: popular.length / 2 }, (_, at) => popular.slice(2 * at, 2 * at + 2) as [string, string]),
    );
    t.deepEqual(scores, Object.fromEntries(often.map(({ path, requests }) => [String(path), String(requests)])));
    const inFiles = latest(example.values<{ path: string }>('out/paths'), ({ path }) => path);
    t.deepEqual(inFiles as unknown as typeof expected, expected, 'the files');
    t.is(example.values('out/rejected').length, 1);
  },
);

const tradesFile = join(data, 'ibm_trades.csv');

test.serial(
  'trades of a stock, from csv without a header: candles of five minutes, as hashes and as parquet',
  async t => {
    const example = await begin(t, 'trades', tradesFile);
    if (example === undefined) return;
    await example.run(['pipeline', 'test', 'load.yaml']);
    const raw = sampled(readFileSync(tradesFile, 'utf8').trimEnd().split('\n'), 5).join('\n');
    writeFileSync(example.file('raw.csv'), raw);
    await example.run(['pipeline', 'run', 'load.yaml'], { TRADES: example.file('raw.csv') });
    await example.run(['pipeline', 'run', 'feed.yaml']);
    await example.run(['topic', 'create', 'candles', '-p', '1']);
    await example.application('trades', 'candles.mjs');
    await example.run(['pipeline', 'run', 'to-redis.yaml']);
    await example.run(['pipeline', 'run', 'to-files.yaml']);

    const { database } = example;
    await database.query(
      'CREATE TABLE raw (ms bigint, price numeric, size bigint, exchange text, condition text, suspicious int)',
    );
    await example.copy('raw', raw, 'FORMAT csv');
    const expected = await database.query(`
    SELECT exchange, to_char((timestamptz '2013-10-08 00:00:00-04' + (ms / 300000) * interval '5 minutes') AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS start, count(*)::int AS trades, sum(size)::int AS shares,
        (min(price) / 10000)::float8 AS low, (max(price) / 10000)::float8 AS high
      FROM raw WHERE suspicious = 0 GROUP BY exchange, ms / 300000 ORDER BY exchange COLLATE "C", ms / 300000`);
    t.true(expected.length > 100);
    const inTable = await database.query(
      'SELECT count(*)::int AS trades, sum(size)::int AS shares, round(sum(price)::numeric, 4)::text AS prices FROM trades',
    );
    t.deepEqual(
      inTable,
      await database.query(
        'SELECT count(*)::int AS trades, sum(size)::int AS shares, round(sum(price / 10000), 4)::text AS prices FROM raw WHERE suspicious = 0',
      ),
      'the table',
    );
    const inRedis = await Promise.all(
      expected.map(async ({ exchange, start }) => {
        const candle = await servers!.redis.client.hgetall(`candle:${String(exchange)} ${String(start)}`);
        return {
          exchange,
          start,
          ...Object.fromEntries(Object.entries(candle).map(([name, text]) => [name, Number(text)])),
        };
      }),
    );
    t.deepEqual(inRedis, expected, 'Redis');
    const rows: Record<string, unknown>[] = [];
    for (const bytes of example.files('out/candles'))
      rows.push(...(await parquetReadObjects({ file: new Uint8Array(bytes).buffer })));
    const plain = rows.map(row =>
      Object.fromEntries(
        Object.entries(row).map(([name, cell]) => [name, typeof cell === 'bigint' ? Number(cell) : cell]),
      ),
    );
    // Closed windows are told once.
    t.is(plain.length, expected.length);
    t.deepEqual(
      latest(plain, ({ exchange, start }) => `${String(exchange)} ${String(start)}`),
      expected,
      'the files',
    );
  },
);

test.serial('flights, from a JSON array: delays per airport, as hashes and as csv', async t => {
  // Of an npm package; there is no JSON among the files of MILLRACE_TEST_DATA.
  const flights = createRequire(import.meta.url).resolve('vega-datasets/data/flights-20k.json');
  const example = await begin(t, 'delays', flights);
  if (example === undefined) return;
  await example.run(['pipeline', 'test', 'load.yaml']);
  const raw = JSON.stringify(sampled(JSON.parse(readFileSync(flights, 'utf8')) as unknown[], 4));
  writeFileSync(example.file('raw.json'), raw);
  await example.run(['pipeline', 'run', 'load.yaml'], { FLIGHTS: example.file('raw.json') });
  await example.run(['pipeline', 'run', 'feed.yaml']);
  await example.run(['topic', 'create', 'delays-by-origin', '-p', '1']);
  await example.application('delays', 'by-origin.mjs');
  await example.run(['pipeline', 'run', 'to-redis.yaml']);
  await example.run(['pipeline', 'run', 'to-files.yaml']);

  const { database } = example;
  await database.query('CREATE TABLE raw (array_ jsonb)');
  await example.copy('raw', raw, `FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02'`);
  const grouped = (
    table: string,
  ) => `SELECT origin, count(*)::int AS flights, (count(*) FILTER (WHERE delay >= 60))::int AS late, sum(delay)::int AS minutes
    FROM ${table} GROUP BY origin ORDER BY origin COLLATE "C"`;
  const rows = `(SELECT flight->>'origin' AS origin, (flight->>'delay')::int AS delay FROM raw, jsonb_array_elements(array_) AS flight) AS flights`;
  const expected = await database.query(grouped(rows));
  t.true(expected.length > 50);
  t.deepEqual(await database.query(grouped('flights')), expected, 'the table');
  const inRedis = await Promise.all(
    expected.map(async ({ origin }) => {
      const airport = await servers!.redis.client.hgetall(`airport:${String(origin)}`);
      return { origin, ...Object.fromEntries(Object.entries(airport).map(([name, text]) => [name, Number(text)])) };
    }),
  );
  t.deepEqual(inRedis, expected, 'Redis');
  const updates = example.texts('out/airports').flatMap(text =>
    parse<{ origin: string }>(text, {
      columns: true,
      cast: (cell, { column, header }) => (header || column === 'origin' ? cell : Number(cell)),
    }),
  );
  t.deepEqual(latest(updates, ({ origin }) => origin) as unknown as typeof expected, expected, 'the files');
});
