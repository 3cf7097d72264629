// Kafka Streams reads what ours has written: windowed keys, changelogs of timestamped and of window stores, the metadata of committed offsets.

import { fileURLToPath } from 'node:url';
import test from 'ava';
import { int64, openLog, string, topic } from '../../core/index.js';
import { runJava } from '../../scripts/kafka/run-java.js';
import { runApp, topology, tumbling, windowed } from '../../streams/index.js';
import { createTopics, lines, produce } from '../streams/running.js';
import { ownKafka } from './own-kafka.js';

const program = fileURLToPath(new URL('../../../test/kafka/java/StreamsReader.java', import.meta.url));
const windowMs = 1_000;
const results = topic('results', { key: windowed(string, windowMs), value: int64 });

test('Kafka Streams understands our windowed keys, changelogs and offset metadata', async t => {
  t.timeout(180_000);
  const cluster = await ownKafka(t);
  if (cluster === undefined) return;
  await using log = await openLog(cluster.url);
  await createTopics(log, ['lines'], 2);
  const begin = Math.floor(log.ports.clock.now() / windowMs) * windowMs - 60_000;
  const keys = ['a', 'bee', 'Größe', '12345678'];
  const rows = Array.from({ length: 40 }, (_, index) => ({
    key: keys[index % keys.length]!,
    value: 'x',
    timestamp: begin + index * 100,
  }));
  await produce(log, lines, rows);
  const build = topology('ours');
  build.stream(lines).groupByKey().count({ name: 'counts' });
  build
    .stream(lines)
    .groupByKey()
    .windowedBy(tumbling(windowMs, { grace: '1h' }))
    .count({ name: 'windows' })
    .toStream()
    .to(results);
  await (await runApp(build, { log, processingGuarantee: 'exactly_once' })).finish();
  const { stdout, stderr, status } = await runJava(program, [cluster.bootstrap, 'ours', String(windowMs), 'results']);
  t.is(status, 0, stderr);
  const found = stdout.trim().split('\n');
  const last = new Map<string, string>();
  for (const line of found.filter(each => each.startsWith('window '))) {
    const [, key, start, ...rest] = line.split(' ');
    last.set(`${key} ${start}`, rest.join(' '));
  }
  const expectedWindows = new Map<string, string>();
  const expectedCounts = new Map<string, string>();
  const expectedResults: string[] = [];
  const counted = new Map<string, number>();
  for (const { key, timestamp } of rows) {
    const start = Math.floor(timestamp / windowMs) * windowMs;
    const inWindow = (counted.get(`${key} ${start}`) ?? 0) + 1;
    const inAll = (counted.get(key) ?? 0) + 1;
    counted.set(`${key} ${start}`, inWindow).set(key, inAll);
    expectedWindows.set(`${key} ${start}`, `0 ${inWindow} ${timestamp}`);
    expectedCounts.set(key, `count ${key} ${inAll} ${timestamp}`);
    expectedResults.push(`result ${key} ${start} ${start + windowMs} ${inWindow}`);
  }
  t.deepEqual(sorted(last), sorted(expectedWindows));
  t.deepEqual(found.filter(line => line.startsWith('count ')).sort(), [...expectedCounts.values()].sort());
  t.deepEqual(found.filter(line => line.startsWith('result ')).sort(), expectedResults.sort());
  const times = found.filter(line => line.startsWith('offset lines-')).map(line => Number(line.split(' ').at(-1)));
  t.is(Math.max(...times), begin + 3_900);
});

function sorted(map: ReadonlyMap<string, string>): string[] {
  return Array.from(map, ([key, value]) => `${key} ${value}`).sort();
}
