// What the DSL refuses, at compile time and at build, and what it makes of what it accepts.

import test from 'ava';
import { int64, json, string, topic, UsageError } from '../../core/index.js';
import {
  diffTopology,
  hopping,
  type KStream,
  type KTable,
  repartitionCounts,
  topology,
  topologyShape,
  tumbling,
  type Windowed,
} from '../../streams/index.js';

interface Order {
  readonly user: string;
  readonly amount: number;
}

const orders = topic('orders', { value: json<Order>() });
const users = topic('users');

const problems = (build: () => unknown): string => {
  try {
    build();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no problem';
};

test('types follow the records through the operators', t => {
  const top = topology('types');
  const stream: KStream<string, Order> = top.stream(orders);
  const amounts: KStream<string, number> = stream.mapValues(order => order.amount);
  const pairs: KStream<number, string> = stream.map((order, key) => [order.amount, key]);
  const counts: KTable<Windowed<string>, number> = stream
    .groupByKey()
    .windowedBy(tumbling('1m', { grace: 0 }))
    .count({ name: 'counts' });
  const joined: KStream<string, string> = stream.leftJoin(
    top.table(users),
    (order, user) => `${order.amount}${user ?? ''}`,
    {
      name: 'joined',
    },
  );
  t.truthy([amounts, pairs, counts, joined]);
  t.pass();
});

test('the compiler asks for names of stateful operators, and for what a window needs', t => {
  const top = topology('types');
  const grouped = top.stream(orders).groupByKey();
  // @ts-expect-error a count keeps state: it must be named
  grouped.count({});
  // @ts-expect-error a reduce keeps state
  grouped.reduce({ reduce: (a: Order) => a });
  // @ts-expect-error so does an aggregate in windows
  grouped.windowedBy(tumbling(1, { grace: 0 })).aggregate({ init: () => 0, add: () => 0, value: int64 });
  // @ts-expect-error a join may need a repartition topic
  top.stream(orders).join(top.table(users), order => order, {});
  // @ts-expect-error the grace has no default
  t.throws(() => tumbling('10s', {}));
  // @ts-expect-error amounts are no strings
  top.stream(orders).filter(order => order.amount.length > 0);
  const amounts = top.stream(orders).mapValues(order => order.amount);
  // @ts-expect-error the topic holds orders
  amounts.to(orders);
  const byAmount = top.stream(orders).selectKey(order => order.amount);
  // @ts-expect-error joins are by key: a number never meets a string
  byAmount.join(top.table(users), order => order, { name: 'j' });
});

test('a repartition topic without a known serde is named at build, with where the serde was lost', t => {
  const top = topology('lost-serdes');
  top
    .stream(orders)
    .selectKey(order => order.user, { name: 'by-user' })
    .groupByKey()
    .count({ name: 'per-user' });
  const message = problems(() => top.build());
  t.regex(message, /the repartition topic per-user-repartition needs the bytes of its keys.*by-user/);
  t.regex(message, /the store per-user .*needs the bytes of its keys/);
  t.notRegex(message, /bytes of its values/);
});

test('there is no silent JSON: a sink and a store after a mapValues need a serde', t => {
  const sink = topology('sink');
  sink
    .stream(orders)
    .mapValues(order => order.amount, { name: 'amounts' })
    .to('amounts');
  t.regex(
    problems(() => sink.build()),
    /the topic amounts \(written by to-1\) needs the bytes of its values.*amounts/,
  );
  const store = topology('store');
  store
    .stream(orders)
    .groupByKey()
    .aggregate({ name: 'sum', init: () => 0, add: (sum, order) => sum + order.amount });
  t.regex(
    problems(() => store.build()),
    /the store sum \(of aggregate "sum"\) needs the bytes of its values/,
  );
});

test('a serde given at the end is enough', t => {
  const top = topology('given');
  top
    .stream(orders)
    .selectKey(order => order.user)
    .groupByKey({ key: string })
    .count({ name: 'per-user' });
  top
    .stream(orders)
    .mapValues(order => order.amount)
    .to('amounts', { value: int64 });
  t.deepEqual(
    top.build().repartitionTopics.map(each => each.name),
    ['per-user-repartition'],
  );
});

test('names taken twice are all listed, with both places', t => {
  const top = topology('twice');
  const grouped = top.stream(orders).groupByKey();
  grouped.count({ name: 'totals' });
  grouped.count({ name: 'totals' });
  top.table(users, { store: 'totals' });
  top.stream(users).repartition({ name: 'spread' });
  top.stream(users).repartition({ name: 'spread' });
  const message = problems(() => top.build());
  t.regex(message, /the store "totals": count "totals", and count "totals"/);
  t.regex(message, /the store "totals": count "totals", and the table users/);
  t.regex(message, /the repartition topic "spread-repartition"/);
});

test('names that could not be part of a topic name are refused', t => {
  const top = topology('names');
  top.stream(orders).groupByKey().count({ name: 'per user/day' });
  t.regex(
    problems(() => top.build()),
    /"per user\/day" cannot be a name/,
  );
});

test('a topology that reads nothing is refused', t => {
  t.regex(
    problems(() => topology('empty').build()),
    /reads no topic/,
  );
});

test('one topic read with two serdes is refused', t => {
  const top = topology('two');
  top.stream(topic('in'));
  top.table(topic('in', { value: json<string>() }));
  t.regex(
    problems(() => top.build()),
    /the topic in is read twice, with different serdes/,
  );
});

test('a merge keeps serdes only where both streams have the same', t => {
  const top = topology('merged');
  const left = top.stream(users);
  left.merge(left.filter(() => true)).to('same');
  left.merge(top.stream(topic('others', { value: { ...string, name: 'other' } })), { name: 'mixed' }).to('mixed-out');
  const message = problems(() => top.build());
  t.regex(message, /the topic mixed-out .*values.*mixed/);
  t.notRegex(message, /topic same/);
});

test('an operator is repartitioned only if the key was changed since it lay in a topic', t => {
  const top = topology('repartitions');
  const s = top.stream(users);
  s.mapValues(v => v, { value: string })
    .filter(() => true)
    .groupByKey()
    .count({ name: 'kept' });
  s.selectKey(v => v, { key: string })
    .repartition({ name: 'once' })
    .groupByKey()
    .count({ name: 'after-explicit' });
  s.groupBy(v => v, { key: string }).count({ name: 'grouped' });
  s.map((v, k) => [v, k], { key: string, value: string }).toTable({ name: 'rows' });
  const shared = s.groupBy(v => v, { key: string, name: 'shared' });
  shared.count({ name: 'first' });
  shared.reduce({ name: 'second', reduce: a => a });
  t.deepEqual(
    top.build().repartitionTopics.map(each => each.name),
    ['once-repartition', 'grouped-repartition', 'rows-repartition', 'shared-repartition'],
  );
});

test('retention shorter than a window and its grace is refused', t => {
  const windows = topology('short')
    .stream(users)
    .groupByKey()
    .windowedBy(tumbling(10, { grace: 5 }));
  t.regex(
    problems(() => windows.count({ name: 'c', retention: 14 })),
    /keeps its windows for 14 ms.*15 ms/,
  );
});

test('windows that cannot be meant are refused', t => {
  t.throws(() => tumbling(0, { grace: 0 }), { instanceOf: UsageError });
  t.throws(() => hopping(10, { advance: 11, grace: 0 }), { instanceOf: UsageError });
  t.throws(() => hopping(10, { advance: 0, grace: 0 }), { instanceOf: UsageError });
  // @ts-expect-error: as plain JavaScript may call it
  t.throws(() => tumbling(10), { instanceOf: UsageError, message: /need their grace/ });
});

test('a stream or table of another topology is refused, not taken for a node of the same number', t => {
  const stranger = topology('stranger');
  const s = topology('home').stream(users);
  t.throws(() => s.merge(stranger.stream(users)), {
    instanceOf: UsageError,
    message: /of another topology than "home"/,
  });
  t.throws(() => s.join(stranger.table(users), user => user, { name: 'j' }), { instanceOf: UsageError });
});

test('branches called "rest" or by a number are refused', t => {
  const s = topology('split').stream(users);
  t.throws(() => s.split({ rest: () => true }), { instanceOf: UsageError });
  t.throws(() => s.split({ 1: () => true }), { instanceOf: UsageError });
});

const joining = () => {
  const top = topology('joining');
  const table = top.table(users);
  top.stream(orders).join(table, order => order, { name: 'direct', result: json<Order>() });
  top
    .stream(topic('more-orders', { value: orders.value }))
    .selectKey(order => order.user, { key: string })
    .join(table, order => order, { name: 'rekeyed', result: json<Order>() });
  return top.build();
};

test('joined topics must have equal numbers of partitions, and a repartition topic takes that of its partner', t => {
  const plan = joining();
  const counts = (given: Record<string, number>) => repartitionCounts(plan, name => given[name]);
  t.deepEqual([...counts({ users: 4, orders: 4, 'more-orders': 7 })], [['rekeyed-repartition', 4]]);
  t.regex(
    problems(() => counts({ users: 4, orders: 3, 'more-orders': 4 })),
    /direct joins topics .*\(orders has 3, users has 4\)/,
  );
  t.regex(
    problems(() => counts({ users: 4, orders: 4 })),
    /the topic more-orders, which joining reads, does not exist/,
  );
});

test('a repartition topic that joins nothing has as many partitions as the largest topic that feeds it', t => {
  const top = topology('fed');
  const both = top.stream(topic('a')).merge(top.stream(topic('b')));
  both
    .groupBy(v => v, { key: string })
    .count({ name: 'c' })
    .toStream()
    .groupBy(String, { key: string, value: int64 })
    .count({ name: 'd' });
  both.repartition({ name: 'given', partitions: 9 });
  const counts = repartitionCounts(top.build(), name => ({ a: 2, b: 5 })[name]);
  t.deepEqual(
    [...counts],
    [
      ['c-repartition', 5],
      ['d-repartition', 5],
      ['given-repartition', 9],
    ],
  );
});

const shop = (storeName: string) => {
  const top = topology('shop');
  top
    .stream(orders)
    .filter(order => order.amount > 0, { name: 'paid' })
    .groupBy(order => order.user, { key: string })
    .windowedBy(tumbling('10s', { grace: '5s' }))
    .count({ name: storeName, onLate: topic('late', { value: orders.value }) })
    .toStream()
    .to('counts');
  return top;
};

test('a topology is described as text', t => {
  t.is(
    shop('per-user').describe(),
    `Topology shop
  Sub-topology 0
    source-orders (reads orders)
    paid <- source-orders
    select-key-1 <- paid
    per-user-repartition-sink (writes per-user-repartition) <- select-key-1
  Sub-topology 1
    per-user-repartition-source (reads per-user-repartition)
    per-user (count, windows of 10000 ms, grace 5000 ms, emit update, store per-user) <- per-user-repartition-source
    per-user-late <- per-user
    per-user-late-to (writes late) <- per-user-late
    to-stream-1 <- per-user
    to-1 (writes counts) <- to-stream-1
  Store per-user (window, retention 15000 ms, string to int64, changelog per-user-changelog)
`,
  );
});

test('a topology is drawn as a Mermaid flowchart', t => {
  const drawing = shop('per-user').toMermaid();
  t.regex(drawing, /^flowchart TD\n/);
  t.regex(drawing, /subgraph sub1/);
  t.regex(drawing, /n5 -\. late \.-> n6/);
  t.regex(drawing, /store0\[\("per-user"\)\]/);
});

test('a renamed store is state lost, and the message names what it was renamed to', t => {
  const [before, after] = [topologyShape(shop('per-user').build()), topologyShape(shop('per-users').build())];
  t.deepEqual(diffTopology(before, before), []);
  const differences = diffTopology(before, after);
  const lost = differences.filter(difference => difference.isStateLost);
  t.deepEqual(
    lost.map(each => [each.kind, each.name]),
    [
      ['store-lost', 'per-user'],
      ['repartition-topic-lost', 'per-user-repartition'],
    ],
  );
  t.regex(lost[0]!.message, /did you mean "per-users"/);
  t.deepEqual(JSON.parse(JSON.stringify(before)), before);
});
