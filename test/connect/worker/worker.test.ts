import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { ConfigError } from '../../../connect/api/index.js';
import type { Worker } from '../../../connect/index.js';
import type { Log } from '../../../core/index.js';
import { connections, openFresh, recordsOf } from '../places.js';
import { until } from '../until.js';
import { acts, taken, untilStates, workerOn } from './worker-under-test.js';

const ascending = (a: number | null, b: number | null): number => Number(a) - Number(b);

const source = (more: Readonly<Record<string, unknown>> = {}) => ({
  'connector.class': 'Numbers',
  topic: 'numbers',
  count: '5',
  ...more,
});
const sink = (more: Readonly<Record<string, unknown>> = {}) => ({
  'connector.class': 'test.CollectorConnector',
  topics: 'numbers',
  ...more,
});

async function lastValues(log: Log, topic: string): Promise<ReadonlyMap<string, unknown>> {
  const last = new Map<string, unknown>();
  for (const { key, value } of await recordsOf(log, topic)) last.set(key!, value === null ? null : JSON.parse(value));
  return last;
}

function untilOffsets(log: Log, worker: Worker, name: string, offsets: readonly unknown[]): Promise<void> {
  const wanted = JSON.stringify(offsets);
  let found = '';
  return until(
    log,
    async () => {
      found = JSON.stringify((await worker.offsets(name)).offsets.map(({ offset }) => offset));
      return found === wanted;
    },
    () => `the offsets of ${name} are ${wanted} and not ${found}`,
  );
}

test('a task that is restarted while its connector is paused is paused, and goes on with it', async t => {
  const log = await openFresh(t, 'direct');
  const { worker } = await workerOn(t, log);
  await worker.create({ name: 'in', config: source() });
  await untilOffsets(log, worker, 'in', [{ next: 5 }]);
  await worker.pause('in');
  await untilStates(log, worker, 'in', 'PAUSED: PAUSED');
  const before = worker.status('in').tasks;
  await worker.restartTask('in', 0);
  // The restart comes before what is asked next, as both wait for their turn.
  await t.throwsAsync(worker.resetOffsets('in'), { message: /must be in the STOPPED state/ });
  t.deepEqual(worker.status('in').tasks, before);
  await worker.resume('in');
  await untilStates(log, worker, 'in', 'RUNNING: RUNNING');
  await worker.close();
});

test('changes of one connector that come at once are made one after the other', async t => {
  const log = await openFresh(t, 'direct');
  const { worker } = await workerOn(t, log);
  const outcomes = async (...asked: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(asked)).map(each => (each.status === 'fulfilled' ? 'done' : String(each.reason.message)));
  const create = () => worker.create({ name: 'in', config: source() });
  t.deepEqual(await outcomes(create(), create(), create()), [
    'done',
    'Connector in already exists',
    'Connector in already exists',
  ]);
  const [made, again] = await Promise.all([worker.putConfig('x', source()), worker.putConfig('x', source())]);
  t.deepEqual([made.isNew, again.isNew], [true, false]);
  await Promise.all(['a', 'b', 'c'].map(key => worker.patchConfig('in', { [`custom.${key}`]: key })));
  t.like(worker.config('in'), { 'custom.a': 'a', 'custom.b': 'b', 'custom.c': 'c' });

  await untilStates(log, worker, 'in', 'RUNNING: RUNNING');
  t.deepEqual(await outcomes(worker.delete('in'), worker.delete('in'), create()), [
    'done',
    'Connector in not found',
    'done',
  ]);
  await untilStates(log, worker, 'in', 'RUNNING: RUNNING');
  t.deepEqual(worker.info('in').tasks, [{ connector: 'in', task: 0 }]);
  t.is(worker.config('in')['custom.a'], undefined);

  await Promise.all([worker.putConfig('in', source({ count: '7' })), worker.stop('in')]);
  await untilStates(log, worker, 'in', 'STOPPED:');
  t.deepEqual(worker.info('in').tasks, []);
  t.deepEqual(await outcomes(worker.resume('in'), worker.delete('in')), ['done', 'done']);
  t.deepEqual(worker.connectors(), ['x']);
  t.throws(() => worker.status('in'), { message: 'No status found for connector in' });
  await worker.close();
});

