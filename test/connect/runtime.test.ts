import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { ConfigError, DataError, defineSink, option, RetriableError, type SinkBatch } from '../../connect/api/index.js';
import type { ConnectorOptions } from '../../connect/index.js';
import { taskContext } from '../../connect/runtime/task/task-context.js';
import { fileSinkConfig } from '../../connectors/file/file-sink-config.js';
import { FileSinkTask } from '../../connectors/file/file-sink-task.js';
import { fileSink, fileSource } from '../../connectors/file/index.js';
import { json, type Log, string, topic } from '../../core/index.js';
import { connections, folder, openFresh, recordsOf, startConnectorOf } from './places.js';
import { plainSource } from './plain-connectors.js';
import { quiet } from './quiet.js';
import { until } from './until.js';

function start(t: ExecutionContext, log: Log, options: Omit<ConnectorOptions, 'logger'>) {
  return startConnectorOf(t, log, { ...options, logger: quiet });
}

/** A source of numbers: `count` of them, a batch each, from where it was left; `act` may throw before a number is handed out. */
function numbers(count: number, act: (number: number) => void = () => {}) {
  return plainSource({
    name: 'numbers',
    start(_config, context) {
      let next = Number(context.offset({ of: 'numbers' })?.['next'] ?? 0);
      return {
        poll() {
          if (next === count) return 'ended';
          act(next);
          context.metrics.count('counted');
          context.metrics.gauge('at', next);
          next++;
          return [{ partition: { of: 'numbers' }, offset: { next }, records: [{ key: 'n', value: next - 1 }] }];
        },
      };
    },
  });
}

/** A sink that keeps what it is given; `act` may throw instead. */
function collector(taken: number[], act: (batches: readonly SinkBatch[]) => void = () => {}) {
  return defineSink({
    name: 'collector',
    version: '1',
    description: 'Keeps.',
    config: z.object({ fuss: option.integer().default(0).describe('None.') }),
    start: () => ({
      put(batches) {
        act(batches);
        for (const { records } of batches) taken.push(...records.map(record => Number(record.value)));
      },
    }),
  });
}

async function produce(log: Log, name: string, values: readonly (string | null)[]): Promise<void> {
  await using admin = log.admin();
  await admin.createTopics([{ name, partitions: 1 }], { ifNotExists: true });
  await using producer = log.producer();
  for (const value of values) void producer.send(name, { key: 'k', value });
  await producer.flush();
}

