import test from 'ava';
import { firstValueFrom, toArray } from 'rxjs';
import { float64, int64, json, openLog, string, topic } from '../../core/index.js';
import { leaveGroup } from '../../core/protocol/13-leave-group.js';
import { type ProcessingFailure, runApp, topology, tumbling, windowed } from '../../streams/index.js';
import { decodeCommitMetadata, encodeCommitMetadata, spreadCells } from '../../streams/runtime/commit-metadata.js';
import { testInEveryPlace } from '../core/places.js';
import {
  caughtUp,
  committedOffsets,
  compacted,
  crash,
  createTopics,
  eventually,
  lines,
  produce,
  readAll,
  start,
} from './running.js';

const counts = topic('counts', { value: float64 });
const windows = topic('windows', { key: windowed(string, 10), value: float64 });
const words = ['to', 'be', 'or', 'not', 'to', 'be', 'that', 'is'];

function wordRows(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => ({
    key: `k${(from + index) % 5}`,
    value: words[(from + index) % words.length]!,
    timestamp: 1_000 + from + index,
  }));
}

/** Counts words over all partitions of `lines`, through a repartition. */
function wordCount(backing: 'memory' | 'disk' = 'memory') {
  const t = topology('words');
  t.stream(lines)
    .groupBy(value => value, { key: string })
    .count({ name: 'word-counts', backing })
    .toStream()
    .to(counts);
  return t;
}

const expectedCounts = (times: number) =>
  new Map([
    ['be', 2 * times],
    ['is', times],
    ['not', times],
    ['or', times],
    ['that', times],
    ['to', 2 * times],
  ]);

for (const backing of ['memory', 'disk'] as const) {
  testInEveryPlace(`an app goes on where it committed, stores on ${backing}`, async (t, place) => {
    const log = await place.open();
    await createTopics(log, ['lines'], 3);
    await produce(log, lines, wordRows(800));
    const first = await start(t, wordCount(backing), { log });
    await caughtUp(log, first, 800);
    await eventually(log, async () => compacted(await readAll(log, counts)).get('to') === 200);
    await first.close();
    t.is(first.failure, undefined);
    t.is(first.state.kind, 'closed');
    await produce(log, lines, wordRows(800, 800));
    const second = await start(t, wordCount(backing), { log });
    const summary = await second.finish();
    t.is(summary.recordsIn, 800);
    t.deepEqual(compacted(await readAll(log, counts)), expectedCounts(200));
    const isKeptOnDisk = backing === 'disk' && place.scheme === 'file';
    if (isKeptOnDisk) t.is(summary.restoredRecords, 0);
    else t.true(summary.restoredRecords >= 6);
    const changelog = topic('words-word-counts-changelog', { value: int64 });
    t.deepEqual(compacted(await readAll(log, changelog)), expectedCounts(200));
  });

  testInEveryPlace(`work that is done again after a crash counts once, stores on ${backing}`, async (t, place) => {
    const log = await place.open();
    await createTopics(log, ['lines'], 3);
    const build = () => {
      const t = topology('words');
      t.stream(lines).groupByKey().count({ name: 'word-counts', backing }).toStream().to(counts);
      return t;
    };
    const keyed = (count: number, from = 0) => wordRows(count, from).map(row => ({ ...row, key: row.value }));
    await produce(log, lines, keyed(800));
    const first = await start(t, build(), { log });
    await first.finish();
    await produce(log, lines, keyed(80, 800));
    const second = await start(t, build(), { log, commitInterval: '1h' });
    await caughtUp(log, second, 80);
    await crash(second);
    t.is(second.metrics().commits, 0);
    // What a run that dies between changelog and offsets leaves behind: changes that were never committed.
    const changelog = topic('words-word-counts-changelog', { value: int64 });
    const held = (await readAll(log, changelog)).find(row => row.key === 'to')!;
    await produce(log, changelog, [
      { key: 'to', value: 1_000_000, timestamp: 5_000, partition: held.partition },
      { key: 'never', value: 7, timestamp: 5_000, partition: held.partition },
    ]);
    await produce(log, lines, keyed(720, 880));
    const third = await start(t, build(), { log });
    const summary = await third.finish();
    t.is(summary.recordsIn, 800);
    t.deepEqual(compacted(await readAll(log, counts)), expectedCounts(200));
    t.deepEqual(compacted(await readAll(log, changelog)), expectedCounts(200));
  });
}