for (const connection of connections) {
  test(`${connection}: a connector is created, runs, and is kept in the topics as Kafka Connect keeps it`, async t => {
    const log = await openFresh(t, connection);
    const { worker } = await workerOn(t, log);
    const info = await worker.create({ name: ' in ', config: { ...source(), count: 3, 'tasks.max': 2 } });
    const config = { 'connector.class': 'Numbers', topic: 'numbers', count: '3', 'tasks.max': '2', name: 'in' };
    t.deepEqual(info, { name: 'in', config, tasks: [], type: 'source' });
    await untilStates(log, worker, 'in', 'RUNNING: RUNNING RUNNING');
    await untilOffsets(log, worker, 'in', [{ next: 3 }, { next: 4 }]);
    t.deepEqual(worker.info('in').tasks, [
      { connector: 'in', task: 0 },
      { connector: 'in', task: 1 },
    ]);
    t.deepEqual(worker.tasks('in')[1]!.config, { 'task.class': 'test.NumbersTask', ...config, count: '4' });
    t.deepEqual(worker.topics('in'), { in: { topics: ['numbers'] } });
    await worker.close();
    const configs = await lastValues(log, 'connect-configs');
    t.deepEqual([...configs.keys()], ['connector-in', 'task-in-0', 'task-in-1', 'commit-in']);
    t.deepEqual(configs.get('connector-in'), { properties: config });
    t.deepEqual(configs.get('commit-in'), { tasks: 2 });
    const statuses = await lastValues(log, 'connect-status');
    t.deepEqual([...statuses.keys()].sort(), [
      'status-connector-in',
      'status-task-in-0',
      'status-task-in-1',
      'status-topic-numbers:connector-in',
    ]);
    t.like(statuses.get('status-connector-in'), { state: 'UNASSIGNED', trace: null, worker_id: 'here:8083' });
    t.like(statuses.get('status-topic-numbers:connector-in'), { topic: { name: 'numbers', connector: 'in' } });
    await using admin = log.admin();
    const described = await admin.describeTopics(['connect-configs', 'connect-offsets', 'connect-status']);
    t.deepEqual(
      described.map(topic => topic.partitions.length),
      [1, 25, 5],
    );
  });

  test(`${connection}: target states, and a worker that is started again goes on in each of them`, async t => {
    const log = await openFresh(t, connection);
    const first = (await workerOn(t, log)).worker;
    for (const name of ['runs', 'pauses', 'stops', 'gone']) {
      await first.create({ name, config: source({ topic: `of-${name}` }) });
      await untilStates(log, first, name, 'RUNNING: RUNNING');
      await untilOffsets(log, first, name, [{ next: 5 }]);
    }
    await first.create({ name: 'new-paused', config: source(), initialState: 'paused' });
    await first.create({ name: 'new-stopped', config: source(), initialState: 'STOPPED' });
    await first.pause('pauses');
    t.is(first.status('pauses').tasks[0]!.state, 'PAUSED');
    await first.stop('stops');
    t.deepEqual(first.tasks('stops'), []);
    await first.delete('gone');
    t.throws(() => first.status('gone'), { message: 'No status found for connector gone' });
    await untilStates(log, first, 'new-paused', 'PAUSED:');
    await untilStates(log, first, 'new-stopped', 'STOPPED:');
    await first.close();

    const { worker } = await workerOn(t, log);
    t.deepEqual([...worker.connectors()].sort(), ['new-paused', 'new-stopped', 'pauses', 'runs', 'stops']);
    await untilStates(log, worker, 'runs', 'RUNNING: RUNNING');
    await untilStates(log, worker, 'pauses', 'PAUSED: PAUSED');
    await untilStates(log, worker, 'stops', 'STOPPED:');
    await untilStates(log, worker, 'new-paused', 'PAUSED:');
    await untilStates(log, worker, 'new-stopped', 'STOPPED:');
    for (const name of ['pauses', 'stops']) {
      await worker.putConfig(name, source({ topic: `of-${name}`, count: 7 }));
      await worker.resume(name);
      await untilStates(log, worker, name, 'RUNNING: RUNNING');
      await untilOffsets(log, worker, name, [{ next: 7 }]);
      t.deepEqual(
        (await recordsOf(log, `of-${name}`)).map(record => record.value),
        ['0', '1', '2', '3', '4', '5', '6'],
      );
    }
    t.is((await recordsOf(log, 'of-runs')).length, 5);
    await worker.close();
  });

  test(`${connection}: offsets are read, changed and reset, of sources and sinks, while they are stopped`, async t => {
    const log = await openFresh(t, connection);
    const { worker } = await workerOn(t, log);
    // What sinks were given is kept by their names, for all tests of this file.
    const out = `moved-${connection}`;
    await worker.create({ name: 'in', config: source() });
    await worker.create({ name: out, config: sink() });
    await untilOffsets(log, worker, 'in', [{ next: 5 }]);
    await untilOffsets(log, worker, out, [{ kafka_offset: 5 }]);
    const partition = { of: 'numbers-0' };
    await t.throwsAsync(worker.patchOffsets('in', [{ partition, offset: { next: 3 } }]), { message: /STOPPED state/ });
    await t.throwsAsync(worker.patchOffsets('none', [{ partition, offset: null }]), {
      message: 'Connector none not found',
    });
    await worker.stop('in');
    await worker.stop(out);
    t.deepEqual(await worker.patchOffsets('in', [{ partition, offset: { next: 3 } }]), {
      message: 'The offsets for this connector have been altered successfully',
    });
    t.deepEqual(await worker.offsets('in'), { offsets: [{ partition, offset: { next: 3 } }] });
    await worker.resume('in');
    await untilOffsets(log, worker, 'in', [{ next: 5 }]);
    t.deepEqual(
      (await recordsOf(log, 'numbers')).map(record => record.value),
      ['0', '1', '2', '3', '4', '3', '4'],
    );
    const place = { kafka_topic: 'numbers', kafka_partition: '0' };
    t.regex((await worker.patchOffsets(out, [{ partition: place, offset: { kafka_offset: '4' } }])).message, /However/);
    t.deepEqual((await worker.offsets(out)).offsets[0]!.offset, { kafka_offset: 4 });
    taken.delete(out);
    await worker.resume(out);
    await until(
      log,
      () => taken.get(out)?.length === 3,
      () => `the sink has read 4, 3, 4: ${taken.get(out)}`,
    );
    await untilOffsets(log, worker, out, [{ kafka_offset: 7 }]);
    for (const name of ['in', out]) {
      await worker.stop(name);
      t.regex((await worker.resetOffsets(name)).message, /reset successfully/);
      t.deepEqual(await worker.offsets(name), { offsets: [] });
    }
    const refused = [
      [[{ partition: { kafka_topic: 'none', kafka_partition: 0 }, offset: null }], /no topic "none"/],
      [[{ partition: { kafka_topic: 'numbers', kafka_partition: 7 }, offset: null }], /no partition 7/],
      [[{ partition: { kafka_topic: 'numbers' }, offset: null }], /must contain the keys/],
      [[{ partition: place, offset: { kafka_offset: -1 } }], /may not be negative/],
      [[{ partition: place, offset: {} }], /either be null or contain the key 'kafka_offset'/],
      [[], /need to be provided/],
    ] as const;
    for (const [offsets, message] of refused) await t.throwsAsync(worker.patchOffsets(out, offsets), { message });
    await worker.close();
  });
}

