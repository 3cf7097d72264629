// A year of earthquakes through the command line alone, as examples/quakes and the README say: a file into a table, the table into a topic, an application
// that aggregates, its results into Redis and into files. In the end all of it is what SQL makes of the raw file.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { millrace, type Outcome, testFolder } from '../cli/run-millrace.js';
import { startPostgres } from '../connectors/postgres/postgres-server.js';
import { startRedis } from '../connectors/redis/redis-server.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const data = process.env['MILLRACE_TEST_DATA'] ?? '';
const raw = join(data, 'earthquakes.txt');

/** What the application and the pipelines have to come to. */
const byNetworkSql = `
  SELECT network, count(*)::int AS quakes, max(magnitude) AS strongest
    FROM (SELECT DISTINCT ON (raw[12]) raw[11] AS network, raw[5]::float8 AS magnitude
            FROM (SELECT at, string_to_array(line, ',') AS raw FROM unnest($1::text[]) WITH ORDINALITY AS l(line, at)) AS lines
           WHERE raw[12] <> '' AND raw[5] <> '' ORDER BY raw[12], at) AS quakes
   GROUP BY network ORDER BY network COLLATE "C"`;

test('earthquakes go from a file through Postgres and an application to Redis and files, and all of it is what SQL says', async t => {
  t.timeout(600_000);
  if (!existsSync(raw)) {
    t.log('left out: MILLRACE_TEST_DATA with earthquakes.txt');
    t.pass();
    return;
  }
  const servers = await Promise.allSettled([startPostgres(), startRedis()]);
  const [postgres, redis] = servers.map(each => (each.status === 'fulfilled' ? each.value : undefined)) as [
    Awaited<ReturnType<typeof startPostgres>> | undefined,
    Awaited<ReturnType<typeof startRedis>> | undefined,
  ];
  t.teardown(async () => {
    await postgres?.stop();
    await redis?.stop();
  });
  if (postgres === undefined || redis === undefined) {
    t.log(`left out: ${postgres === undefined ? 'PostgreSQL' : 'Redis'}`);
    t.pass();
    return;
  }
  const database = await postgres.database();
  const cwd = testFolder(t);
  for (const name of ['load', 'feed', 'to-redis', 'to-files'])
    copyFileSync(join(root, `examples/quakes/${name}.yaml`), join(cwd, `${name}.yaml`));
  const env = { QUAKES: raw, POSTGRES_URL: database.url, REDIS_URL: redis.url };
  const run = async (...args: string[]): Promise<Outcome> => {
    const outcome = await millrace(args, { cwd, env });
    t.is(outcome.code, 0, `${args.join(' ')}\n${outcome.stderr.slice(-2_000)}`);
    return outcome;
  };

  await run('pipeline', 'test', 'load.yaml');
  await run('pipeline', 'run', 'load.yaml');
  await run('pipeline', 'run', 'feed.yaml');
  await run('topic', 'create', 'quakes-by-network', '-p', '1');
  await run('run', applicationInside(root), '--finish');
  await run('pipeline', 'run', 'to-redis.yaml');
  await run('pipeline', 'run', 'to-files.yaml');

  const lines = readFileSync(raw, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map(line => line.trimEnd());
  const expected = await database.query(byNetworkSql, [lines]);
  t.true(expected.length > 10);
  const inTable = await database.query(
    'SELECT network, count(*)::int AS quakes, max(magnitude) AS strongest FROM quakes GROUP BY network ORDER BY network COLLATE "C"',
  );
  t.deepEqual(inTable, expected, 'the table');
  const inRedis = await Promise.all(
    expected.map(async ({ network }) => {
      const { quakes, strongest } = await redis.client.hgetall(`network:${String(network)}`);
      return { network, quakes: Number(quakes), strongest: Number(strongest) };
    }),
  );
  t.deepEqual(inRedis, expected, 'Redis');
  const inFiles = new Map([...updatesIn(join(cwd, 'out/networks')), ...updatesIn(join(cwd, 'out/strong'))]);
  t.deepEqual(
    [...inFiles.values()].toSorted((a, b) => (a.network < b.network ? -1 : 1)),
    expected as unknown as Network[],
    'the files',
  );
  t.true(updatesIn(join(cwd, 'out/strong')).every(([, { strongest }]) => strongest >= 6));
  const refused = lines.filter(line => line.split(',')[11] === '' || line.split(',')[4] === '');
  t.is(rowsOf(join(cwd, 'out/rejected')).length, refused.length, 'what has no id or no magnitude');
  await database.close();
});

/** A copy inside dist/, so that `millrace` is this package. */
function applicationInside(folder: string): string {
  const copy = join(folder, 'dist/examples/quakes/by-network.mjs');
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(join(folder, 'examples/quakes/by-network.mjs'), copy);
  return copy;
}

interface Network {
  readonly network: string;
  readonly quakes: number;
  readonly strongest: number;
}

/** The last word on each network, in the order in which they were written. */
function updatesIn(folder: string): readonly (readonly [string, Network])[] {
  return (rowsOf(folder) as Network[]).map(row => [row.network, row] as const);
}

function rowsOf(folder: string): unknown[] {
  const names = readdirSync(folder)
    .filter(name => name.endsWith('.jsonl'))
    .toSorted();
  const text = names.map(name => readFileSync(join(folder, name), 'utf8')).join('');
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}
