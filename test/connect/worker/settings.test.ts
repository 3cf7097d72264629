// What a connector's settings do that are about topics, retries and placeholders, on a worker.

import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { z } from 'zod';
import { defineTransform, RetriableError } from '../../../connect/api/index.js';
import type { Log } from '../../../core/index.js';
import { folder, openFresh } from '../places.js';
import { until } from '../until.js';
import { taken, untilStates, workerOn } from './worker-under-test.js';

const source = { 'connector.class': 'Numbers', count: '3' };

async function topicOf(log: Log, name: string) {
  await using admin = log.admin();
  const [described] = await admin.describeTopics([name]);
  const configs = (await admin.describeConfigs(name)).map(({ name: key, value }) => [key, value]);
  return { partitions: described!.partitions.length, configs: Object.fromEntries(configs) };
}

test('missing topics are made as the first group that includes them says, and others by the defaults', async t => {
  const log = await openFresh(t, 'direct');
  const { worker } = await workerOn(t, log);
  const groups = {
    ...source,
    'topic.creation.groups': 'compacted, wide',
    'topic.creation.default.partitions': '2',
    'topic.creation.default.retention.ms': '3600000',
    'topic.creation.compacted.include': 'table-.*, state',
    'topic.creation.compacted.exclude': 'table-of-logs',
    'topic.creation.compacted.cleanup.policy': 'compact',
    'topic.creation.wide.include': 'table-.*',
    'topic.creation.wide.partitions': '5',
  };
  for (const topic of ['table-a', 'table-of-logs', 'a-table', 'state']) {
    await worker.create({ name: topic, config: { ...groups, topic } });
    await until(
      log,
      async () => (await worker.offsets(topic)).offsets[0]?.offset?.['next'] === 3,
      () => `${topic} is written`,
    );
  }
  const found = async (topic: string) => {
    const { partitions, configs } = await topicOf(log, topic);
    return [partitions, configs['cleanup.policy'], configs['retention.ms']];
  };
  const aWeek = String(7 * 24 * 3_600_000);
  t.deepEqual(await found('table-a'), [2, 'compact', aWeek]);
  t.deepEqual(await found('state'), [2, 'compact', aWeek]);
  t.deepEqual(await found('table-of-logs'), [5, 'delete', aWeek]);
  t.deepEqual(await found('a-table'), [2, 'delete', '3600000']);

  const faults: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ 'topic.creation.default.partitions': '0' }, /topic.creation.default.partitions: 0 is no count/],
    [{ 'topic.creation.groups': 'a' }, /topic.creation.a.include: give the patterns/],
    [{ 'topic.creation.groups': 'a', 'topic.creation.a.include': '(' }, /configuration topic.creation.a.include/],
    [
      { 'topic.creation.groups': 'wide', 'topic.creation.wide.include': 'x', 'topic.creation.wyde.partitions': '1' },
      /names no group "wyde" \(did you mean "wide"\?\)/,
    ],
  ];
  for (const [at, [more, message]] of faults.entries()) {
    await worker.create({ name: `faulty-${at}`, config: { ...source, topic: 'x', ...more } });
    await untilStates(log, worker, `faulty-${at}`, 'FAILED:');
    t.regex(worker.status(`faulty-${at}`).connector.trace!, message);
  }
  await worker.close();
});

test('a connector is restarted with the new value of its placeholder, unless it does not want to be', async t => {
  const log = await openFresh(t, 'direct');
  const file = join(await folder(), 'secrets.properties');
  const write = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  await write('count=3\n');
  const { worker, lines } = await workerOn(t, log, {
    'config.providers': 'file',
    'config.providers.file.param.ttl.ms': '100',
  });
  const config = { 'connector.class': 'Numbers', topic: 'numbers', count: `\${file:${file}:count}` };
  const reached = async (name: string) => (await worker.offsets(name)).offsets[0]?.offset?.['next'];
  const untilReached = (name: string, next: number) =>
    until(
      log,
      async () => (await reached(name)) === next,
      () => `${name} is at ${next}`,
    );
  await worker.create({ name: 'reloads', config });
  await worker.create({ name: 'stays', config: { ...config, topic: 'others', 'config.action.reload': 'none' } });
  await untilReached('reloads', 3);
  await untilReached('stays', 3);
  await write('nothing=here\n');
  await until(
    log,
    () => lines.some(line => /reloads: .*has no key "count"/.test(line)),
    () => 'the missing value is told',
  );
  await untilStates(log, worker, 'reloads', 'RUNNING: RUNNING');
  await write('count=7\n');
  await untilReached('reloads', 7);
  t.true(lines.some(line => /connector reloads is restarted: a config provider has another value/.test(line)));
  t.is(await reached('stays'), 3);
  t.is(worker.config('reloads')['count'], config.count);
  await worker.restart('stays', { includeTasks: true, onlyFailed: false });
  await untilReached('stays', 7);
  await worker.close();
});