test('a sink says how far it is behind while its tasks end, begin and change their partitions', async t => {
  const log = await openFresh(t, 'encoded');
  await using admin = log.admin();
  await admin.createTopics([{ name: 'restless', partitions: 4 }]);
  await using producer = log.producer();
  for (let at = 0; at < 8; at++) await producer.send('restless', { value: '1', partition: at % 4 });
  const { worker } = await workerOn(t, log);
  const name = 'restless-sink';
  await worker.create({ name, config: sink({ topics: 'restless', 'tasks.max': 2 }) });
  await untilStates(log, worker, name, 'RUNNING: RUNNING RUNNING');
  let askedCount = 0;
  const ask = async () => {
    for (; askedCount < 300; askedCount++) {
      t.true((await worker.metrics(name)).partitions!.every(({ position, end }) => position <= end));
      await log.ports.clock.yield();
    }
  };
  let isOver = false;
  const asking = Promise.all([ask(), ask(), ask()]).finally(() => {
    isOver = true;
  });
  for (let round = 0; !isOver; round++) {
    await worker.restartTask(name, round % 2);
    await log.ports.clock.sleep(10);
  }
  await asking;
});

test('a sink says how far it is behind, in each state, as its group does', async t => {
  const log = await openFresh(t, 'direct');
  await using admin = log.admin();
  await admin.createTopics([{ name: 'lagging', partitions: 2 }]);
  await using producer = log.producer();
  const send = async (count: number) => {
    for (let at = 0; at < count; at++) await producer.send('lagging', { value: '1', partition: at % 2 });
  };
  const { worker } = await workerOn(t, log);
  const name = 'lag-sink';
  await worker.create({ name, config: sink({ topics: 'lagging', 'tasks.max': 2 }), initialState: 'STOPPED' });
  await untilStates(log, worker, name, 'STOPPED:');
  t.like(await worker.metrics(name), { 'sink-record-lag-max': null, tasks: [], partitions: [] });
  await send(4);
  await worker.resume(name);
  const lags = async () =>
    (await worker.metrics(name)).partitions!.map(({ position, end, lag }) => [position, end, lag]);
  const untilLags = (wanted: readonly (readonly number[])[]) =>
    until(
      log,
      async () => isDeepStrictEqual(await lags(), wanted),
      () => `its lags are ${JSON.stringify(wanted)}`,
    );
  await untilLags([
    [2, 2, 0],
    [2, 2, 0],
  ]);
  await untilOffsets(log, worker, name, [{ kafka_offset: 2 }, { kafka_offset: 2 }]);
  const running = await worker.metrics(name);
  t.is(running['sink-record-lag-max'], 0);
  t.deepEqual(running.partitions!.map(({ task }) => task).toSorted(ascending), [0, 1]);

  await worker.pause(name);
  await send(3);
  const behind = [
    [2, 4, 2],
    [2, 3, 1],
  ];
  await untilLags(behind);
  const paused = await worker.metrics(name);
  t.is(paused['sink-record-lag-max'], 2);
  // Which task has which partition is chance.
  t.deepEqual(paused.tasks!.map(task => task['sink-record-lag-max']).toSorted(ascending), [1, 2]);

  await worker.stop(name);
  t.deepEqual(await lags(), behind);
  const stopped = await worker.metrics(name);
  t.deepEqual([stopped.tasks, stopped.partitions!.map(({ task }) => task)], [[], [null, null]]);
  const [group] = await admin.describeGroups([`connect-${name}`]);
  t.deepEqual(
    group!.offsets.map(({ committedOffset, endOffset, lag }) => [committedOffset, endOffset, lag]),
    behind,
  );

  acts.set(name, () => {
    throw new ConfigError('no more');
  });
  await worker.resume(name);
  await untilStates(log, worker, name, 'RUNNING: FAILED FAILED');
  await untilLags(behind);
  t.is((await worker.metrics(name))['sink-record-lag-max'], 2);
});
