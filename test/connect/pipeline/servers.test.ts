// Pipelines on real servers: PostgreSQL, Redis and a broker behind a socket (Apache Kafka where MILLRACE_TEST_URL says so).

import { existsSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { pipelineConnectors } from '../../../cli/pipeline-connectors.js';
import {
  loadPipeline,
  newPipeline,
  type PipelineSummary,
  recipeWords,
  runPipeline,
  StateDirectory,
} from '../../../connect/pipeline/index.js';
import { openLog } from '../../../core/index.js';
import { startKafka } from '../../../scripts/kafka/start-kafka.js';
import type { TestDatabase } from '../../connectors/postgres/postgres-server.js';
import { postgresOfFile } from '../../connectors/postgres/with-database.js';
import type { RedisServer } from '../../connectors/redis/redis-server.js';
import { redisOfFile } from '../../connectors/redis/with-redis.js';
import { ServerOfFile } from '../../connectors/server-of-file.js';
import { BrokerListener } from '../../core/network/broker-listener.js';
import { quiet } from '../quiet.js';
import { committedValues } from './committed-values.js';
import { Scratch } from './scratch.js';

async function startBroker(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  if (process.env['MILLRACE_TEST_URL']?.startsWith('kafka:') === true) return await startKafka();
  const listener = await BrokerListener.start();
  return { url: listener.url, stop: () => listener.close() };
}

const postgresOfTests = postgresOfFile();
const redisOfTests = redisOfFile();
const brokerOfTests = new ServerOfFile('a broker', startBroker);

interface Place {
  readonly redis: RedisServer;
  readonly kafka: { readonly url: string };
  readonly scratch: Scratch;
  readonly database: TestDatabase;
  readonly environment: Readonly<Record<string, string>>;
}

/** Undefined, and said so, where a server is missing. */
async function place(t: ExecutionContext): Promise<Place | undefined> {
  t.timeout(300_000);
  const postgres = postgresOfTests.for(t);
  const redis = redisOfTests.for(t);
  const kafka = brokerOfTests.for(t);
  if (postgres === undefined || redis === undefined || kafka === undefined) return undefined;
  const database = await postgres.database();
  t.teardown(() => database.close());
  const environment = { POSTGRES_URL: database.url, REDIS_URL: redis.url, KAFKA_URL: kafka.url };
  return { redis, kafka, scratch: new Scratch(t), database, environment };
}

async function run(
  { scratch, environment }: Place,
  text: string,
  options: { until?: number } = {},
): Promise<PipelineSummary> {
  const file = scratch.write('pipeline.yaml', text.replaceAll('{DIR}', scratch.path));
  const pipeline = await loadPipeline(file, { connectors: pipelineConnectors, environment });
  const stop = new AbortController();
  return await runPipeline(pipeline, {
    logger: quiet,
    state: new StateDirectory(scratch.file(`state/${pipeline.name}`)),
    signal: stop.signal,
    ...(options.until !== undefined && {
      onStart: run => run.every(20, () => void (run.progress().sunk >= options.until! && stop.abort())),
    }),
  });
}

test('lookups ask Postgres and Redis for the keys of a batch, and say what becomes of keys that nobody knows', async t => {
  const at = await place(t);
  if (at === undefined) return;
  await at.database.query(`CREATE TABLE customers (id int PRIMARY KEY, name text, city text)`);
  await at.database.query(`INSERT INTO customers VALUES (1, 'ann', 'Bern'), (2, 'bob', 'Rome')`);
  await at.redis.client.hset('country:Bern', { code: 'CH', people: '134000' });
  at.scratch.write('in.jsonl', [1, 2, 3, 1].map(customer => `${JSON.stringify({ customer })}\n`).join(''));
  const summary = await run(
    at,
    `
name: looked-up
source: { file: { file: '{DIR}/in.jsonl', mode: once } }
steps:
  - lookup:
      key: customer
      from: { postgres: { connection.url: '\${POSTGRES_URL}', table: customers, key.column: id } }
      missing: error
  - lookup: { key: city, from: { redis: { redis.uri: '\${REDIS_URL}', redis.type: hash, redis.keyspace: country } }, as: country }
sink: { file: { directory: '{DIR}/out' } }
errors: { file: { directory: '{DIR}/errors' } }
`,
  );
  t.like(summary, { read: 4, written: 3, sunk: 3, failed: 1 });
  const ann = { customer: 1, id: 1, name: 'ann', city: 'Bern', country: { code: 'CH', people: '134000' } };
  t.deepEqual(at.scratch.lines('out'), [ann, { customer: 2, id: 2, name: 'bob', city: 'Rome', country: null }, ann]);
  const [error] = at.scratch.lines('errors') as [{ step: string; error: string; value: unknown }];
  t.like(error, { step: 'lookup', value: { customer: 3 } });
  t.regex(error.error, /nothing is found for "3"/);
});

test('the tables of one source go to tables, keys, topics and folders of their own names', async t => {
  const at = await place(t);
  if (at === undefined) return;
  const { database, redis, kafka, scratch } = at;
  await database.query('CREATE TABLE fruits (id int PRIMARY KEY, name text); ');
  await database.query('CREATE TABLE tools (id int PRIMARY KEY, name text)');
  await database.query(`INSERT INTO fruits VALUES (1, 'fig'), (2, 'plum')`);
  await database.query(`INSERT INTO tools VALUES (1, 'saw')`);
  await database.query('CREATE SCHEMA copy');
  const summary = await run(
    at,
    `
name: tables
source:
  postgres: { connection.url: '\${POSTGRES_URL}', table.include.list: 'public\\..*', mode: incrementing, poll.once: true }
steps:
  - branch:
      - { name: redis, when: 'true', copy: true, steps: [{ key: $key.id }], sink: { redis: { redis.uri: '\${REDIS_URL}', redis.type: hash, redis.keyspace: 'shop.\${topic}' } } }
  - branch:
      - { name: kafka, when: 'true', copy: true, sink: { topic: { url: '\${KAFKA_URL}', name: 'shop.\${topic}' } } }
  - branch:
      - { name: files, when: $topic = "fruits", copy: true, sink: { file: { directory: '{DIR}/out', path.format: '{topic}' } } }
sink:
  postgres: { connection.url: '\${POSTGRES_URL}', table.name.format: 'copy.\${topic}', auto.create: true, insert.mode: upsert, pk.mode: record_key }
`,
  );
  t.like(summary, { read: 3, written: 11, sunk: 11 });
  const fruits = [
    { id: 1, name: 'fig' },
    { id: 2, name: 'plum' },
  ];
  t.deepEqual(await database.query('SELECT id::int, name FROM copy.fruits ORDER BY id'), fruits);
  t.deepEqual(await database.query('SELECT id::int, name FROM copy.tools'), [{ id: 1, name: 'saw' }]);
  t.deepEqual((await redis.client.keys('shop.*')).toSorted(), ['shop.fruits:1', 'shop.fruits:2', 'shop.tools:1']);
  t.like(await redis.client.hgetall('shop.fruits:2'), { name: 'plum' });
  t.deepEqual(await committedValues(kafka.url, 'shop.fruits'), fruits);
  t.deepEqual(await committedValues(kafka.url, 'shop.tools'), [{ id: 1, name: 'saw' }]);
  t.true(existsSync(scratch.file('out/fruits')));
  t.deepEqual(scratch.lines('out/fruits'), fruits);
});

test('a topic on a broker is a source and a sink, and where a run ended the next one goes on', async t => {
  const at = await place(t);
  if (at === undefined) return;
  await using log = await openLog(at.kafka.url);
  const [from, to] = [`in-${at.database.url.split('/').at(-1)}`, `out-${at.database.url.split('/').at(-1)}`];
  await log.admin().createTopics([{ name: from, partitions: 3 }]);
  const send = async (ids: readonly number[]): Promise<void> => {
    await using producer = log.producer();
    for (const id of ids) await producer.send(from, { key: `k${id}`, value: JSON.stringify({ id }) });
  };
  const text = `
name: copied
source: { topic: { url: '\${KAFKA_URL}', name: ${from}, mode: once } }
steps:
  - filter: id != 2
  - map: { id: id, from: $key, topic: $topic }
sink: { topic: { url: '\${KAFKA_URL}', name: ${to}, partitions: 2 } }
`;
  const copyOf = (id: number) => ({ id, from: `k${id}`, topic: from });
  await send([1, 2, 3]);
  t.like(await run(at, text), { read: 3, sunk: 2, outcome: 'done' });
  await send([4]);
  t.like(await run(at, text), { read: 1, sunk: 1 });
  const values = (await committedValues(at.kafka.url, to)) as { id: number }[];
  t.deepEqual(
    values.toSorted((a, b) => a.id - b.id),
    [1, 3, 4].map(copyOf),
  );
});

// What `millrace pipeline new` writes, on servers that hold what it names.
const orders = [1, 2].map(id => ({
  id,
  amount: id * 20,
  customer: 'ann',
  created: 1_700_000_000_000 + id,
  items: [
    { id, amount: 1 },
    { id, amount: 2 },
  ],
}));

function layOutFiles({ scratch }: Place): void {
  scratch.write('input.jsonl', orders.map(order => `${JSON.stringify(order)}\n`).join(''));
  scratch.write('customers.csv', 'id,city\nann,Bern\n');
}

async function layOut({ database, redis, kafka }: Place): Promise<void> {
  await database.query('CREATE TABLE orders (id int PRIMARY KEY, amount numeric, customer text, created bigint)');
  await redis.client.del('orders');
  await using log = await openLog(kafka.url);
  await using producer = log.producer();
  await log.admin().createTopics([{ name: 'orders', partitions: 1 }], { ifNotExists: true });
  for (const { id, amount, customer, created } of orders) {
    await database.query('INSERT INTO orders VALUES ($1, $2, $3, $4)', [id, amount, customer, created]);
    await redis.client.xadd('orders', '*', 'id', id, 'amount', amount, 'customer', customer, 'created', created);
    await producer.send('orders', { key: String(id), value: JSON.stringify({ id, amount, customer, created }) });
  }
}

function written(name: string, recipe: string): string {
  return newPipeline(name, recipe).replaceAll('./', '{DIR}/').replace('input.csv', 'input.jsonl');
}

test('what `new` writes for any source and any sink runs as it stands', async t => {
  const at = await place(t);
  if (at === undefined) return;
  layOutFiles(at);
  await layOut(at);
  for (const source of recipeWords.sources) {
    for (const sink of recipeWords.sinks) {
      const recipe = `${source}/filter,map/${sink}`;
      const summary = await run(at, written(`new-${source}-${sink}`, recipe), source === 'redis' ? { until: 2 } : {});
      t.like(summary, { read: 2, sunk: 2, failed: 0 }, recipe);
    }
  }
  t.deepEqual(await at.database.query('SELECT id, amount::float8 FROM orders_out ORDER BY id'), [
    { id: '1', amount: 20 },
    { id: '2', amount: 40 },
  ]);
  t.deepEqual(await at.redis.client.hgetall('order:2'), { id: '2', amount: '40' });
});

test('what `new` writes for any step runs as it stands', async t => {
  const at = await place(t);
  if (at === undefined) return;
  layOutFiles(at);
  for (const step of recipeWords.steps) {
    const summary = await run(at, written(`new-${step.toLowerCase()}`, `file/${step}/file`));
    t.like(summary, { read: 2, sunk: step === 'flatMap' ? 4 : 2, failed: 0 }, step);
  }
});
