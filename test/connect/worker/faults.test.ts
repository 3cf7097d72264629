import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { DataError, RetriableError } from '../../../connect/api/index.js';
import { connections, folder, openFresh, recordsOf } from '../places.js';
import { plainSink, plainSource } from '../plain-connectors.js';
import { until } from '../until.js';
import { acts, statesOf, taken, untilStates, workerOn } from './worker-under-test.js';

for (const connection of connections) {
  test(`${connection}: a record that put finds bad is found among its neighbours, and goes to the dead letters alone`, async t => {
    const log = await openFresh(t, connection);
    const { worker } = await workerOn(t, log);
    const name = `isolates-${connection}`;
    acts.set(name, value => {
      if (Number(value) % 10 === 3) throw new DataError(`${value} is unlucky`);
    });
    // Read in one go: the records are there before the sink is.
    await worker.create({ name: 'in', config: { 'connector.class': 'Numbers', topic: 'numbers', count: 40 } });
    await until(
      log,
      async () => (await worker.offsets('in')).offsets[0]?.offset?.['next'] === 40,
      () => 'the source has counted to 40',
    );
    const config = {
      'connector.class': 'Collector',
      topics: 'numbers',
      'errors.deadletterqueue.topic.name': 'letters',
    };
    await worker.create({ name, config });
    await until(
      log,
      async () => (await worker.offsets(name)).offsets[0]?.offset?.['kafka_offset'] === 40,
      () => 'the sink has read 40 records',
    );
    t.deepEqual(
      taken.get(name),
      Array.from({ length: 40 }, (_, value) => value).filter(value => value % 10 !== 3),
    );
    const letters = await recordsOf(log, 'letters');
    t.deepEqual(
      letters.map(letter => letter.value),
      ['3', '13', '23', '33'],
    );
    t.like(letters[1]!.headers, {
      '__connect.errors.topic': 'numbers',
      '__connect.errors.partition': '0',
      '__connect.errors.offset': '13',
      '__connect.errors.connector.name': name,
      '__connect.errors.task.id': '0',
      '__connect.errors.stage': 'TASK_PUT',
      '__connect.errors.exception.message': '13 is unlucky',
    });
    await worker.close();
  });
}

test('placeholders are resolved in memory only, and neither they nor secrets are seen anywhere', async t => {
  const log = await openFresh(t, 'direct');
  const directory = await folder();
  const canary = 'canary-of-a-file',
    literal = 'canary-that-was-typed';
  await mkdir(join(directory, 'allowed'));
  await writeFile(join(directory, 'allowed', 'db.properties'), `# for tests\npass\\u0077ord = ${canary}\n`);
  await writeFile(join(directory, 'outside'), 'nobody reads this');
  const { worker, lines } = await workerOn(t, log, {
    'config.providers': 'file,dir',
    'config.providers.file.param.allowed.paths': join(directory, 'allowed'),
    'config.providers.dir.class': 'org.apache.kafka.common.config.provider.DirectoryConfigProvider',
    'config.providers.dir.param.allowed.paths': join(directory, 'allowed'),
  });
  const base = { 'connector.class': 'Numbers', topic: 'numbers', count: 5, 'fail.at': 2, 'restart.attempts.max': 0 };
  const placeholder = `\${file:${join(directory, 'allowed')}/db.properties:password}`;
  await worker.create({ name: 'resolved', config: { ...base, secret: placeholder } });
  await worker.create({ name: 'typed', config: { ...base, secret: literal } });
  for (const name of ['resolved', 'typed']) await untilStates(log, worker, name, 'RUNNING: FAILED');
  t.true(worker.status('resolved').tasks[0]!.trace!.includes(`the password is ${placeholder}`));
  t.true(worker.status('typed').tasks[0]!.trace!.includes('the password is [hidden]'));
  t.is(worker.config('resolved')['secret'], placeholder);
  t.is(worker.info('typed').config['secret'], '[hidden]');
  // Who changes what was shown, and sends it back, keeps the secret.
  await worker.putConfig('typed', {
    ...worker.config('typed'),
    'restart.attempts.max': '1',
    'restart.backoff.ms': '1',
  });
  await untilStates(log, worker, 'typed', 'RUNNING: FAILED');
  t.true(worker.status('typed').tasks[0]!.trace!.includes('the password is [hidden]'));

  const outside = `\${dir:${directory}:outside}`;
  await t.throwsAsync(worker.create({ name: 'out', config: { ...base, secret: outside } }), {
    message: /secret: .* is not below the provider's allowed\.paths/s,
  });
  const mistyped = placeholder.replace('password}', 'pasword}');
  await t.throwsAsync(worker.create({ name: 'out', config: { ...base, secret: mistyped } }), {
    message: /no key "pasword" \(did you mean "password"\?\)/,
  });
  const answers = [
    ['resolved', 'typed'].map(name => [worker.info(name), worker.status(name), worker.tasks(name)]),
    await worker.validate('Numbers', { ...base, name: 'x', secret: placeholder }),
    await worker.validate('Numbers', { ...base, name: 'x', secret: literal }),
  ];
  await worker.close();
  const kept = [];
  for (const topic of ['connect-configs', 'connect-status', 'connect-offsets']) kept.push(await recordsOf(log, topic));
  const seen = JSON.stringify([answers, lines, kept.slice(1)]);
  t.false(seen.includes(canary));
  t.false(seen.includes(literal));
  t.true(seen.includes('db.properties:password'));
  t.false(JSON.stringify(kept).includes(canary));
});

