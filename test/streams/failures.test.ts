// A throw must not vanish: wherever user code or a sink throws, the one handler hears of it with node, topic, partition and offset, and nothing
// that comes after it in the epoch has an effect.

import test from 'ava';
import { map, mergeMap, throwError } from 'rxjs';
import { type Serde, string, topic } from '../../core/index.js';
import {
  hopping,
  type KStream,
  type KTable,
  ProcessingFailure,
  type Topology,
  topology,
  tumbling,
} from '../../streams/index.js';
import { TestDriver } from '../../streams/testing/index.js';
import { ChainHarness } from './chain-harness.js';

type Text = KStream<string, string>;

const boom = <T>(value: string, otherwise: T): T => {
  if (value === 'boom') throw new Error('boom!');
  return otherwise;
};

const brittle: Serde<string> = {
  name: 'brittle',
  write: (value, arena) => boom(value, string.write(value, arena)),
  read: (bytes, start, end) => {
    const value = string.read(bytes, start, end);
    return boom(value, value);
  },
};

const text = { key: string, value: string };
const windows = tumbling(10, { grace: 0 });
const tableOf = (s: Text): KTable<string, string> => s.toTable({ name: 'table' });

/** Each puts an operator behind `s` that throws at the value "boom"; `node` is the name that must be blamed. */
const throwers: Readonly<Record<string, { node: string; add: (s: Text, t: Topology) => Text }>> = {
  filter: { node: 'filter-1', add: s => s.filter(v => boom(v, true)) },
  filterNot: { node: 'filter-not-1', add: s => s.filterNot(v => boom(v, false)) },
  map: { node: 'map-1', add: s => s.map((v, k) => [k, boom(v, v)], text) },
  mapValues: { node: 'named', add: s => s.mapValues(v => boom(v, v), { name: 'named', ...text }) },
  flatMap: { node: 'flat-map-1', add: s => s.flatMap((v, k) => [[k, boom(v, v)]], text) },
  'flatMap, halfway': {
    node: 'flat-map-1',
    add: s =>
      s.flatMap(function* (v, k) {
        if (v === 'boom') throw new Error('boom!');
        yield [k, v] as const;
      }, text),
  },
  flatMapValues: { node: 'flat-map-values-1', add: s => s.flatMapValues(v => [boom(v, v)], text) },
  selectKey: { node: 'select-key-1', add: s => s.selectKey((v, k) => boom(v, k), text) },
  peek: { node: 'peek-1', add: s => s.peek(v => boom(v, undefined)) },
  foreach: {
    node: 'foreach-1',
    add: s => {
      s.foreach(v => boom(v, undefined));
      return s;
    },
  },
  'a predicate of split': { node: 'choice', add: s => s.split({ a: v => boom(v, true) }, { name: 'choice' }).a },
  'rx, in an operator': {
    node: 'stage',
    add: s => s.rx('stage', b$ => b$.pipe(map(r => r.with({ value: boom(r.value, r.value) }))), text),
  },
  'rx, as an error': {
    node: 'stage',
    add: s =>
      s.rx(
        'stage',
        b$ => b$.pipe(mergeMap(r => (r.value === 'boom' ? throwError(() => new Error('boom!')) : [r]))),
        text,
      ),
  },
  'behind rx': {
    node: 'map-values-1',
    add: s => s.rx('stage', b$ => b$.pipe(map(r => r)), text).mapValues(v => boom(v, v), text),
  },
  'a filter of a table': {
    node: 'table-filter-1',
    add: s =>
      tableOf(s)
        .filter(v => boom(v, true))
        .toStream(),
  },
  'mapValues of a table': {
    node: 'table-map-values-1',
    add: s =>
      tableOf(s)
        .mapValues(v => boom(v, v), { value: string })
        .toStream(),
  },
  'the key of toStream': { node: 'to-stream-1', add: s => tableOf(s).toStream((v, k) => boom(v, k), text) },
  'the serde of a table store': {
    node: 'table',
    add: s => s.toTable({ name: 'table', store: 'table', value: brittle }).toStream(),
  },
  reduce: {
    node: 'sum',
    add: s =>
      s
        .groupByKey()
        .reduce({ name: 'sum', reduce: (_, v) => boom(v, v) })
        .toStream(),
  },
  'the init of aggregate': {
    node: 'sum',
    add: s => {
      let values = 0;
      return s
        .groupByKey()
        .aggregate({
          name: 'sum',
          init: () => boom(values++ === 1 ? 'boom' : '', ''),
          add: (_, v) => (v === 'ok' ? null : v),
          value: string,
        })
        .toStream();
    },
  },
  aggregate: {
    node: 'sum',
    add: s =>
      s
        .groupByKey()
        .aggregate({ name: 'sum', init: () => '', add: (_, v) => boom(v, v), value: string })
        .toStream(),
  },
  'aggregate in windows': {
    node: 'sum',
    add: s =>
      s
        .groupByKey()
        .windowedBy(hopping(10, { advance: 5, grace: 0 }))
        .aggregate({ name: 'sum', init: () => '', add: (_, v) => boom(v, v), value: string })
        .toStream((_, k) => k.key, text),
  },
  'reduce in windows, on close': {
    node: 'sum',
    add: s =>
      s
        .groupByKey()
        .windowedBy(windows)
        .reduce({ name: 'sum', emit: 'close', reduce: (_, v) => boom(v, v) })
        .toStream((_, k) => k.key, text),
  },
  join: {
    node: 'joined',
    add: (s, t) => s.join(t.table(topic('rows')), v => boom(v, v), { name: 'joined', result: string }),
  },
  leftJoin: {
    node: 'joined',
    add: (s, t) => s.leftJoin(t.table(topic('rows')), v => boom(v, v), { name: 'joined', result: string }),
  },
  'the serde of a sink': {
    node: 'brittle-sink',
    add: s => {
      s.to(topic('brittle', { value: brittle }), { name: 'brittle-sink' });
      return s;
    },
  },
  'the serde of a repartition topic': {
    node: 'spread-repartition-sink',
    add: s => {
      s.repartition({ name: 'spread', value: brittle });
      return s;
    },
  },
};