testInEveryPlace('what is late does not change with a restart', async (t, place) => {
  const log = await place.open();
  await createTopics(log, ['lines'], 1);
  const build = () => {
    const t = topology('late');
    t.stream(lines)
      .groupByKey()
      .windowedBy(tumbling('10ms', { grace: '5ms' }))
      .count({ name: 'windows' })
      .toStream()
      .to(windows);
    return t;
  };
  await produce(log, lines, [
    { key: 'a', value: 'x', timestamp: 3 },
    { key: 'a', value: 'x', timestamp: 24 },
  ]);
  const first = await start(t, build(), { log });
  await caughtUp(log, first, 2);
  await first.close();
  await produce(log, lines, [
    { key: 'b', value: 'x', timestamp: 4 },
    { key: 'b', value: 'x', timestamp: 18 },
  ]);
  const second = await start(t, build(), { log });
  const summary = await second.finish();
  t.is(summary.lateRecords, 1);
  const found = (await readAll(log, windows)).map(({ key, value }) => [key!.key, key!.startMs, value]);
  t.deepEqual(found, [
    ['a', 0, 1],
    ['a', 20, 1],
    ['b', 10, 1],
  ]);
});

testInEveryPlace('at the end of the input all windows close, across a repartition', async (t, place) => {
  const log = await place.open();
  await createTopics(log, ['lines'], 4);
  const rows = Array.from({ length: 400 }, (_, index) => ({
    key: `k${index % 9}`,
    value: words[index % words.length]!,
    timestamp: index * 10,
  }));
  await produce(log, lines, rows);
  const perWindow = topic('per-window', { key: string, value: float64 });
  const build = topology('closing');
  build
    .stream(lines)
    .groupByKey()
    .windowedBy(tumbling('100ms', { grace: 0 }))
    .count({ name: 'per-key', emit: 'close' })
    .toStream()
    .map((value, key) => [String(key.startMs), value], { key: string, value: float64 })
    .groupByKey()
    .windowedBy(tumbling('100ms', { grace: 0 }))
    .aggregate({ name: 'sum', init: () => 0, add: (sum, value) => sum + value, value: float64, emit: 'close' })
    .toStream((_value, { key }) => key, { key: string })
    .to(perWindow);
  const app = await start(t, build, { log });
  const summary = await app.finish();
  t.is(summary.lateRecords, 0);
  const found = await readAll(log, perWindow);
  t.is(found.length, 40);
  t.true(found.every(({ value }) => value === 10));
});

testInEveryPlace(
  'an epoch with a failure that is not let go is never committed, and is told once',
  async (t, place) => {
    const log = await place.open();
    await createTopics(log, ['lines'], 2);
    const build = () => {
      const t = topology('poison');
      t.stream(lines)
        .mapValues(
          value => {
            if (value === 'bad') throw new RangeError('no such word');
            return value;
          },
          { name: 'check' },
        )
        .groupByKey()
        .count({ name: 'counted' })
        .toStream()
        .to(counts);
      return t;
    };
    await produce(log, lines, [
      { key: 'a', value: 'good', timestamp: 1, partition: 1 },
      { key: 'a', value: 'good', timestamp: 2, partition: 1 },
      { key: 'b', value: 'bad', timestamp: 3, partition: 1 },
      { key: 'a', value: 'good', timestamp: 4, partition: 1 },
    ]);
    const told: ProcessingFailure[] = [];
    const app = await start(t, build(), {
      log,
      commitInterval: '1ms',
      onFailure: failure => {
        told.push(failure);
        return 'fail';
      },
    });
    const states = firstValueFrom(app.state$.pipe(toArray()));
    await app.closed;
    t.is(told.length, 1);
    t.is(app.failure, told[0]);
    const { phase, node, topic: from, partition, offset } = told[0]!;
    t.deepEqual(
      { phase, node, from, partition, offset },
      { phase: 'processing', node: 'check', from: 'lines', partition: 1, offset: 2 },
    );
    t.is((told[0]!.cause as Error).message, 'no such word');
    t.is((await states).at(-1)!.kind, 'error');
    await t.throwsAsync(app.finish(), { is: told[0]! });
    t.deepEqual(compacted(await readAll(log, topic('poison-counted-changelog', { value: int64 }))), new Map());
    const forgiving = await start(t, build(), { log, onFailure: () => 'dead-letter', deadLetterTopic: 'dead' });
    const summary = await forgiving.finish();
    t.is(summary.deadLetters, 1);
    t.is(summary.recordsIn, 4, 'the poisoned run committed something');
    t.deepEqual(compacted(await readAll(log, counts)), new Map([['a', 3]]));
    const [dead] = await readAll(log, topic('dead'));
    t.like(dead, { key: 'b', value: 'bad', timestamp: 3 });
  },
);

