// The watchdog beside a log in this process: records that nobody reads are found, and a log that has not grown is not asked.

import test from 'ava';
import type { ManagedConnector } from '../../../connect/runtime/worker/managed-connector.js';
import { Watchdog } from '../../../connect/runtime/worker/watchdog.js';
import { openFresh } from '../places.js';
import { until } from '../until.js';

test('a sink that leaves records is found, also when the log was not asked for its ends for a while, as it did not grow', async t => {
  const log = await openFresh(t, 'direct');
  let [looks, asked, offset] = [0, 0, 0];
  const sink = {
    name: 'sink',
    positions: () => [{ topic: 'read', partition: 0, offset }],
    tasks: () => [{ id: 0, stalled: undefined }],
    hidden: (text: string) => text,
  } as unknown as ManagedConnector;
  const watched = new Proxy(log, {
    get(of, key) {
      if (key === 'admin') asked++;
      const value: unknown = Reflect.get(of, key, of);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  const watchdog = new Watchdog({
    log: watched,
    logger: { debug: keep, info: keep, warn: keep, error: keep },
    stallAfterMs: 40,
    connectors() {
      looks++;
      return [sink];
    },
  });
  t.teardown(() => watchdog.close());
  const producer = log.producer();
  await producer.send('read', { value: 'first' });
  const isStalled = () => watchdog.stall('sink') !== undefined;
  await until(log, isStalled, () => 'one record is waiting');
  t.regex(watchdog.stall('sink')!.reason, /behind offset 0 of read-0/);
  await until(
    log,
    () => lines.some(line => line.includes('makes no progress')),
    () => 'the log says so',
  );
  offset = 1;
  await until(
    log,
    () => lines.some(line => line.includes('goes on')),
    () => 'all is read',
  );
  const before = { looks, asked };
  await until(
    log,
    () => looks > before.looks + 8,
    () => 'it has looked again and again',
  );
  t.true(asked <= before.asked + 2, `asked ${asked - before.asked} times`);
  await producer.send('read', { value: 'second' });
  await until(log, isStalled, () => 'another one is waiting');
  t.regex(watchdog.stall('sink')!.reason, /behind offset 1 of read-0/);
});