test('a task that makes no progress says so in its status and in the log, and that it goes on', async t => {
  const log = await openFresh(t, 'direct');
  const { worker, lines } = await workerOn(t, log, { 'task.stall.timeout.ms': 200 });
  let open: () => void = () => undefined;
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  let refusals = 0;
  acts.set('stuck', () => opened);
  acts.set('refused', () => {
    if (refusals++ >= 0 && !isOpen) throw new RetriableError('the database is away');
  });
  let isOpen = false;
  for (const name of ['stuck', 'refused']) {
    const config = { 'connector.class': 'Collector', topics: 'numbers', 'errors.retry.delay.max.ms': 50 };
    await worker.create({ name, config });
  }
  await worker.create({ name: 'in', config: { 'connector.class': 'Numbers', topic: 'numbers', count: 3 } });
  const reason = (name: string) => worker.status(name).tasks[0]?.stalled?.reason;
  await until(
    log,
    () => reason('stuck') === 'put has not returned' && reason('refused') === 'put fails: the database is away',
    () => `both are stalled: ${reason('stuck')}, ${reason('refused')}`,
  );
  t.is(statesOf(worker, 'stuck'), 'RUNNING: RUNNING');
  await until(
    log,
    () => ['stuck', 'refused'].every(name => lines.some(line => line.includes(`${name}, task 0 makes no progress`))),
    () => 'the log says so',
  );
  open();
  isOpen = true;
  await until(
    log,
    () => reason('stuck') === undefined && reason('refused') === undefined && taken.get('refused')?.length === 3,
    () => 'they go on',
  );
  await worker.close();
});