testInEveryPlace('a value that its serde cannot read is a failure of its source', async (t, place) => {
  const log = await place.open();
  await createTopics(log, ['lines'], 1);
  await produce(log, lines, [
    { key: 'a', value: '{"n":1}', timestamp: 1 },
    { key: 'a', value: '{"n":', timestamp: 2 },
    { key: 'a', value: '{"n":3}', timestamp: 3 },
  ]);
  const build = topology('decode');
  const numbers = topic('lines', { value: json<{ n: number }>() });
  build
    .stream(numbers)
    .mapValues(({ n }) => n, { value: float64 })
    .to(counts);
  const told: ProcessingFailure[] = [];
  const app = await start(t, build, {
    log,
    onFailure: failure => {
      told.push(failure);
      return 'continue';
    },
  });
  const summary = await app.finish();
  t.deepEqual(
    told.map(({ phase, node, offset }) => [phase, node, offset]),
    [['deserialization', 'source-lines', 1]],
  );
  t.is(summary.droppedRecords, 1);
  t.deepEqual(
    (await readAll(log, counts)).map(({ value }) => value),
    [1, 3],
  );
});

testInEveryPlace('a stream joined with a table waits for what is on its way to it', async (t, place) => {
  const log = await place.open();
  await createTopics(log, ['orders', 'users'], 3);
  const orders = topic('orders');
  const users = topic('users');
  const joined = topic('joined');
  const rows = Array.from({ length: 300 }, (_, index) => ({
    key: `o${index}`,
    value: `u${index % 20}`,
    timestamp: index * 10,
  }));
  await produce(log, orders, rows);
  // Each user changes between its orders; an order must meet the value of its own time.
  await produce(
    log,
    users,
    Array.from({ length: 300 }, (_, index) => ({
      key: `u${index % 20}`,
      value: `v${index}`,
      timestamp: index * 10 + 5,
    })),
  );
  const build = topology('enrich');
  const table = build.table(users, { store: 'users' });
  build
    .stream(orders)
    .map((value, key) => [value, key], { key: string, value: string })
    .leftJoin(table, (order, user) => `${order}=${user}`, { name: 'enrich', result: string })
    .to(joined);
  const app = await start(t, build, { log });
  await app.finish();
  const found = new Map((await readAll(log, joined)).map(({ value }) => value!.split('=') as [string, string]));
  const expected = new Map(rows.map(({ key }, index) => [key, index < 20 ? 'null' : `v${index - 20}`]));
  t.deepEqual(
    [...found].sort(([a], [b]) => a.localeCompare(b)),
    [...expected].sort(([a], [b]) => a.localeCompare(b)),
  );
});

testInEveryPlace('nothing is late behind two repartitions', async (t, place) => {
  const log = await place.open();
  await createTopics(log, ['lines'], 4);
  const rows = Array.from({ length: 2_000 }, (_, index) => ({
    key: `k${(index * 7) % 23}`,
    value: `${words[index % words.length]}-${index % 13}`,
    timestamp: index * 10,
  }));
  await produce(log, lines, rows);
  const build = topology('twice');
  build
    .stream(lines)
    .groupBy(value => value.split('-')[0]!, { key: string })
    .reduce({ name: 'last', reduce: (_last, value) => value })
    .toStream()
    .groupBy(value => value.split('-')[1]!, { key: string })
    .windowedBy(tumbling('1s', { grace: 0 }))
    .count({ name: 'per-number' })
    .toStream()
    .to(topic('windows', { key: windowed(string, 1_000), value: int64 }));
  const app = await start(t, build, { log });
  const summary = await app.finish();
  t.is(summary.lateRecords, 0);
  const totals = compacted(await readAll(log, topic('windows', { key: windowed(string, 1_000), value: int64 })));
  t.is(
    [...totals.values()].reduce((sum, count) => sum + count),
    2_000,
  );
});