test('the environment gives what its allowlist lets through, and nothing else', async t => {
  const log = await openFresh(t, 'direct');
  process.env['MILLRACE_SETTINGS_TEST_COUNT'] = '4';
  process.env['MILLRACE_OTHER_TEST_COUNT'] = '5';
  const { worker } = await workerOn(t, log, {
    'config.providers': 'env',
    'config.providers.env.param.allowlist.pattern': 'MILLRACE_SETTINGS_.*',
  });
  const config = { 'connector.class': 'Numbers', topic: 'numbers', count: '${env:MILLRACE_SETTINGS_TEST_COUNT}' };
  await worker.create({ name: 'allowed', config });
  await until(
    log,
    async () => (await worker.offsets('allowed')).offsets[0]?.offset?.['next'] === 4,
    () => 'the source has counted to what the environment says',
  );
  const other = { ...config, count: config.count.replace('SETTINGS', 'OTHER') };
  await t.throwsAsync(worker.create({ name: 'refused', config: other }), {
    message: /has no variable MILLRACE_OTHER_TEST_COUNT that allowlist.pattern lets through/,
  });
  await worker.close();
});

test('a secret that a worker without a key stores in clear is told once, and never shown', async t => {
  const log = await openFresh(t, 'direct');
  const inClear = async (more: Parameters<typeof workerOn>[2], secrets: readonly string[]) => {
    const { worker, lines } = await workerOn(t, log, { 'config.providers': 'env' }, more);
    for (const [at, secret] of secrets.entries())
      await worker.putConfig(`secretive-${at}`, { ...source, topic: 'numbers', secret });
    t.false(lines.some(line => line.includes('hush-hush')));
    await worker.close();
    return lines.filter(line => line.includes('is stored in the topic connect-configs as it was given')).length;
  };
  t.is(await inClear({ secretsKey: new Uint8Array(32) }, ['hush-hush']), 0);
  t.is(await inClear({}, ['${env:PATH}']), 0);
  t.is(await inClear({}, ['hush-hush', 'hush-hush-hush']), 1);
});

/** Says of each value, a number of times, that it will pass. */
function passing(times: ReadonlyMap<unknown, number>) {
  const left = new Map(times);
  return defineTransform({
    name: 'Passing',
    description: 'Fails for a while.',
    config: z.object({}),
    start: () => record => {
      const tries = left.get(record.value.value) ?? 0;
      if (tries > 0) left.set(record.value.value, tries - 1);
      if (tries > 0) throw new RetriableError(`${record.value.value} is not there yet`);
      return record;
    },
  });
}

test('a transform that fails for now is tried again as long as errors.retry.timeout says; without it, its record is bad', async t => {
  const log = await openFresh(t, 'direct');
  const transforms = [passing(new Map([[1, 3]]))];
  const { worker } = await workerOn(t, log, {}, { transforms });
  const chained = { ...source, topic: 'numbers', transforms: 'p', 'transforms.p.type': 'Passing' };
  const patient = { ...chained, 'errors.retry.timeout': '-1', 'errors.retry.delay.max.ms': '10' };
  await worker.create({ name: 'patient', config: patient });
  await worker.create({ name: 'retry-sink', config: { 'connector.class': 'Collector', topics: 'numbers' } });
  await until(
    log,
    () => taken.get('retry-sink')?.length === 3,
    () => 'all three have come through',
  );
  t.deepEqual(taken.get('retry-sink'), [0, 1, 2]);
  await worker.close();

  const { worker: another } = await workerOn(t, log, {}, { transforms: [passing(new Map([[1, 3]]))] });
  await another.create({ name: 'impatient', config: { ...chained, topic: 'x' } });
  await untilStates(log, another, 'impatient', 'RUNNING: FAILED');
  t.regex(another.taskStatus('impatient', 0).trace!, /1 is not there yet/);
  await another.close();
});

test('a sink reads the topics that match its pattern, and those that come later, but no others', async t => {
  const log = await openFresh(t, 'direct');
  const { worker } = await workerOn(t, log);
  const write = async (topic: string) => {
    await worker.create({ name: topic, config: { ...source, topic } });
    await until(
      log,
      async () => (await worker.offsets(topic)).offsets[0]?.offset?.['next'] === 3,
      () => `${topic} is written`,
    );
  };
  await write('orders-eu');
  await write('my-orders-eu');
  const config = {
    'connector.class': 'Collector',
    'topics.regex': 'orders-(eu|us)',
    'consumer.override.metadata.max.age.ms': '200',
  };
  await worker.create({ name: 'regex-sink', config });
  const partitionsRead = async () =>
    (await worker.offsets('regex-sink')).offsets
      .filter(({ offset }) => offset?.['kafka_offset'] === 3)
      .map(({ partition }) => String(partition?.['kafka_topic']))
      .sort((a, b) => a.localeCompare(b));
  await until(
    log,
    async () => (await partitionsRead()).length === 1,
    () => 'the topic that is there is read',
  );
  await write('orders-us');
  await write('orders-usa');
  await until(
    log,
    async () => (await partitionsRead()).length === 2,
    () => 'the new topic is read',
  );
  t.deepEqual(await partitionsRead(), ['orders-eu', 'orders-us']);
  t.deepEqual(taken.get('regex-sink'), [0, 1, 2, 0, 1, 2]);
  await worker.close();
});