test('a task is restarted by itself, by name, or where it has failed; a connector that cannot begin says why', async t => {
  const log = await openFresh(t, 'direct');
  const { worker } = await workerOn(t, log);
  const failing = { 'connector.class': 'Numbers', topic: 'numbers', count: 5, 'fail.at': 3, 'restart.attempts.max': 0 };
  await worker.create({ name: 'in', config: failing });
  await untilStates(log, worker, 'in', 'RUNNING: FAILED');
  t.regex(worker.status('in').tasks[0]!.trace!, /the password is/);
  const plan = await worker.restart('in', { includeTasks: true, onlyFailed: true });
  t.is(plan!.tasks[0]!.state, 'RESTARTING');
  t.is(plan!.connector.state, 'RUNNING');
  await untilStates(log, worker, 'in', 'RUNNING: FAILED');
  await worker.restartTask('in', 0);
  await untilStates(log, worker, 'in', 'RUNNING: FAILED');
  t.is(await worker.restart('in', { includeTasks: false, onlyFailed: false }), undefined);
  await t.throwsAsync(worker.restartTask('in', 7), { message: 'Unknown task: in-7' });
  await worker.patchConfig('in', { 'fail.at': null });
  await untilStates(log, worker, 'in', 'RUNNING: RUNNING');

  await worker.create({ name: 'early', config: { 'connector.class': 'Collector', topics: 'later', 'tasks.max': 2 } });
  await untilStates(log, worker, 'early', 'RUNNING: RUNNING RUNNING');
  const file = { 'connector.class': 'FileSource', topic: 't', file: join(await folder(), 'none.csv'), format: 'csv' };
  await worker.create({ name: 'no-file', config: file });
  await until(
    log,
    () => /FAILED/.test(statesOf(worker, 'no-file')),
    () => `a file that is not there fails the connector: ${statesOf(worker, 'no-file')}`,
  );
  await using admin = log.admin();
  await admin.createTopics([{ name: 'later', partitions: 1 }]);
  await using producer = log.producer();
  await producer.send('later', { key: 'k', value: '7' });
  await until(
    log,
    () => taken.get('early')?.[0] === 7,
    () => 'the sink reads a topic that was made after it',
  );
  await worker.close();
});

for (const connection of connections) {
  test(`${connection}: a sink left behind in its put is told so, asked nothing more, and lets the log close`, async t => {
    const log = await openFresh(t, connection);
    const asked: string[] = [];
    let put: () => void = () => undefined;
    const hasBegun = new Promise<void>(resolve => {
      put = resolve;
    });
    let release: () => void = () => undefined;
    const released = new Promise<void>(resolve => {
      release = resolve;
    });
    t.teardown(() => release());
    let signal: AbortSignal | undefined;
    const hanging = plainSink({
      name: 'hanging',
      start: (_config, context) => ({
        async put() {
          signal = context.signal;
          put();
          await released;
        },
        preCommit() {
          asked.push('preCommit');
          throw new Error('file closed');
        },
        close: () => void asked.push('close'),
      }),
    });
    const plugin = { class: 'test.Hanging', aliases: [], version: '1', kind: 'sink', definition: hanging } as const;
    const config = { 'task.shutdown.graceful.timeout.ms': 20, 'offset.flush.interval.ms': 3_600_000 };
    const { worker, lines } = await workerOn(t, log, config, { plugins: [plugin] });
    await using admin = log.admin();
    await admin.createTopics([{ name: 'hung', partitions: 1 }]);
    await using producer = log.producer();
    await producer.send('hung', { value: '1' });
    await worker.create({ name: 'hangs', config: { 'connector.class': 'Hanging', topics: 'hung' } });
    await hasBegun;
    t.false(signal!.aborted);
    await worker.close();
    t.true(lines.some(line => line.includes('task 0 has not ended 20 ms after it was told to, and is left behind')));
    t.true(signal!.aborted);
    await log.close();
    t.deepEqual(asked, []);
  });
}

test('a source that rests waits as long as it likes, and one that does not is stalled', async t => {
  const log = await openFresh(t, 'direct');
  let rests = true;
  const waiting = plainSource({
    name: 'waiting',
    start: (_config, { connector, signal }) => ({
      async poll() {
        await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
        return [];
      },
      isResting: () => connector === 'resting' && rests,
    }),
  });
  const plugin = { class: 'test.Waiting', aliases: [], version: '1', kind: 'source', definition: waiting } as const;
  const { worker } = await workerOn(t, log, { 'task.stall.timeout.ms': 200 }, { plugins: [plugin] });
  for (const name of ['resting', 'hanging']) {
    await worker.create({ name, config: { 'connector.class': 'test.Waiting', topic: 'waited' } });
    await untilStates(log, worker, name, 'RUNNING: RUNNING');
  }
  const reason = (name: string) => worker.status(name).tasks[0]?.stalled?.reason;
  const isStalled = (name: string) =>
    until(
      log,
      () => reason(name) === 'poll has not returned',
      () => `${name} is stalled`,
    );
  await isStalled('hanging');
  t.is(reason('resting'), undefined);
  rests = false;
  await isStalled('resting');
  await worker.close();
});
