// The semantics of operators, where recorded cases do not say them: what is handed to user functions, what late means, what closes when.

import test from 'ava';
import { json, string, topic } from '../../core/index.js';
import { hopping, type KStream, topology, tumbling, Windowed, windowed } from '../../streams/index.js';
import { TestDriver } from '../../streams/testing/index.js';
import { ChainHarness } from './chain-harness.js';

const input = topic('in');
const output = topic('out');

interface Writable {
  to(topic: string, serdes: { key: typeof string; value: typeof string }): void;
}

/** Values that come out of a stream of values at timestamps 1, 2, 3... */
function through(build: (s: KStream<string, string>) => Writable, values: readonly (string | null)[]): unknown[] {
  const top = topology('through');
  build(top.stream(input)).to('out', { key: string, value: string });
  const harness = new ChainHarness(top);
  values.forEach((value, index) => {
    harness.push('in', 'k', value, index + 1);
  });
  return harness.values('out');
}

test('stateless operators show null values to user functions', t => {
  t.deepEqual(
    through(s => s.filter((v): boolean => v === null), ['a', null]),
    [null],
  );
  t.deepEqual(
    through(s => s.filterNot((v): boolean => v === null), ['a', null]),
    ['a'],
  );
  t.deepEqual(
    through(s => s.mapValues(v => `${v}!`), ['a', null]),
    ['a!', 'null!'],
  );
});

test('a flatMap that returns nothing hands on nothing', t => {
  t.deepEqual(
    through(s => s.flatMapValues<string>(() => undefined), ['a']),
    [],
  );
  t.deepEqual(
    through(s => s.flatMap<string, string>(() => null), ['a']),
    [],
  );
});

test('user functions see value, key, timestamp and headers', t => {
  const top = topology('context');
  const seen: unknown[] = [];
  top.stream(input).foreach((value, key, { timestamp, headers }) => seen.push([value, key, timestamp, headers]));
  const driver = new TestDriver(top);
  const headers = [{ key: 'h', value: null }];
  driver.pipe(input, { key: 'k', value: 'v', timestamp: 7, headers });
  t.deepEqual(seen, [['v', 'k', 7, headers]]);
});

test('each record goes to the first branch that takes it, and each predicate is asked at most once', t => {
  const top = topology('split');
  let asked = 0;
  const { short, a, rest } = top.stream(input).split({
    short: v => v.length < 3,
    a: v => {
      asked++;
      return v.startsWith('a');
    },
  });
  short.to('short');
  rest.to('rest');
  a.to('a');
  const harness = new ChainHarness(top);
  for (const value of ['ab', 'abc', 'xyz']) harness.push('in', 'k', value, 1);
  t.deepEqual([harness.values('short'), harness.values('a'), harness.values('rest')], [['ab'], ['abc'], ['xyz']]);
  t.is(asked, 2);
});

test('children of a node get its records in the order in which they were written down', t => {
  const top = topology('order');
  const s = top.stream(input);
  const first = s.mapValues(v => `1${v}`, { value: string });
  const second = s.mapValues(v => `2${v}`, { value: string });
  const third = s.mapValues(v => `3${v}`, { value: string });
  third.to('out');
  second.merge(first).to('out');
  const harness = new ChainHarness(top);
  harness.push('in', 'k', 'a', 1);
  t.deepEqual(harness.values('out'), ['1a', '2a', '3a']);
});

test('a stream merged with itself gives every record twice', t => {
  t.deepEqual(
    through(s => s.merge(s), ['a', 'b']),
    ['a', 'a', 'b', 'b'],
  );
});

const counted = (options: { emit: 'update' | 'close'; size?: number; advance?: number; grace?: number }) => {
  const top = topology('counted');
  const windows = hopping(options.size ?? 10, {
    advance: options.advance ?? options.size ?? 10,
    grace: options.grace ?? 0,
  });
  top
    .stream(input)
    .groupByKey()
    .windowedBy(windows)
    .count({ name: 'counts', emit: options.emit, onLate: topic('late') })
    .toStream((_, key) => String(key), { key: string })
    .mapValues(String, { value: string })
    .to(output);
  return top;
};

const run = (top: ReturnType<typeof counted>, records: readonly (readonly [string, number])[]) => {
  const driver = new TestDriver(top);
  for (const [key, timestamp] of records) driver.pipe(input, { key, value: `v${timestamp}`, timestamp });
  return driver;
};
const rows = (driver: TestDriver) =>
  driver.read(output).map(({ key, value, timestamp }) => `${key}=${value} @${timestamp}`);