for (const connection of connections) {
  test(`${connection}: a csv file runs through a topic into files, typed, keyed and timed`, async t => {
    const log = await openFresh(t, connection);
    const directory = await folder();
    const file = join(directory, 'flights.csv');
    await writeFile(file, 'code,delay,time\nATL,5,1000\nJFK,-2,2000\nATL,7,3000\n');
    const config = {
      file,
      mode: 'once',
      topic: 'flights',
      'csv.types': 'delay:number',
      'key.column': 'code',
      'timestamp.column': 'time',
    };
    const source = await start(t, log, { name: 'in', connector: fileSource, config });
    t.like(await source.done, { records: 3, bytes: 50, fraction: 1, deadLetters: 0 });
    t.is(source.status().state, 'STOPPED');
    const records = await recordsOf(log, 'flights');
    t.like(records[1], { key: 'JFK', value: '{"code":"JFK","delay":-2,"time":"2000"}', timestamp: 2000 });

    const output = join(directory, 'out');
    const sink = await start(t, log, {
      name: 'out',
      connector: fileSink,
      config: { topics: 'flights', directory: output, 'flush.size': 2 },
    });
    t.like(await sink.finish(), { records: 3 });
    const names = (await readdir(output)).sort();
    t.deepEqual(names, [
      'flights+0+00000000000000000000+00000000000000000001.jsonl',
      'flights+0+00000000000000000002+00000000000000000002.jsonl',
    ]);
    const lines = await Promise.all(names.map(name => readFile(join(output, name), 'utf8')));
    t.deepEqual(lines.join(''), records.map(record => `${record.value}\n`).join(''));
  });

  test(`${connection}: a source goes on where it was left, with offsets as Kafka Connect writes them`, async t => {
    const log = await openFresh(t, connection);
    const file = join(await folder(), 'a.txt');
    await writeFile(file, 'one\ntwo\n');
    const options = { name: 'in', connector: fileSource, config: { file, mode: 'once', topic: 'lines' } };
    await (await start(t, log, options)).done;
    await (await start(t, log, options)).done;
    await appendFile(file, 'three\n');
    t.like(await (await start(t, log, options)).done, { records: 1 });
    t.deepEqual(
      (await recordsOf(log, 'lines')).map(record => record.value),
      ['one', 'two', 'three'],
    );
    const offset = (await recordsOf(log, 'connect-offsets')).at(-1)!;
    t.deepEqual(JSON.parse(offset.key!), ['in', { filename: file }]);
    t.like(JSON.parse(offset.value!), { position: 14, line: 4 });
    await using admin = log.admin();
    const configs = await admin.describeConfigs('connect-offsets');
    t.is(configs.find(config => config.name === 'cleanup.policy')?.value, 'compact');
  });

  test(`${connection}: a bad line goes to the dead letters with its position, and the run goes on`, async t => {
    const log = await openFresh(t, connection);
    const file = join(await folder(), 'a.jsonl');
    await writeFile(file, '{"n":1}\nnot "ö" json\n{"n":2}\n');
    const config = { file, mode: 'once', topic: 'values', 'errors.deadletterqueue.topic.name': 'dead' };
    const source = await start(t, log, { name: 'in', connector: fileSource, config });
    t.like(await source.done, { records: 2, deadLetters: 1 });
    const [letter, ...more] = await recordsOf(log, 'dead');
    t.deepEqual(more, []);
    t.is(letter!.value, 'not "ö" json');
    t.like(letter!.headers, {
      '__connect.errors.position.file': file,
      '__connect.errors.position.line': '2',
      '__connect.errors.position.offset': '8',
      '__connect.errors.connector.name': 'in',
      '__connect.errors.task.id': '0',
      '__connect.errors.stage': 'TASK_POLL',
      '__connect.errors.exception.class.name': 'DataError',
    });
    t.is((await recordsOf(log, 'values')).length, 2);
  });

  test(`${connection}: without dead letters a bad line fails the task, and says where it is and what to do`, async t => {
    const log = await openFresh(t, connection);
    const file = join(await folder(), 'a.jsonl');
    await writeFile(file, '{"n":1}\nnot json\n');
    const source = await start(t, log, {
      name: 'in',
      connector: fileSource,
      config: { file, mode: 'once', topic: 'values' },
    });
    const error = await t.throwsAsync(source.done, { name: 'DataError' });
    t.true(error.message.includes(`${file}:2 (byte 8)`), error.message);
    t.true(error.message.includes('errors.deadletterqueue.topic.name'), error.message);
    t.is(source.status().state, 'FAILED');
    const tolerant = { file, mode: 'once', topic: 'values', 'errors.tolerance': 'all' };
    t.like(await (await start(t, log, { name: 'in', connector: fileSource, config: tolerant })).done, {
      records: 1,
      deadLetters: 1,
    });
  });

  test(`${connection}: a sink's bad record goes to the dead letters as it was`, async t => {
    const log = await openFresh(t, connection);
    await produce(log, 'values', ['1', '{', null, '2']);
    const directory = join(await folder(), 'out');
    const config = {
      topics: 'values',
      directory,
      'behavior.on.null.values': 'fail',
      'errors.deadletterqueue.topic.name': 'dead',
    };
    const sink = await start(t, log, { name: 'out', connector: fileSink, config });
    t.like(await sink.finish(), { deadLetters: 2 });
    const [unreadable, refused] = await recordsOf(log, 'dead');
    t.like(unreadable, { key: 'k', value: '{' });
    t.like(unreadable!.headers, {
      '__connect.errors.topic': 'values',
      '__connect.errors.partition': '0',
      '__connect.errors.offset': '1',
      '__connect.errors.stage': 'VALUE_CONVERTER',
    });
    t.like(refused, { key: 'k', value: null });
    t.like(refused!.headers, { '__connect.errors.offset': '2', '__connect.errors.stage': 'TASK_PUT' });
    t.deepEqual(await readdir(directory), ['values+0+00000000000000000000+00000000000000000003.jsonl']);
  });

  test(`${connection}: a task that fails is restarted from its committed offsets`, async t => {
    const log = await openFresh(t, connection);
    let failures = 0;
    const connector = numbers(20, number => {
      if (number === 7 && failures++ < 2) throw new Error('lost the connection');
    });
    const config = { topic: 'numbers', 'restart.backoff.ms': 5, 'offset.flush.interval.ms': 1 };
    const source = await start(t, log, { name: 'in', connector, config });
    t.true((await source.done).records >= 20);
    t.is(failures, 3);
    // Those that were handed out again count twice.
    t.true(source.metrics()['counted']! >= 20);
    t.is(source.metrics()['at'], 19);
    const values = (await recordsOf(log, 'numbers')).map(record => Number(record.value));
    t.deepEqual(
      [...new Set(values)],
      Array.from({ length: 20 }, (_, number) => number),
    );
  });

  test(`${connection}: a task that keeps failing ends FAILED; what no restart can heal does so at once`, async t => {
    const log = await openFresh(t, connection);
    const config = { topic: 'numbers', 'restart.backoff.ms': 1, 'restart.attempts.max': 3 };
    let tries = 0;
    const failing = await start(t, log, {
      name: 'in',
      config,
      connector: numbers(5, () => {
        tries++;
        throw new Error('always');
      }),
    });
    await t.throwsAsync(failing.done, { message: 'always' });
    t.is(tries, 4);
    t.like(failing.status(), { state: 'FAILED', tasks: [{ state: 'FAILED', restarts: 3 }] });
    const wrong = numbers(5, () => {
      throw new ConfigError('no such table', { given: 'flihgts', known: ['flights'] });
    });
    const handle = await start(t, log, { name: 'wrong', connector: wrong, config });
    await t.throwsAsync(handle.done, {
      name: 'UsageError',
      message: 'connector wrong: no such table (did you mean "flights"?)',
    });
  });

  test(`${connection}: batches that a sink cannot take for now come again, in order and without a gap`, async t => {
    const log = await openFresh(t, connection);
    await produce(
      log,
      'numbers',
      Array.from({ length: 50 }, (_, number) => String(number)),
    );
    const taken: number[] = [];
    let refusals = 0;
    const connector = collector(taken, () => {
      if (refusals++ < 2) throw new RetriableError('busy');
    });
    const sink = await start(t, log, {
      name: 'out',
      connector,
      config: { topics: 'numbers', 'errors.retry.delay.max.ms': 20 },
    });
    await sink.finish();
    t.true(refusals > 2);
    t.deepEqual(
      taken,
      Array.from({ length: 50 }, (_, number) => number),
    );
  });

  test(`${connection}: a sink goes on from its group's offsets, and two tasks share the partitions`, async t => {
    const log = await openFresh(t, connection);
    const numbersTopic = topic('numbers', { key: string, value: json<number>() });
    await using admin = log.admin();
    await admin.createTopics([{ name: 'numbers', partitions: 4 }]);
    await using producer = log.producer();
    const send = async (from: number, to: number) => {
      for (let number = from; number < to; number++)
        void producer.send(numbersTopic, { key: `k${number}`, value: number });
      await producer.flush();
    };
    const taken: number[] = [];
    const options = { name: 'out', connector: collector(taken), topic: numbersTopic, config: { 'tasks.max': 2 } };
    await send(0, 100);
    await (await start(t, log, options)).finish();
    await send(100, 150);
    const sink = await start(t, log, options);
    t.is(sink.status().tasks.length, 2);
    await sink.finish();
    t.deepEqual(
      taken.sort((a, b) => a - b),
      Array.from({ length: 150 }, (_, number) => number),
    );
    const [group] = await admin.describeGroups(['connect-out']);
    t.is(
      group!.offsets.reduce((sum, offset) => sum + offset.lag, 0),
      0,
    );
  });

  test(`${connection}: a paused source hands out nothing until it is resumed; stop commits what it has read`, async t => {
    const log = await openFresh(t, connection);
    const file = join(await folder(), 'a.txt');
    await writeFile(file, 'one\n');
    const options = { name: 'in', connector: fileSource, config: { file, topic: 'lines', 'poll.interval.ms': 5 } };
    const source = await start(t, log, options);
    await until(log, () => source.progress().records === 1, 'the first line is through');
    source.pause();
    await log.ports.clock.sleep(50);
    t.is(source.status().state, 'PAUSED');
    await appendFile(file, 'two\n');
    await log.ports.clock.sleep(50);
    t.is(source.progress().records, 1);
    source.resume();
    await until(log, () => source.progress().records === 2, 'the second line is through');
    await source.stop();
    t.is(source.status().state, 'STOPPED');
    await appendFile(file, 'three\n');
    const again = await start(t, log, options);
    t.like(await again.finish(), { records: 1 });
    t.deepEqual(
      (await recordsOf(log, 'lines')).map(record => record.value),
      ['one', 'two', 'three'],
    );
  });

  test(`${connection}: a sink that is paused while it joins its group is handed nothing until it is resumed`, async t => {
    const log = await openFresh(t, connection);
    await produce(log, 'flights', ['1', '2']);
    const taken: number[] = [];
    const sink = await start(t, log, { name: 'out', connector: collector(taken), config: { topics: 'flights' } });
    sink.pause();
    await using admin = log.admin();
    const hasJoined = async () => {
      const group = (await admin.listGroups()).find(({ groupId }) => groupId === 'connect-out');
      return group !== undefined && (await admin.describeGroups(['connect-out']))[0]!.state === 'Stable';
    };
    await until(log, hasJoined, 'the sink is in its group');
    // Long enough to be handed what there is, if it were not paused; nothing comes, however long it is.
    await log.ports.clock.sleep(1_000);
    t.deepEqual(taken, []);
    sink.resume();
    await until(log, () => taken.length === 2, 'the records are through');
    await sink.stop();
  });
}

