// Every boundary of a run of 50 records, for each guarantee, and bugs put in on purpose that the explorer must find.

import test, { type ExecutionContext } from 'ava';
import { int64, type Log, string, topic } from '../../core/index.js';
import { topology } from '../../streams/index.js';
import { type CrashReport, type CrashScenario, exploreCrashes } from '../../streams/testing/index.js';

const lines = topic('lines');
const totals = topic('totals', { value: int64 });
const words = ['to', 'be', 'or', 'not', 'question'];

/** Words of lines, repartitioned, counted in a store on disk. */
function wordCount() {
  const build = topology('explored');
  build
    .stream(lines)
    .flatMapValues(line => line.split(' '), { name: 'words' })
    .groupBy(word => word, { name: 'by-word', key: string, value: string })
    .count({ name: 'counts' })
    .toStream()
    .to(totals);
  return build;
}

/** Counted where they are: what is done again finds the state that belongs to it. */
function keyCount() {
  const build = topology('explored');
  build.stream(lines).groupByKey().count({ name: 'counts' }).toStream().to(totals);
  return build;
}

const input = Array.from({ length: 50 }, (_, index) => ({
  topic: lines,
  key: `key-${index % 3}`,
  value: `${words[index % 5]} ${words[(index * 2 + 1) % 5]}`,
  timestamp: 1_000 + index,
}));

const scenario = { input, partitions: 2, recordsPerArrival: 10 };

function assertVisitedAll(t: ExecutionContext, report: CrashReport): void {
  const { boundaries, boundariesByKind, crashes, faults, outputRecords } = report;
  t.log(
    `${crashes} crashes at ${boundaries} boundaries (${JSON.stringify(boundariesByKind)}), ${outputRecords} records out`,
  );
  t.log(
    [...faults]
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  );
  for (const [kind, count] of Object.entries(boundariesByKind)) t.true(count > 10, `${count} of ${kind}`);
  t.is(
    Object.values(boundariesByKind).reduce((sum, count) => sum + count),
    boundaries,
  );
  t.is(crashes, 2 * boundaries);
  for (const fault of ['lost write', 'torn write', 'lost rename'] as const) t.true(faults.get(fault)! > 0, fault);
}

test('at least once: no crash at any boundary of a run of 50 records loses one', async t => {
  t.timeout(300_000);
  const report = await exploreCrashes({ ...scenario, topology: wordCount(), guarantee: 'at_least_once' });
  assertVisitedAll(t, report);
  t.is(report.outputRecords, 100);
  t.deepEqual(report.failures, []);
});

test('the same seed explores the same boundaries, another one others', async t => {
  const explore = (seed: number) =>
    exploreCrashes({
      ...scenario,
      input: input.slice(0, 5),
      topology: keyCount(),
      guarantee: 'at_least_once',
      seed,
      crashes: [],
    });
  const [once, again, other] = [await explore(1), await explore(1), await explore(2)];
  t.deepEqual(once, again);
  t.is(once.crashes, 0);
  t.true(other.boundaries > 50);
});

/** What a producer says is written may not be: offsets are committed before the output is flushed. */
function committingBeforeFlush(log: Log): Log {
  return changed(log, {
    producer: options => {
      const producer = log.producer(options);
      const [flush, close] = [producer.flush.bind(producer), producer.close.bind(producer)];
      producer.flush = async () => void flush().catch(() => undefined);
      producer.close = () => flush().then(close);
      return producer;
    },
  });
}

function changed(log: Log, changes: Partial<Log>): Log {
  return {
    url: log.url,
    ports: log.ports,
    clusterId: log.clusterId,
    connect: (...given) => log.connect(...given),
    producer: options => log.producer(options),
    consumer: options => log.consumer(options),
    admin: () => log.admin(),
    close: () => log.close(),
    [Symbol.asyncDispose]: () => log.close(),
    ...changes,
  };
}

async function isCaught(planted: Pick<CrashScenario, 'around' | 'guarantee'>): Promise<CrashReport> {
  return await exploreCrashes({
    ...scenario,
    input: input.slice(0, 20),
    crashes: ['power cut'],
    topology: keyCount(),
    ...planted,
  });
}

test('it catches offsets that are committed before the output is flushed', async t => {
  const { failures } = await isCaught({ around: committingBeforeFlush, guarantee: 'at_least_once' });
  t.log(
    failures
      .map(
        ({ crash, index, boundary, message }) => `${crash} at ${index} ${boundary.kind} ${boundary.what}: ${message}`,
      )
      .slice(0, 5)
      .join('\n'),
  );
  t.true(failures.some(({ message }) => message.startsWith('lost: totals-')));
});
