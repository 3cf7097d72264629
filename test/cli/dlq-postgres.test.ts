import { join } from 'node:path';
import test from 'ava';
import { startConnector } from '../../connect/index.js';
import { postgresSink } from '../../connectors/postgres/index.js';
import { openLog } from '../../core/index.js';
import { startPostgres } from '../connectors/postgres/postgres-server.js';
import { millrace, testFolder } from './run-millrace.js';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test('a row that PostgreSQL refuses is put aside, and replayed after the table was mended', async t => {
  t.timeout(300_000);
  const server = await startPostgres().catch((error: Error) => {
    t.log(`left out: PostgreSQL (${error.message})`);
    return undefined;
  });
  if (server === undefined) {
    t.pass();
    return;
  }
  t.teardown(() => server.stop());
  const database = await server.database();
  t.teardown(() => database.close());
  await database.query('CREATE TABLE orders (id int, amount int CHECK (amount < 100))');
  const cwd = testFolder(t);
  const config = { topics: ['orders'], 'connection.url': database.url, 'errors.deadletterqueue.topic.name': 'dead' };
  const toTable = async (records: readonly { id: number; amount: number }[]): Promise<void> => {
    const log = await openLog(`file:${join(cwd, 'data')}`);
    await log.admin().createTopics([{ name: 'orders', partitions: 1 }], { ifNotExists: true });
    const producer = log.producer();
    for (const record of records) await producer.send('orders', { key: null, value: JSON.stringify(record) });
    await producer.close();
    const handle = await startConnector(log, { name: 'orders', connector: postgresSink, config, logger: quiet });
    await handle.finish();
    await log.close();
  };
  const ids = async () => (await database.query('SELECT id FROM orders ORDER BY id')).map(({ id }) => id);

  await toTable([1, 2, 3, 4].map(id => ({ id, amount: id === 3 ? 300 : id })));
  t.deepEqual(await ids(), [1, 2, 4]);
  const [letter] = JSON.parse((await millrace(['dlq', 'list', 'dead', '--json'], { cwd })).stdout);
  t.like(letter, { connector: 'orders', stage: 'TASK_PUT', from: 'orders-0 2' });
  t.regex(letter.cause, /check constraint/);

  await database.query('ALTER TABLE orders DROP CONSTRAINT orders_amount_check');
  t.is((await millrace(['dlq', 'replay', 'dead'], { cwd })).stdout, 'replayed 1 letter to orders\n');
  t.is((await millrace(['dlq', 'replay', 'dead'], { cwd })).stdout, 'replayed 0 letters\n');
  await toTable([]);
  t.deepEqual(await ids(), [1, 2, 3, 4]);
});