test('a record late for one hopping window still counts in the next, and leaves once as late', t => {
  const driver = run(counted({ emit: 'update', size: 10, advance: 5 }), [
    ['a', 12],
    ['a', 7],
  ]);
  // Windows of 7: [0,10) has closed at 12, [5,15) has not.
  t.deepEqual(rows(driver), ['a@5/15=1 @12', 'a@10/20=1 @12', 'a@5/15=2 @12']);
  t.is(driver.count('late-records', 'counts'), 1);
  t.deepEqual(
    driver.read(topic('late')).map(record => record.value),
    ['v7'],
  );
});

test('late records are a stream like any other', t => {
  const top = topology('late');
  const counts = top
    .stream(input)
    .groupByKey()
    .windowedBy(tumbling(10, { grace: 0 }))
    .count({ name: 'counts' });
  counts
    .lateRecords()
    .mapValues(value => `late ${value}`, { value: string })
    .to(output);
  const driver = new TestDriver(top);
  for (const timestamp of [25, 3, 26, 9]) driver.pipe(input, { key: 'a', value: String(timestamp), timestamp });
  t.deepEqual(
    driver.read(output).map(record => [record.key, record.value, record.timestamp]),
    [
      ['a', 'late 3', 3],
      ['a', 'late 9', 9],
    ],
  );
});

test('closed windows leave by start, then by the bytes of the key, and each exactly once', t => {
  const driver = run(counted({ emit: 'close' }), [
    ['b', 12],
    ['Z', 13],
    ['b', 1],
    ['a', 14],
    ['z', 40],
    ['z', 41],
  ]);
  t.deepEqual(rows(driver), ['Z@10/20=1 @13', 'a@10/20=1 @14', 'b@10/20=1 @12']);
  t.is(driver.count('late-records'), 1);
  driver.finish();
  t.deepEqual(rows(driver), ['z@40/50=2 @41']);
  driver.finish();
  t.deepEqual(rows(driver), []);
});

test('no window is lost to a gap in event time, whatever the retention', t => {
  const driver = run(counted({ emit: 'close', grace: 5 }), [
    ['a', 3],
    ['a', 1_000_000],
    ['a', 2_000_000],
  ]);
  t.deepEqual(rows(driver), ['a@0/10=1 @3', 'a@1000000/1000010=1 @1000000']);
});

test('what the end of the input has closed stays closed', t => {
  const driver = run(counted({ emit: 'close', grace: 100 }), [['a', 3]]);
  driver.finish();
  t.deepEqual(rows(driver), ['a@0/10=1 @3']);
  driver.pipe(input, { key: 'a', value: 'again', timestamp: 4 });
  t.deepEqual(
    driver.read(topic('late')).map(record => record.value),
    ['again'],
  );
});

test('windows behind a repartition topic and windows of windows close from the source to the end', t => {
  const top = topology('windows-of-windows');
  const windows = tumbling(10, { grace: 0 });
  top
    .stream(input)
    .groupBy(() => 'all', { key: string })
    .windowedBy(windows)
    .count({ name: 'inner', emit: 'close' })
    .toStream((_, key) => key.key, { key: string })
    .groupByKey()
    .windowedBy(tumbling(100, { grace: 0 }))
    .reduce({ name: 'outer', emit: 'close', reduce: (sum, count) => sum + count })
    .toStream((_, key) => key.key, { key: string })
    .mapValues(String, { value: string })
    .to(output);
  const driver = new TestDriver(top);
  for (const timestamp of [1, 2, 11, 12, 13]) driver.pipe(input, { key: 'k', value: 'v', timestamp });
  t.deepEqual(driver.read(output), []);
  driver.finish();
  t.deepEqual(
    driver.read(output).map(record => record.value),
    ['5'],
  );
});