/** Where the thrower stands: alone, in each branch of a fan-out, in a branch of a split, behind a merge. */
const places: Readonly<Record<string, (s: Text, add: (s: Text) => Text) => Text>> = {
  'in a line': (s, add) => add(s),
  'in the first branch of a fan-out': (s, add) => {
    const result = add(s);
    s.to('second-branch');
    return result;
  },
  'in the last branch of a fan-out': (s, add) => {
    s.to('first-branch');
    return add(s);
  },
  'in a branch of a split': (s, add) => add(s.split({ all: () => true }).all),
  'behind a merge': (s, add) =>
    add(s.filter(() => true, { name: 'left' }).merge(s.filter(() => false, { name: 'right' }))),
};

for (const [place, put] of Object.entries(places)) {
  for (const [what, { node, add }] of Object.entries(throwers)) {
    test(`a throw in ${what}, ${place}, poisons the epoch`, t => {
      const top = topology('failing');
      put(top.stream(topic('in')), s => add(s, top)).to('out');
      const harness = new ChainHarness(top);
      if (what.toLowerCase().includes('join')) harness.push('rows', 'k', 'row', 0);
      harness.push('in', 'k', 'ok', 1);
      const before = harness.written.length;
      const firstBranch = harness.values('first-branch').length;
      harness.push('in', 'k', 'boom', 2);
      harness.push('in', 'k', 'after', 100);
      void harness.chain.endEpoch();
      harness.chain.finish();

      t.is(harness.failures.length, 1);
      const failure = harness.failures[0]!;
      t.true(failure instanceof ProcessingFailure);
      t.deepEqual([failure.node, failure.topic, failure.partition], [node, 'in', 3]);
      t.is(failure.offset, what.toLowerCase().includes('join') ? 2 : 1);
      t.is((failure.cause as Error).message, 'boom!');
      // Of the record that threw only what stood before the thrower was written, of the one after it nothing.
      t.is(harness.written.length, before + (harness.values('first-branch').length - firstBranch));
      t.false(harness.written.some(record => record.value === 'after'));
      t.deepEqual(harness.values('second-branch'), place.includes('first branch') ? ['ok'] : []);
    });
  }
}