test('what cannot be meant is refused before anything runs, with the nearest valid word', async t => {
  const log = await openFresh(t, 'direct');
  await produce(log, 'flights', ['1']);
  const directory = await folder();
  await writeFile(join(directory, 'flights.csv'), 'code\nATL\n');
  const file = join(directory, 'flights.csv');
  const refusals: readonly (readonly [Omit<ConnectorOptions, 'name'>, string])[] = [
    [
      { connector: fileSource, config: { file, topic: 't', fromat: 'csv' } },
      'fromat: there is no such option (did you mean "format"?)',
    ],
    [
      { connector: fileSource, config: { file: join(directory, 'fligths.csv'), topic: 't' } },
      '(did you mean "flights.csv"?)',
    ],
    [
      { connector: fileSource, config: { file, topic: 't', 'key.column': 'cod' } },
      'no column "cod" (did you mean "code"?)',
    ],
    [{ connector: fileSource, config: { file, topic: 't', 'value.converter': 'jsno' } }, '(did you mean "json"?)'],
    [{ connector: fileSource, config: { file, topic: 't', 'csv.types': 'code:numbr' } }, '(did you mean "number"?)'],
    [{ connector: fileSink, config: { topics: 'flihgts', directory } }, 'no topic "flihgts" (did you mean "flights"?)'],
    [{ connector: fileSink, config: { topics: 'flights', directory: file } }, 'directory'],
  ];
  for (const [options, part] of refusals) {
    const error = await t.throwsAsync(start(t, log, { name: 'c', ...options }), { name: 'UsageError' });
    t.true(error?.message.includes(part), `${part} in: ${error?.message}`);
  }
});

