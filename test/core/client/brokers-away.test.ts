// Brokers go away for longer than any call waits for them, and come back: polls go on, explicit calls say so.

import test from 'ava';
import type { PartitionAssignor } from '../../../core/client/assignors/partition-assignor.js';
import type { Consumer } from '../../../core/client/consumer.js';
import type { ConsumerOptions } from '../../../core/client/consumer-options.js';
import { openLog } from '../../../core/open/open-log.js';
import type { OpenLogOptions } from '../../../core/open/open-options.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { BrokerListener } from '../network/broker-listener.js';

const base = { topics: ['texts'], autoOffsetReset: 'earliest', defaultApiTimeoutMs: 100 } satisfies ConsumerOptions;
const quick = { reconnectBackoffMs: 5, reconnectBackoffMaxMs: 20 };

/** A topic of one partition on a broker behind a socket. */
async function start(t: { teardown(end: () => Promise<void>): void }, options: OpenLogOptions = {}) {
  const broker = await BrokerListener.start();
  t.teardown(() => broker.close());
  const log = await openLog(broker.url, { ...quick, ...options });
  t.teardown(() => log.close());
  await log.admin().createTopics([{ name: 'texts', partitions: 1 }]);
  const send = async (value: string) => {
    await using producer = log.producer();
    await producer.send('texts', { value });
  };
  return { broker, log, send };
}

async function read(consumer: Consumer, until: () => boolean): Promise<string[]> {
  const values: string[] = [];
  for (let polls = 0; !until() && polls < 6_000; polls++) {
    for (const { value } of await consumer.poll({ waitMs: 10 })) values.push(value!);
  }
  if (!until()) throw new Error(`polled in vain; read ${values.join()}`);
  return values;
}

async function next(consumer: Consumer): Promise<string | null> {
  for (let polls = 0; polls < 600; polls++) {
    const [record] = await consumer.poll({ waitMs: 100 });
    if (record !== undefined) return record.value;
  }
  throw new Error('nothing came');
}

const kinds = [
  { of: 'a consumer without a group', options: {} },
  { of: 'a member of a group', options: { groupId: 'readers' } },
];

for (const { of: what, options } of kinds) {
  test(`${what} polls on while its broker is away, says so, and reads on when it is back`, async t => {
    t.timeout(120_000);
    const { broker, log, send } = await start(t);
    await send('before');
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    await using consumer = log.consumer({ ...base, ...options, onWarning });
    t.is(await next(consumer), 'before');
    await broker.goAway();
    t.deepEqual(await read(consumer, () => warnings.length > 0), []);
    t.regex(warnings[0]!.message, /goes on trying: no broker of .* can be reached/);
    await broker.comeBack();
    await send('behind');
    t.is(await next(consumer), 'behind');
  });

  test(`${what} that begins while its broker is away reads when it is back`, async t => {
    t.timeout(120_000);
    const { broker, log, send } = await start(t);
    await send('before');
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    await broker.goAway();
    await using consumer = log.consumer({ ...base, ...options, onWarning });
    t.deepEqual(await read(consumer, () => warnings.length > 0), []);
    await broker.comeBack();
    t.is(await next(consumer), 'before');
  });
}

test('explicit calls say that there is no broker when their time is over', async t => {
  t.timeout(120_000);
  const { broker, log, send } = await start(t);
  await send('before');
  await using consumer = log.consumer({ ...base, groupId: 'readers', onWarning: () => undefined });
  t.is(await next(consumer), 'before');
  const [at] = consumer.assignment();
  await broker.goAway();
  const noBroker = { message: /no broker of .* can be reached/ };
  await t.throwsAsync(consumer.commit(), noBroker);
  await t.throwsAsync(consumer.committed([at!]), noBroker);
  await t.throwsAsync(consumer.endOffsets([at!]), noBroker);
  consumer.seek(at!, 'start');
  await t.throwsAsync(consumer.position(at!), noBroker);
  await broker.comeBack();
  t.is(await next(consumer), 'before');
});