for (const [what, { add }] of Object.entries(throwers)) {
  if (what.startsWith('rx')) continue;
  test(`a throw in ${what} that is forgiven costs that record only`, t => {
    const top = topology('forgiving');
    const s = top.stream(topic('in'));
    add(s, top);
    s.to('other');
    const harness = new ChainHarness(top, { decision: 'continue' });
    if (what.toLowerCase().includes('join')) harness.push('rows', 'k', 'row', 0);
    for (const value of ['ok', 'boom', 'after']) {
      harness.push('in', 'k', value, 1);
    }
    t.is(harness.failures.length, 1);
    t.deepEqual(harness.values('other'), ['ok', 'boom', 'after']);
  });
}

test('a throw in an .rx stage cannot be forgiven, as its stream has ended', t => {
  const top = topology('rx');
  top
    .stream(topic('in'))
    .rx('stage', b$ => b$.pipe(map(r => r.with({ value: boom(r.value, r.value) }))), text)
    .to('out');
  const harness = new ChainHarness(top, { decision: 'continue' });
  for (const value of ['ok', 'boom', 'after']) harness.push('in', 'k', value, 1);
  t.is(harness.failures.length, 1);
  t.deepEqual(harness.values('out'), ['ok']);
});

test('an asynchronous .rx stage that fails after the end of the epoch is heard of before the epoch is over', async t => {
  const top = topology('rx');
  const later = async (value: string) => boom(await Promise.resolve(value), value);
  top
    .stream(topic('in'))
    .rx('stage', b$ => b$.pipe(mergeMap(async r => r.with({ value: await later(r.value) }))), text)
    .to('out');
  const harness = new ChainHarness(top);
  harness.push('in', 'k', 'boom', 1);
  await harness.chain.endEpoch();
  t.deepEqual(
    harness.failures.map(failure => [failure.node, failure.offset]),
    [['stage', 0]],
  );
});

test('an asynchronous .rx stage that fails names the first record that it may have been, and says that it may be another', async t => {
  const top = topology('rx');
  const later = async (value: string) => boom(await Promise.resolve(value), value);
  top
    .stream(topic('in'))
    .rx('stage', b$ => b$.pipe(mergeMap(async r => r.with({ value: await later(r.value) }))), text)
    .to('out');
  const harness = new ChainHarness(top);
  for (const [offset, value] of ['fine', 'boom', 'fine'].entries()) harness.push('in', 'k', value, offset);
  await harness.chain.endEpoch();
  const [failure] = harness.failures;
  t.is(harness.failures.length, 1);
  t.false(failure!.isExact);
  t.is(failure!.offset, 0);
  t.regex(failure!.message, /offset 0 or a record taken after it: /);
});

test('bytes that cannot be decoded are a deserialization failure, and nothing is processed', t => {
  const top = topology('poison-pill');
  const input = topic('in', { value: brittle });
  top.stream(input).to('out', { value: string });
  const failures: ProcessingFailure[] = [];
  const onFailure = (failure: ProcessingFailure) => {
    failures.push(failure);
    return 'continue' as const;
  };
  const driver = new TestDriver(top, { onFailure });
  driver.pipe(topic('in'), { key: 'k', value: 'boom', timestamp: 1 });
  driver.pipe(topic('in'), { key: 'k', value: 'fine', timestamp: 2 });
  t.deepEqual(
    failures.map(({ phase, node, offset }) => ({ phase, node, offset })),
    [{ phase: 'deserialization', node: 'source-in', offset: 0 }],
  );
  t.deepEqual(
    driver.read(topic('out')).map(record => record.value),
    ['fine'],
  );
});

test('a throw in the timestamp function of a topic is a failure at its record', t => {
  const top = topology('timestamps');
  const input = topic('in', { timestamp: value => boom(value, 5) });
  top.stream(input).to('out');
  const driver = new TestDriver(top);
  driver.pipe(input, { key: 'k', value: 'fine', timestamp: 1 });
  t.is(driver.read(topic('out'))[0]!.timestamp, 5);
  const failure = t.throws(() => driver.pipe(input, { key: 'k', value: 'boom', timestamp: 1 }), {
    instanceOf: ProcessingFailure,
  });
  t.is(failure.offset, 1);
  t.throws(() => driver.pipe(input, { key: 'k', value: 'fine', timestamp: 1 }), { is: failure });
});
