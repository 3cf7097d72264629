// The test driver itself: partitions, clock, strict mode, epochs of `.rx` stages.

import test from 'ava';
import { delay, map, mergeMap, of, pairwise, take } from 'rxjs';
import { json, string, topic, UsageError } from '../../core/index.js';
import { ProcessingFailure, topology, tumbling } from '../../streams/index.js';
import { TestDriver } from '../../streams/testing/index.js';

const input = topic('in');
const output = topic('out');
const text = { key: string, value: string };

test('records of one key go to one partition, and each partition has its own task and store', t => {
  const top = topology('partitions');
  top.stream(input).groupByKey().count({ name: 'counts' });
  const driver = new TestDriver(top, { partitions: 4 });
  for (let index = 0; index < 40; index++) driver.pipe(input, { key: `k${index % 10}`, value: 'v', timestamp: index });
  t.is(driver.store<string, number>('counts').get('k3'), 4);
  t.deepEqual(
    driver
      .store('counts')
      .entries()
      .map(row => row.value),
    Array.from({ length: 10 }, () => 4),
  );
  driver.pipe(input, { key: 'k3', value: 'v', timestamp: 50, partition: 3 });
  driver.pipe(input, { key: 'k3', value: 'v', timestamp: 50, partition: 2 });
  // Written past the partitioner, the key has a row in each of these partitions too.
  t.is(driver.store('counts').entries().length, 12);
});

test('among all queues the record with the smallest timestamp goes first', t => {
  const top = topology('least-time-first');
  const spread = top.stream(input).flatMapValues(v => v.split(','), { value: string });
  const left = spread.map(v => ['l', v], { ...text }).repartition({ name: 'left' });
  const order: string[] = [];
  left.foreach((v, _, { timestamp }) => order.push(`left ${v} ${timestamp}`));
  top.stream(topic('other')).foreach((v, _, { timestamp }) => order.push(`other ${v} ${timestamp}`));
  const driver = new TestDriver(top);
  driver.pipe(input, { key: 'k', value: 'a,b', timestamp: 5 });
  driver.pipe(topic('other'), { key: 'k', value: 'c', timestamp: 3 });
  t.deepEqual(order, ['left a 5', 'left b 5', 'other c 3']);
});

test('the clock stands still until it is advanced', t => {
  const top = topology('clock');
  top.stream(input).to(output);
  const driver = new TestDriver(top, { startMs: 1_000 });
  driver.pipe(input, { key: 'k', value: 'v' });
  driver.advanceWallClock('5s');
  driver.pipe(input, { key: 'k', value: 'v' });
  t.deepEqual(
    driver.read(output).map(record => record.timestamp),
    [1_000, 6_000],
  );
});

test('unknown topics and stores are answered with the nearest name', t => {
  const top = topology('names');
  top.stream(input).groupByKey().count({ name: 'counts' });
  const driver = new TestDriver(top);
  t.throws(() => driver.read(topic('inn')), { instanceOf: UsageError, message: /did you mean "in"/ });
  t.throws(() => driver.store('count'), { instanceOf: UsageError, message: /did you mean "counts"/ });
  t.throws(() => new TestDriver(top, { partitions: { im: 2 } }), {
    instanceOf: UsageError,
    message: /did you mean "in"/,
  });
});

interface Visit {
  readonly at: Date;
}
const visits = json<Visit>();

test('a Date that would come back a string fails in strict mode, where it is handed on', t => {
  const top = topology('dates');
  top
    .stream(input)
    .mapValues(v => ({ at: new Date(v) }), { value: visits, name: 'parse' })
    .foreach(() => {});
  const failure = t.throws(() => new TestDriver(top).pipe(input, { key: 'k', value: '2024-01-01', timestamp: 1 }), {
    instanceOf: ProcessingFailure,
  });
  t.is(failure.node, 'parse');
  t.regex(failure.message, /the value that parse hands on is not what its serde json brings back at \.at/);
  t.notThrows(() =>
    new TestDriver(top, { isStrict: false }).pipe(input, { key: 'k', value: '2024-01-01', timestamp: 1 }),
  );
});

const list = json<string[]>();

test('an aggregate that changes what it has handed on fails in strict mode', t => {
  const top = topology('mutating');
  const add = (seen: string[], value: string) => {
    seen.push(value);
    return seen;
  };
  top
    .stream(input)
    .groupByKey()
    .aggregate({ name: 'seen', init: () => [] as string[], add, value: list });
  const driver = new TestDriver(top);
  driver.pipe(input, { key: 'k', value: 'a', timestamp: 1 });
  const failure = t.throws(() => driver.pipe(input, { key: 'k', value: 'b', timestamp: 2 }), {
    instanceOf: ProcessingFailure,
  });
  t.is(failure.node, 'seen');
  t.regex(failure.message, /not extensible|read only/);
});

