// The suite that every connector passes, over the ways in which the Postgres source and sink can be used.

import test from 'ava';
import { connectorSuite, type SinkUnderTest, type SourceUnderTest } from '../../../connect/conformance/index.js';
import { postgresSink, postgresSource } from '../../../connectors/postgres/index.js';
import { FaultyProxy } from './faulty-proxy.js';
import { postgresOfFile } from './with-database.js';

const postgres = postgresOfFile();

/** What all places share: a database of their own, behind a proxy of their own. */
async function place() {
  const database = await postgres.require().database();
  const proxy = new FaultyProxy(new URL(database.url));
  return {
    query: database.query,
    config: { 'connection.url': await proxy.url(), 'connection.timeout.ms': 2_000, 'query.timeout.ms': 2_000 },
    async breakPeer() {
      proxy.mode = 'refuse';
      proxy.cut();
    },
    async stallPeer() {
      proxy.mode = 'stall';
    },
    async mendPeer() {
      proxy.mode = 'open';
      proxy.cut();
    },
    async close() {
      proxy.close();
      await database.close();
    },
  };
}

const batchSize = 7;
const wrong = [
  { config: { 'connection.url': 'http://elsewhere' }, names: /connection\.url/ },
  { config: { 'connection.url': undefined, 'connection.port': 70_000 }, names: /connection\.port/ },
];

function source(mode: string, more: Partial<SourceUnderTest> & { readonly config?: object } = {}): SourceUnderTest {
  const { config: own, ...rest } = more;
  return {
    connector: postgresSource,
    // In bulk it is never through with what there is, and no last poll is empty.
    ...(mode !== 'bulk' && { pollRecordsMax: batchSize }),
    textOf: ({ value }) => (value as { text: string }).text,
    wrong: [...wrong, { config: { 'table.include.list': '(' }, names: /table\.include\.list/ }],
    async place() {
      const { query, config, ...others } = await place();
      await query('CREATE TABLE items (id serial PRIMARY KEY, text text, at timestamptz DEFAULT clock_timestamp())');
      return {
        ...others,
        config: {
          ...config,
          mode,
          'table.include.list': 'public.items',
          'topic.format': 'conformance',
          'batch.max.rows': batchSize,
          'poll.interval.ms': 10,
          ...own,
        },
        put: async values =>
          void (await query(
            'INSERT INTO items (text) SELECT t FROM unnest($1::text[]) WITH ORDINALITY AS u(t, n) ORDER BY n',
            [values],
          )),
      };
    },
    ...rest,
  };
}

const queried = {
  'table.include.list': undefined,
  'topic.format': undefined,
  'topic.prefix': 'conformance',
  query: 'SELECT id, text, at FROM items',
};

const sources: Record<string, SourceUnderTest> = {
  incrementing: source('incrementing'),
  timestamp: source('timestamp', { config: { 'timestamp.column.name': 'at' } }),
  'timestamp+incrementing': source('timestamp+incrementing', { config: { 'timestamp.column.name': 'at' } }),
  'a query, incrementing': source('incrementing', { config: { ...queried, 'incrementing.column.name': 'id' }, wrong }),
  bulk: source('bulk', { repeats: true, isUnordered: true }),
};

type Query = Awaited<ReturnType<typeof place>>['query'];

function sink(more: Partial<SinkUnderTest>, config: object, table: string, key: string | null): SinkUnderTest {
  const read = async (query: Query) =>
    (await query('SELECT * FROM held ORDER BY place')).map(row => ({
      ...(key !== null && { key: row[key] as string }),
      value: { n: Number(row['n']), text: row['text'] },
    }));
  return {
    connector: postgresSink,
    keeps: 'last-of-key',
    guarantee: 'exactly-once',
    tombstones: 'reject',
    bad: { key: 'bad', value: { n: 'no number', text: 'bad' } },
    wrong: [...wrong, { config: { 'insert.mode': 'update', 'pk.mode': 'none' }, names: /pk\.mode/ }],
    async place() {
      const { query, config: shared, ...rest } = await place();
      await query(`CREATE TABLE held (${table}, n int, text text, place bigserial)`);
      return {
        ...rest,
        config: { ...shared, 'table.name.format': 'held', 'batch.size': 5, ...config },
        content: () => read(query),
      };
    },
    ...more,
  };
}

const byKey = { 'pk.mode': 'record_key', 'pk.fields': 'k' };
const keyed = 'k text PRIMARY KEY';
const sinks: Record<string, SinkUnderTest> = {
  insert: sink({ keeps: 'every-record' }, {}, 'x int', null),
  'insert with its key': sink({ keeps: 'every-record' }, byKey, 'k text', 'k'),
  'insert at least once': sink(
    { keeps: 'every-record', guarantee: 'at-least-once' },
    { 'exactly.once': false },
    'x int',
    null,
  ),
  upsert: sink({ tombstones: 'delete' }, { ...byKey, 'insert.mode': 'upsert', 'delete.enabled': true }, keyed, 'k'),
  'upsert at least once': sink(
    { tombstones: 'delete', guarantee: 'at-least-once' },
    { ...byKey, 'insert.mode': 'upsert', 'delete.enabled': true, 'exactly.once': false },
    keyed,
    'k',
  ),
  'upsert by topic, partition and offset': sink(
    { keeps: 'every-record' },
    { 'pk.mode': 'kafka', 'pk.fields': 't,p,o', 'insert.mode': 'upsert' },
    't text, p int, o bigint, PRIMARY KEY (t, p, o)',
    null,
  ),
};

const cases = [
  ...Object.entries(sources).flatMap(([name, under]) =>
    connectorSuite({ name: `postgres-source, ${name}`, source: under }),
  ),
  ...Object.entries(sinks).flatMap(([name, under]) => connectorSuite({ name: `postgres-sink, ${name}`, sink: under })),
];
// Each holds some connections, and the server has not many.
const lanes: Promise<unknown>[] = Array.from({ length: 6 }, () => Promise.resolve());
for (const [at, each] of cases.entries()) {
  test(each.title, async t => {
    t.timeout(1_200_000);
    if (postgres.for(t) === undefined) return;
    const lane = at % lanes.length;
    const run = lanes[lane]!.then(() => each.run());
    lanes[lane] = run.catch(() => undefined);
    const { leftOut } = await run;
    if (leftOut !== undefined) t.log(`left out: ${leftOut}`);
    t.pass();
  });
}