testInEveryPlace('stores of a running app can be asked', async (t, place) => {
  const log = await place.open();
  await createTopics(log, ['lines'], 3);
  await produce(log, lines, wordRows(80));
  const build = wordCount();
  build
    .stream(lines)
    .groupByKey()
    .windowedBy(tumbling('40ms', { grace: 0 }))
    .count({ name: 'per-window', retention: '1m' });
  const app = await start(t, build, { log });
  const store = app.keyValueStore<string, number>('word-counts');
  await eventually(log, async () => (await store.get('to')) === 20 && (await store.get('is')) === 10);
  t.is(await store.get('nothing'), undefined);
  const all = new Map<string, number>();
  for await (const [key, value] of store.all()) all.set(key, value);
  t.deepEqual(new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1))), expectedCounts(10));
  const perWindow = app.windowStore<string, number>('per-window');
  t.is(await perWindow.get('k0', 1_000), 8);
  t.deepEqual(
    (await perWindow.fetch('k0')).map(({ startMs, value }) => [startMs, value]),
    [
      [1_000, 8],
      [1_040, 8],
    ],
  );
  t.throws(() => app.keyValueStore('word-count'), {
    message: /no store "word-count" \(did you mean "word-counts"\?\)/,
  });
  t.throws(() => app.keyValueStore('per-window'), { message: /windowStore\("per-window"\)/ });
});

testInEveryPlace('what was taken from a repartition topic is deleted', async (t, place) => {
  const log = await place.open();
  await createTopics(log, ['lines'], 2);
  await produce(log, lines, wordRows(160));
  const app = await start(t, wordCount(), { log });
  await app.finish();
  t.deepEqual(await readAll(log, topic('words-word-counts-repartition')), []);
  const offsets = await committedOffsets(log, 'words', ['words-word-counts-repartition', 'lines']);
  t.is(
    Object.values(offsets as Record<string, number>).reduce((a, b) => a + b),
    320,
  );
});

