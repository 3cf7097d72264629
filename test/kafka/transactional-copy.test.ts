// As test/crash/transactional-copy.test.ts, on Apache Kafka. MILLRACE_SOAK=full for 100,000 records and ten deaths; a short form otherwise.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { copyAndKill } from '../crash/copy-and-kill.js';
import { ownKafka } from './own-kafka.js';

const isFull = process.env['MILLRACE_SOAK'] === 'full';
const allDeaths = [
  ['producer/transaction-flushed', 6],
  ['producer/offsets-sent', 9],
  ['producer/transaction-committed', 5],
  ['producer/request-sent', 30],
  ['producer/request-answered', 25],
  ['producer/offsets-added', 11],
  ['producer/transaction-flushed', 14],
  ['producer/request-sent', 11],
  ['producer/offsets-sent', 8],
  ['producer/transaction-committed', 3],
] as const;
const deaths = isFull ? allDeaths : allDeaths.slice(0, 3);
const records = isFull ? 100_000 : 20_000;

test('a copy that is killed again and again holds each record exactly once, in order', async t => {
  t.timeout(20 * 60_000);
  const cluster = await ownKafka(t);
  if (cluster === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-copy-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const report = await copyAndKill(cluster.url, { records, partitions: 4, deaths, hits: join(folder, 'hits') });
  for (const [round, { signal, code, output }] of report.rounds.entries()) {
    if (round < deaths.length) t.is(signal, 'SIGKILL', `round ${round}, ${deaths[round]!.join(':')}: ${output}`);
    else t.is(code, 0, output);
  }
  t.deepEqual(
    report.deaths,
    deaths.map(([place]) => place),
  );
  t.deepEqual(report.faults, []);
  t.is(report.read, records);
});
