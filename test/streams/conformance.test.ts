// What Kafka Streams 4.3.1 answers, run against the public face: recorded families, composed topologies, and a real access log.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { string, topic } from '../../core/index.js';
import { topology, tumbling } from '../../streams/index.js';
import { TestDriver } from '../../streams/testing/index.js';
import type { Case } from '../conformance-runner/case.js';
import { runCase } from '../conformance-runner/run-case.js';

const recordedFolder = 'test/conformance';
const dataFolder = process.env['MILLRACE_TEST_DATA'] ?? '../shared/data';

function runFolder(folder: string): { passed: number; failures: string[]; notBuilt: Set<string> } {
  const result = { passed: 0, failures: [] as string[], notBuilt: new Set<string>() };
  const files = readdirSync(join(recordedFolder, folder)).filter(name => name.endsWith('.json'));
  for (const file of files) {
    for (const each of JSON.parse(readFileSync(join(recordedFolder, folder, file), 'utf8')) as Case[]) {
      const outcome = runCase(each);
      if (outcome.kind === 'passed') result.passed++;
      else if (outcome.kind === 'failed') result.failures.push(`${file} ${each.id}: ${outcome.reason}`);
      else result.notBuilt.add(outcome.operator);
    }
  }
  return result;
}

const laterOperators = [
  'cogroup',
  'globalTable',
  'groupBy table',
  'join foreign-key',
  'join stream-stream',
  'join table-table',
  'suppress',
  'ticks',
  'versioned table',
  'window session',
  'window sliding',
];

test('the recorded families are answered as by Kafka Streams', t => {
  const { passed, failures, notBuilt } = runFolder('streams');
  t.deepEqual(failures, []);
  t.true(passed >= 73, `${passed} passed`);
  t.deepEqual(
    [...notBuilt].filter(operator => !laterOperators.includes(operator)),
    [],
  );
});

test('composed topologies are answered as by Kafka Streams, stores included', t => {
  const { passed, failures, notBuilt } = runFolder('streams-graph');
  t.deepEqual(failures, []);
  t.true(passed >= 51, `${passed} passed`);
  t.deepEqual(
    [...notBuilt].filter(operator => !laterOperators.includes(operator)),
    [],
  );
});

test('a case that expects something else fails', t => {
  const steps = [{ in: ['t1', 'a', 'x', 1], out: [['out1', 'a', 'y', 1]] }] as Case['steps'];
  const nodes = [
    { id: 'n1', op: 'stream', topic: 't1' },
    { id: 'n2', op: 'to', topic: 'out1', from: ['n1'] },
  ];
  t.is(runCase({ id: 'wrong', topology: { kind: 'graph', nodes }, steps }).kind, 'failed');
});

interface LogLine {
  readonly client: string;
  readonly status: string;
  readonly timestamp: number;
  readonly bytes: string;
}

function accessLog(): readonly LogLine[] | undefined {
  const path = join(dataFolder, 'apache_logs.log');
  if (!existsSync(path)) return undefined;
  const lines: LogLine[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const match = /^(\S+) .*?\[([^\]]+)\] "(.*?)" (\d{3}) (\S+)/.exec(line);
    if (match === null) continue;
    const [, client, time, , status, bytes] = match;
    const timestamp = Date.parse(time!.replace(/^(\d+)\/(\w+)\/(\d+):/, '$1 $2 $3 '));
    lines.push({ client: client!, status: status!, timestamp, bytes: bytes! });
  }
  return lines;
}

/** Lines as recorded: number of the input record, key@start-end, value, timestamp. */
function countPerStatus(
  log: readonly LogLine[],
  options: { window: string; grace: string; emit: 'update' | 'close' },
): { lines: string[]; late: number } {
  const requests = topic('requests');
  const counts = topic('counts');
  const t = topology('access-log');
  t.stream(requests)
    .groupByKey()
    .windowedBy(tumbling(options.window, { grace: options.grace }))
    .count({ name: 'requests-per-status', emit: options.emit })
    .toStream((_, key) => `${key.key}@${key.startMs}-${key.endMs}`, { key: string })
    .mapValues(String, { value: string })
    .to(counts);
  const driver = new TestDriver(t);
  const lines: string[] = [];
  for (const [index, { status, bytes, timestamp }] of log.entries()) {
    driver.pipe(requests, { key: status, value: bytes, timestamp });
    for (const out of driver.read(counts)) lines.push(`${index + 1}\t${out.key}\t${out.value}\t${out.timestamp}`);
  }
  return { lines, late: driver.count('late-records') };
}

const recordedLines = (file: string): readonly string[] =>
  readFileSync(join(recordedFolder, 'real-data', file), 'utf8')
    .trimEnd()
    .split('\n');

test('requests per status of a real log in windows of 10 s with grace 20 s, update by update', t => {
  const log = accessLog();
  if (log === undefined) {
    t.log(`left out: ${dataFolder}/apache_logs.log is not there`);
    t.pass();
    return;
  }
  const { lines, late } = countPerStatus(log, { window: '10s', grace: '20s', emit: 'update' });
  t.deepEqual(lines, recordedLines('apache_status_tumbling10s_grace20s.tsv'));
  t.is(lines.length, 5_167);
  t.is(late, 4_833);
});

test('requests per status of a real log in windows of 60 s with grace 60 s, when they close', t => {
  const log = accessLog();
  if (log === undefined) {
    t.log(`left out: ${dataFolder}/apache_logs.log is not there`);
    t.pass();
    return;
  }
  const { lines } = countPerStatus(log, { window: '60s', grace: '60s', emit: 'close' });
  const sorted = (rows: readonly string[]) =>
    rows.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
  t.deepEqual(sorted(lines), sorted(recordedLines('apache_status_tumbling60s_grace60s_suppressed.tsv')));
});

test('requests spread over four partitions by client and repartitioned by status count the same', t => {
  const log = accessLog();
  if (log === undefined) {
    t.log(`left out: ${dataFolder}/apache_logs.log is not there`);
    t.pass();
    return;
  }
  const requests = topic('requests');
  const t4 = topology('access-log-4');
  t4.stream(requests)
    .groupBy(status => status, { key: string })
    .windowedBy(tumbling('10s', { grace: '20s' }))
    .count({ name: 'requests-per-status', retention: '365d' });
  const driver = new TestDriver(t4, { partitions: 4 });
  for (const { client, status, timestamp } of log) driver.pipe(requests, { key: client, value: status, timestamp });
  const counted = new Map(
    driver
      .store<{ key: string; startMs: number; endMs: number }, number>('requests-per-status')
      .entries()
      .map(row => {
        return [`${row.key.key}@${row.key.startMs}-${row.key.endMs}`, row.value];
      }),
  );
  const final = new Map<string, number>();
  for (const line of recordedLines('apache_status_tumbling10s_grace20s.tsv')) {
    const [, key, value] = line.split('\t');
    final.set(key!, Number(value));
  }
  // The tasks of the statuses keep their own stream time: fewer records are late than with one partition, never more.
  for (const [key, count] of final) t.true((counted.get(key) ?? 0) >= count, key);
});