test('a poll that waits for a broker ends in its time, and when its signal aborts or the consumer is closed', async t => {
  t.timeout(120_000);
  const { broker, log } = await start(t, { connectionSetupTimeoutMs: 500 });
  broker.fallSilent();
  const consumer = log.consumer({ ...base, defaultApiTimeoutMs: 1_000, onWarning: () => undefined });
  // Until the look-up has had its first second.
  t.deepEqual(await consumer.poll(), []);
  t.deepEqual(await consumer.poll({ waitMs: 20 }), []);
  const stop = new AbortController();
  const stopped = consumer.poll({ waitMs: 600_000, signal: stop.signal });
  stop.abort(new Error('enough'));
  await t.throwsAsync(stopped, { message: 'enough' });
  const polling = consumer.poll({ waitMs: 600_000 });
  await consumer.close();
  t.deepEqual(await polling, []);
});

test('a join that the coordinator held for long and whose connection is then cut is begun again', async t => {
  t.timeout(120_000);
  const { broker, log, send } = await start(t);
  await send('one');
  const slow = { ...base, groupId: 'readers', maxPollIntervalMs: 600_000, onWarning: () => undefined };
  await using first = log.consumer(slow);
  t.is(await next(first), 'one');
  await first.commit();
  await using second = log.consumer(slow);
  // It knocks, is given its id, and waits for the first member, which does not poll.
  const joins = () => broker.requestCounts.get(11) ?? 0;
  const before = joins();
  const joined = read(second, () => second.assignment().length === 1);
  while (joins() < before + 2) await log.ports.clock.sleep(5);
  await log.ports.clock.sleep(2 * base.defaultApiTimeoutMs);
  broker.cut();
  while (joins() < before + 3) await log.ports.clock.sleep(5);
  await first.close();
  t.deepEqual(await joined, []);
  await send('two');
  t.is(await next(second), 'two');
});

test('an assignment that the coordinator held for long and whose connection is then cut is asked for again', async t => {
  t.timeout(120_000);
  const { broker, log, send } = await start(t);
  await send('one');
  let shareOut = (): void => {};
  const isAllowed = new Promise<void>(resolve => {
    shareOut = resolve;
  });
  // The leader of the group takes its time when there are two members.
  const slow: PartitionAssignor = {
    name: 'slow',
    protocols: ['eager'],
    assign: async (_, members) => {
      if (members.length === 2) await isAllowed;
      const of = (at: number) => (at === 1 || members.length === 1 ? [{ topic: 'texts', partition: 0 }] : []);
      const sorted = members.toSorted((a, b) => (a.groupInstanceId! < b.groupInstanceId! ? -1 : 1));
      return new Map(sorted.map(({ memberId }, at) => [memberId, { partitions: of(at) }]));
    },
  };
  const member = (name: string) => ({
    ...base,
    groupId: 'readers',
    groupInstanceId: name,
    assignors: [slow],
    heartbeatIntervalMs: 20,
    onWarning: () => undefined,
  });
  await using first = log.consumer(member('1'));
  t.is(await next(first), 'one');
  await first.commit();
  const syncs = () => broker.requestCounts.get(14) ?? 0;
  const before = syncs();
  await using second = log.consumer(member('2'));
  let isOver = false;
  const polled = Promise.all([read(second, () => second.assignment().length === 1), read(first, () => isOver)]);
  while (syncs() === before) await log.ports.clock.sleep(5);
  await log.ports.clock.sleep(2 * base.defaultApiTimeoutMs);
  const joins = broker.requestCounts.get(11)!;
  broker.cut();
  // It joins once more, as Java's does.
  while (broker.requestCounts.get(11) === joins) await log.ports.clock.sleep(5);
  shareOut();
  while (second.assignment().length === 0) await log.ports.clock.sleep(5);
  isOver = true;
  t.deepEqual(await polled, [[], []]);
  await send('two');
  t.is(await next(second), 'two');
});

test('a consumer that is given nobody to warn does so where its log says', async t => {
  t.timeout(120_000);
  const told: string[] = [];
  const tell = ({ message }: Error): void => void told.push(message);
  const { broker, log, send } = await start(t, { ports: { ...nodePorts(), tell } });
  await send('before');
  await using consumer = log.consumer(base);
  t.is(await next(consumer), 'before');
  await broker.goAway();
  await read(consumer, () => told.length > 0);
  t.regex(told[0]!, /^a consumer goes on trying: /);
});