test('files are finished by count, by size and by time', async t => {
  const log = await openFresh(t, 'direct');
  await produce(log, 'values', ['"aaaa"', '"bbbb"', '"cccc"', '"dddd"', '"eeee"']);
  const spans = async (config: object) => {
    const directory = join(await folder(), 'out');
    const name = `out-${JSON.stringify(config)}`.replaceAll(/[^a-z0-9]/g, '-');
    const sink = await start(t, log, {
      name,
      connector: fileSink,
      config: { topics: 'values', directory, 'offset.flush.interval.ms': 5, ...config },
    });
    const finished = async () => (await readdir(directory)).filter(file => file.endsWith('.jsonl')).sort();
    await until(log, async () => (await finished()).length > 0, `a file of ${name} is finished while the sink runs`);
    await sink.finish();
    return (await finished()).map(file => file.split('+').slice(2).map(Number.parseFloat).join('-'));
  };
  t.deepEqual(await spans({ 'flush.size': 2 }), ['0-1', '2-3', '4-4']);
  t.deepEqual(await spans({ 'file.bytes.max': 20 }), ['0-2', '3-4']);
  t.deepEqual(await spans({ 'rotate.schedule.interval.ms': 10 }), ['0-4']);
});

test('a source that does not heed its signal is left behind when it is stopped', async t => {
  const log = await openFresh(t, 'direct');
  const connector = plainSource({
    name: 'deaf',
    start: () => ({ poll: () => new Promise(() => {}) }),
  });
  const source = await start(t, log, { name: 'in', connector, config: { topic: 'none' } });
  await source.stop();
  t.is(source.status().state, 'STOPPED');
});

