// A copy of 100,000 records in transactions of 750, killed -9 ten times in the middle of one.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { copyAndKill } from './copy-and-kill.js';

/** Places in the producer, and in the broker that lives in the same process. */
const deaths = [
  ['producer/offsets-sent', 6],
  ['producer/transaction-flushed', 9],
  ['broker/transaction-marked', 5],
  ['producer/transaction-committed', 11],
  ['producer/request-sent', 30],
  ['producer/transaction-flushed', 14],
  ['producer/request-answered', 25],
  ['broker/transaction-marked', 20],
  ['producer/offsets-added', 8],
  ['producer/offsets-sent', 3],
] as const;

test('a copy that is killed ten times holds each record exactly once, in order', async t => {
  t.timeout(10 * 60_000);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-copy-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const plan = { records: 100_000, partitions: 4, deaths, hits: join(folder, 'hits') };
  const report = await copyAndKill(`file:${join(folder, 'data')}`, plan);
  for (const [round, { signal, code, output }] of report.rounds.entries()) {
    if (round < deaths.length) t.is(signal, 'SIGKILL', `round ${round}, ${deaths[round]!.join(':')}: ${output}`);
    else t.is(code, 0, output);
  }
  t.deepEqual(
    report.deaths,
    deaths.map(([place]) => place),
  );
  t.deepEqual(report.faults, []);
  t.is(report.read, plan.records);
});