test('a peek that changes the record it sees fails in strict mode', t => {
  const top = topology('peeking');
  const lists = topic('lists', { value: list });
  top
    .stream(lists)
    .peek(v => void v.push('x'))
    .to('out', { value: list });
  t.throws(() => new TestDriver(top).pipe(lists, { key: 'k', value: ['a'], timestamp: 1 }), {
    instanceOf: ProcessingFailure,
  });
});

const rxTopology = (apply: Parameters<ReturnType<ReturnType<typeof topology>['stream']>['rx']>[1]) => {
  const top = topology('rx');
  top
    .stream(input)
    .rx('stage', apply as never, text)
    .to(output);
  return top;
};

test('.rx takes any operators, and records made with `with` inherit what is not given', t => {
  const top = topology('rx');
  top
    .stream(input)
    .rx('explode', b$ => b$.pipe(mergeMap(r => [...r.value].map(letter => r.with({ value: letter })))), text)
    .to(output);
  const driver = new TestDriver(top);
  driver.pipe(input, { key: 'k', value: 'abc', timestamp: 5, headers: [{ key: 'h', value: null }] });
  driver.pipe(input, { key: 'l', value: 'd', timestamp: 6 });
  const read = driver.read(output);
  t.deepEqual(
    read.map(({ key, value, timestamp }) => [key, value, timestamp]),
    [
      ['k', 'a', 5],
      ['k', 'b', 5],
      ['k', 'c', 5],
      ['l', 'd', 6],
    ],
  );
  t.is(read[2]!.headers.length, 1);
  t.notThrows(() => driver.close());
});

test('an .rx stage whose results hang on where epochs end is found when the driver closes', t => {
  const paired = new TestDriver(
    rxTopology(b$ =>
      b$.pipe(
        pairwise(),
        map(([, second]) => second),
      ),
    ),
  );
  const taken = new TestDriver(rxTopology(b$ => b$.pipe(take(1))));
  for (const driver of [paired, taken]) {
    for (const value of ['a', 'b', 'c']) driver.pipe(input, { key: 'k', value, timestamp: 1 });
    t.throws(() => driver.close(), { instanceOf: UsageError, message: /stage gives other results with epochs of 7/ });
  }
});

test('a reader learns of it too, and so does who waits for an asynchronous stage', async t => {
  const driver = new TestDriver(rxTopology(b$ => b$.pipe(take(1))));
  for (const value of ['a', 'b']) driver.pipe(input, { key: 'k', value, timestamp: 1 });
  t.throws(() => driver.read(output), { instanceOf: UsageError, message: /all records in one epoch|epochs of 7/ });
  const later = new TestDriver(rxTopology(b$ => b$.pipe(take(1), delay(1))));
  for (const value of ['a', 'b']) {
    later.pipe(input, { key: 'k', value, timestamp: 1 });
    if (value === 'a') await later.settled();
  }
  await t.throwsAsync(later.settled(), { instanceOf: UsageError, message: /stage gives other results/ });
});

test('a single record shows no difference, so nothing is claimed', t => {
  const driver = new TestDriver(rxTopology(b$ => b$.pipe(take(1))));
  driver.pipe(input, { key: 'k', value: 'a', timestamp: 1 });
  t.notThrows(() => driver.close());
});

test('asynchronous .rx stages are waited for, record by record', async t => {
  const driver = new TestDriver(rxTopology(b$ => b$.pipe(mergeMap(r => of(r).pipe(delay(1))))));
  driver.pipe(input, { key: 'k', value: 'a', timestamp: 1 });
  t.deepEqual(driver.read(output), []);
  t.throws(() => driver.pipe(input, { key: 'k', value: 'b', timestamp: 1 }), {
    instanceOf: UsageError,
    message: /settled/,
  });
  await driver.settled();
  t.deepEqual(
    driver.read(output).map(record => record.value),
    ['a'],
  );
  driver.pipe(input, { key: 'k', value: 'b', timestamp: 1 });
  await driver.settled();
  t.deepEqual(
    driver.read(output).map(record => record.value),
    ['b'],
  );
  t.notThrows(() => driver.close());
});

test('stores show live rows only', t => {
  const top = topology('live');
  top
    .stream(input)
    .groupByKey()
    .windowedBy(tumbling(10, { grace: 0 }))
    .count({ name: 'counts' });
  const driver = new TestDriver(top);
  for (const timestamp of [1, 11, 12, 31]) driver.pipe(input, { key: 'a', value: 'v', timestamp });
  t.deepEqual(
    driver
      .store('counts')
      .entries()
      .map(row => [String(row.key), row.value, row.timestamp]),
    [['a@30/40', 1, 31]],
  );
});