test('with emitEvery, closed windows wait for the wall clock, but none is lost to retention', t => {
  const top = topology('throttled');
  top
    .stream(input)
    .groupByKey()
    .windowedBy(tumbling(10, { grace: 0 }))
    .count({ name: 'counts', emit: 'close', emitEvery: '1s', retention: '1m' })
    .toStream((_, key) => String(key), { key: string })
    .mapValues(String, { value: string })
    .to(output);
  const driver = new TestDriver(top);
  const pipe = (timestamp: number) => driver.pipe(input, { key: 'a', value: 'v', timestamp });
  for (const timestamp of [1, 10]) pipe(timestamp);
  t.deepEqual(rows(driver), []);
  driver.advanceWallClock('1s');
  pipe(11);
  t.deepEqual(rows(driver), ['a@0/10=1 @1']);
  pipe(25);
  t.deepEqual(rows(driver), []);
  pipe(80_000);
  t.deepEqual(rows(driver), ['a@10/20=2 @11', 'a@20/30=1 @25']);
});

test('an aggregate that returns null begins anew', t => {
  const top = topology('anew');
  top
    .stream(input)
    .groupByKey()
    .aggregate({
      name: 'sum',
      init: () => 'i',
      add: (sum, value) => (value === 'x' ? null : `${sum}${value}`),
      value: string,
    })
    .toStream()
    .to(output);
  const driver = new TestDriver(top);
  for (const value of ['a', 'b', 'x', 'c']) driver.pipe(input, { key: 'k', value, timestamp: 1 });
  t.deepEqual(
    driver.read(output).map(record => record.value),
    ['ia', 'iab', null, 'ic'] as unknown[],
  );
});

test('a join reads rows of a table that keeps no store of its own from the table it is made of', t => {
  const top = topology('derived');
  const users = top
    .table(topic('users'))
    .filter(v => v !== 'hidden')
    .mapValues(v => v.toUpperCase(), { value: string });
  top
    .stream(input)
    .leftJoin(users, (v, user) => `${v}:${user}`, { name: 'join', result: string })
    .to(output);
  const driver = new TestDriver(top);
  t.deepEqual(
    driver.plan.stores.map(store => store.name),
    ['users'],
  );
  driver.pipe(topic('users'), { key: 'k', value: 'ada', timestamp: 0 });
  driver.pipe(topic('users'), { key: 'h', value: 'hidden', timestamp: 0 });
  for (const key of ['k', 'h', 'unknown']) driver.pipe(input, { key, value: 'v', timestamp: 1 });
  t.deepEqual(
    driver.read(output).map(record => record.value),
    ['v:ADA', 'v:null', 'v:null'],
  );
});

test('a windowed table can be joined at a windowed key', t => {
  const top = topology('windowed-join');
  const counts = top
    .stream(input)
    .groupByKey()
    .windowedBy(tumbling(10, { grace: 0 }))
    .count({ name: 'counts' });
  const keyed = topic('asked', { key: windowed(string, 10) });
  top
    .stream(keyed)
    .join(counts, (asked, count) => `${asked}${count}`, { name: 'ask', result: string })
    .to('answers');
  const driver = new TestDriver(top);
  driver.pipe(input, { key: 'a', value: 'v', timestamp: 3 });
  driver.pipe(keyed, { key: new Windowed('a', 0, 10), value: 'n=', timestamp: 4 });
  t.deepEqual(
    driver.read(topic('answers', { key: windowed(string, 10) })).map(record => record.value),
    ['n=1'],
  );
});

test('stream times are kept in cells of the environment, so that a restart does not change what is late', t => {
  const top = counted({ emit: 'close' });
  const before = new ChainHarness(top);
  before.push('in', 'a', 'v', 35);
  const after = new ChainHarness(top);
  for (const [name, { value }] of before.timeCells) after.timeCells.set(name, { value });
  t.deepEqual([...before.timeCells.keys()].sort(), ['counts', 'counts/emitted']);
  // The chain takes its cells when it is compiled: the runtime fills them before.
  const restarted = new ChainHarness(top);
  for (const [name, { value }] of before.timeCells) restarted.timeCells.get(name)!.value = value;
  restarted.push('in', 'a', 'v', 20);
  t.is(restarted.counts['late-records counts'], 1);
});

test('windowed keys survive their bytes', t => {
  const top = topology('bytes');
  const nested = topic('nested', { key: windowed(json<{ id: number }>(), 50) });
  top.stream(nested).to(`${nested.name}-copy`);
  const driver = new TestDriver(top);
  driver.pipe(nested, { key: new Windowed({ id: 1 }, 1_700_000_000_000, 1_700_000_000_050), value: 'v', timestamp: 1 });
  const [record] = driver.read(topic('nested-copy', { key: nested.key }));
  t.deepEqual(record!.key, new Windowed({ id: 1 }, 1_700_000_000_000, 1_700_000_000_050));
});
