// MILLRACE_SOAK=full for a million records and twenty kills (about ten minutes); a short form of it otherwise.

import test from 'ava';
import { idempotentSoak } from './idempotent-soak.js';
import { ownKafka, quickFailover } from './own-kafka.js';

const isFull = process.env['MILLRACE_SOAK'] === 'full';
const plan = isFull ? { records: 1_000_000, kills: 20, partitions: 6 } : { records: 60_000, kills: 3, partitions: 6 };

test('idempotent records survive leaders that are killed: none lost, none doubled, in order', async t => {
  t.timeout(30 * 60_000);
  const cluster = await ownKafka(t, { nodes: 3, settings: quickFailover });
  if (cluster === undefined) return;
  const report = await idempotentSoak(cluster, plan);
  t.log(JSON.stringify(report));
  t.deepEqual(report.faults, []);
  t.is(report.read, plan.records);
  t.is(report.killed.length, plan.kills);
  t.true(report.bufferedBytesMax < 20 * 1024 * 1024);
});