testInEveryPlace('a start that cannot be meant says so', async (t, place) => {
  const log = await place.open();
  await createTopics(log, ['lines'], 2);
  const lost = topology('app');
  lost.stream(lines).groupByKey().count({ name: 'old' });
  await (await runApp(lost, { log })).finish();
  const renamed = topology('app');
  renamed.stream(lines).groupByKey().count({ name: 'new' });
  await t.throwsAsync(runApp(renamed, { log }), { message: /would lose state.*old.*forgetStores: \["old"\]/s });
  await (await runApp(renamed, { log, forgetStores: ['old'] })).close();
  const missing = topology('missing');
  missing.stream(topic('line')).foreach(() => {});
  await t.throwsAsync(runApp(missing, { log }), { message: /"line", which does not exist \(did you mean "lines"\?\)/ });
  // @ts-expect-error the option does not exist
  await t.throwsAsync(runApp(lost, { log, commitIntervall: 5 }), { message: /did you mean "commitInterval"/ });
  for (const applicationId of ['two words', '../elsewhere', '..', '']) {
    await t.throwsAsync(runApp(lost, { log, applicationId }), { message: /cannot be an application's id/ });
  }
});

test('metrics are sampled while somebody listens, and end with the app', async t => {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  await createTopics(log, ['lines'], 1);
  const build = topology('sampled');
  build.stream(lines).foreach(() => {});
  const app = await runApp(build, { log, metricsInterval: '5ms' });
  const samples = firstValueFrom(app.metrics$.pipe(toArray()));
  await app.finish();
  t.true((await samples).length > 0);
  t.is((await samples).at(-1)!.droppedRecords, 0);
});

test('two instances share the partitions, and what one leaves the other takes over', async t => {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  await createTopics(log, ['lines'], 4);
  const build = () => {
    const t = topology('shared');
    t.stream(lines).groupByKey().count({ name: 'totals' });
    return t;
  };
  const rows = Array.from({ length: 400 }, (_, index) => ({ key: `k${index % 40}`, value: 'x', timestamp: index }));
  await produce(log, lines, rows);
  const first = await start(t, build(), { log });
  await caughtUp(log, first, 400);
  const second = await start(t, build(), { log });
  await eventually(log, async () => first.metrics().tasks === 2 && second.metrics().tasks === 2);
  await produce(log, lines, rows);
  await eventually(log, async () => first.metrics().recordsIn + second.metrics().recordsIn === 800);
  await second.close();
  await eventually(log, async () => first.metrics().tasks === 4);
  await produce(log, lines, rows);
  await eventually(log, async () => first.metrics().recordsIn + second.metrics().recordsIn === 1_200);
  const totals: number[] = [];
  for await (const [, total] of first.keyValueStore<string, number>('totals').all()) totals.push(total);
  t.deepEqual(totals, new Array(40).fill(30));
});

test('what is committed beside an offset is as Kafka Streams writes it, and spreads when it is long', t => {
  const cells = new Map([['a', 258]]);
  const text = encodeCommitMetadata({ partitionTime: 1_000, cells });
  t.is(
    Buffer.from(text, 'base64').toString('hex'),
    '02' + '00000000000003e8' + '00000001' + '00000001' + '61' + '0000000000000102',
  );
  t.deepEqual(decodeCommitMetadata(text), { partitionTime: 1_000, cells });
  t.is(decodeCommitMetadata(''), undefined);
  t.is(decodeCommitMetadata('a note of somebody else'), undefined);
  const many = new Map(Array.from({ length: 150 }, (_, index) => [`operator/with-a-name-${index}`, index]));
  const spread = spreadCells('0_0', many, 3);
  t.deepEqual(new Map(spread.flatMap(each => [...each])), many);
  for (const each of spread) t.true(encodeCommitMetadata({ partitionTime: -1, cells: each }).length <= 4096);
  t.throws(() => spreadCells('0_0', many, 1), { message: /task 0_0 has more operators .* \(150\)/ });
});

test('an app that its group has expelled drops what it did not commit, joins again and does it again', async t => {
  const log = await openLog('memory:');
  t.teardown(() => log.close());
  await createTopics(log, ['lines'], 2);
  const build = topology('expelled');
  build.stream(lines).groupByKey().count({ name: 'totals' }).toStream().to(counts);
  const app = await start(t, build, { log, commitInterval: '1h' });
  await produce(log, lines, wordRows(100));
  await caughtUp(log, app, 100);
  const admin = log.admin();
  const [group] = await admin.describeGroups(['expelled']);
  await admin.close();
  const { memberId } = group!.members[0]!;
  const connection = await log.connect();
  const members = [{ memberId, groupInstanceId: null, reason: null }];
  await connection.send(leaveGroup, leaveGroup.request({ groupId: 'expelled', members }));
  const summary = await app.finish();
  // A slow machine may find it out twice, by the commit and by a heartbeat, with work begun again in between.
  t.true(summary.recordsIn >= 200, `${summary.recordsIn} records`);
  t.deepEqual([...compacted(await readAll(log, counts)).values()], [20, 20, 20, 20, 20]);
});

testInEveryPlace('headers that an app keeps are not written over by what it reads later', async (t, place) => {
  const log = await place.open({ flush: 'os' });
  await createTopics(log, ['lines'], 1);
  const producer = log.producer();
  const writer = await producer.writer(lines);
  const recordCount = 20_000;
  for (let n = 0; n < recordCount; n++) {
    const headers = n % 3_000 === 0 ? [{ key: 'number', value: Buffer.from(`header ${n}`) }] : [];
    writer.append(`k${n}`, `${n} `.padEnd(1_000, 'x'), n, 0, headers);
    if (producer.isFull) await producer.drained();
  }
  await producer.close();
  const kept: Uint8Array[] = [];
  const values: string[] = [];
  const top = topology('headers');
  top.stream(lines).foreach((value, _key, { headers }) => {
    values.push(value);
    for (const header of headers) kept.push(header.value!);
  });
  const app = await start(t, top, { log });
  await caughtUp(log, app, recordCount);
  await app.close();
  t.true(values.every((value, n) => value.startsWith(`${n} `)));
  t.deepEqual(
    kept.map(value => Buffer.from(value).toString()),
    Array.from({ length: 7 }, (_, n) => `header ${n * 3_000}`),
  );
});
