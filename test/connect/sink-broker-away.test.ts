// A sink whose cluster is away for a while: it says so in the worker's log, stays as it is, and goes on when the cluster is back.

import test from 'ava';
import { openLog } from '../../core/index.js';
import { BrokerListener } from '../core/network/broker-listener.js';
import { startConnectorOf } from './places.js';
import { plainSink } from './plain-connectors.js';
import { until } from './until.js';

test('a sink outlasts a broker that is away, and says in the log that it is', async t => {
  t.timeout(170_000);
  const broker = await BrokerListener.start();
  t.teardown(() => broker.close());
  const log = await openLog(broker.url, { reconnectBackoffMs: 20, reconnectBackoffMaxMs: 100 });
  t.teardown(() => log.close());
  await log.admin().createTopics([{ name: 'rows', partitions: 1 }]);
  const send = async (value: string) => {
    await using producer = log.producer();
    await producer.send('rows', { key: null, value });
  };
  const rows: unknown[] = [];
  const connector = plainSink({
    name: 'collector',
    start: () => ({
      put(batches) {
        for (const record of batches.flatMap(({ records }) => records)) rows.push(record.value);
      },
    }),
  });
  const warnings: string[] = [];
  const logger = { debug: () => {}, info: () => {}, error: () => {}, warn: (text: string) => void warnings.push(text) };
  const config = { topics: 'rows', 'value.converter': 'string', 'restart.attempts.max': 0 };
  const sink = await startConnectorOf(t, log, { name: 'lasting', connector, config, logger });
  await send('before');
  const has = (count: number) => () => rows.length === count;
  await until(log, has(1), () => 'the first row is there');
  await broker.goAway();
  const trouble =
    /^connector lasting: a consumer of group "connect-lasting" goes on trying: no broker of .* can be reached/;
  await until(
    log,
    () => warnings.some(text => trouble.test(text)),
    () => `the log tells it: ${warnings.join('; ')}`,
  );
  t.is(sink.status().tasks[0]?.state, 'RUNNING');
  await broker.comeBack();
  await send('after');
  await until(log, has(2), () => 'the second row is there');
  t.deepEqual(rows, ['before', 'after']);
  await sink.stop();
});