test('a record that its converter refuses is a dead letter too', async t => {
  const log = await openFresh(t, 'direct');
  const connector = plainSource({
    name: 'odd',
    start: () => ({
      async *batches() {
        yield { partition: {}, offset: { at: 1 }, records: [{ value: 'a' }, { value: { b: 1 } }, { value: 'c' }] };
      },
    }),
  });
  const config = { topic: 'texts', 'value.converter': 'string', 'errors.deadletterqueue.topic.name': 'dead' };
  await (await start(t, log, { name: 'in', connector, config })).done;
  t.deepEqual(
    (await recordsOf(log, 'texts')).map(record => record.value),
    ['a', 'c'],
  );
  const [letter] = await recordsOf(log, 'dead');
  t.is(letter!.value, '{"b":1}');
  t.is(letter!.headers['__connect.errors.stage'], 'VALUE_CONVERTER');
  t.is(letter!.headers['__connect.errors.exception.class.name'], new DataError('').name);
});

test('a sink that is succeeded by another cannot finish a file any more', async t => {
  const log = await openFresh(t, 'direct');
  const directory = await folder();
  const parts = {
    log,
    connector: 'out',
    task: 0,
    logger: quiet,
    signal: new AbortController().signal,
    metrics: new Map(),
  };
  const context = { ...taskContext(parts), reject: () => Promise.reject(new Error('none')), requestCommit: () => {} };
  const task = () => new FileSinkTask(fileSinkConfig.parse({ directory }), context);
  const partition = { topic: 'a', partition: 0 };
  const batch = (from: number) => ({
    ...partition,
    records: [0, 1].map(index => ({
      ...partition,
      offset: from + index,
      timestamp: 0,
      key: null,
      value: from + index,
      headers: [],
    })),
  });
  const zombie = task();
  await zombie.open([partition]);
  await zombie.put([batch(0)]);
  const successor = task();
  t.deepEqual(await successor.open([partition]), []);
  await successor.put([batch(0)]);
  t.deepEqual(await successor.preCommit('closing'), [{ ...partition, offset: 2 }]);
  await t.throwsAsync(zombie.preCommit('closing'), { message: /by another task now/ });
  await successor.close([partition]);
  await zombie.close([partition]);
  t.deepEqual(await readdir(directory), ['a+0+00000000000000000000+00000000000000000001.jsonl']);
  const next = task();
  t.deepEqual(await next.open([partition]), [{ ...partition, offset: 2 }]);
  await next.stop();
});

test('a source that waits for something to happen is woken when it shall end with what is there', async t => {
  t.timeout(120_000);
  const log = await openFresh(t, 'direct');
  let polls = 0;
  let wake: (() => void) | undefined;
  const patient = plainSource({
    name: 'patient',
    start: () => ({
      async poll(signal) {
        polls++;
        await new Promise<void>(resolve => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        return signal.aborted
          ? []
          : [{ partition: {}, offset: { polls }, records: [{ key: 'n', value: polls }] }].slice(polls - 1);
      },
      wake: () => wake?.(),
    }),
  });
  const source = await start(t, log, { name: 'in', connector: patient, config: { topic: 'woken' } });
  await until(log, () => wake !== undefined, 'the source waits');
  const finished = source.finish();
  await until(log, () => polls > 1, 'the source is asked again');
  wake?.();
  t.like(await finished, { records: 1 });
});
