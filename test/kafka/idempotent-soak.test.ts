// MILLRACE_SOAK=full for a million records and twenty kills (about ten minutes); a short form of it otherwise.

import test from 'ava';
import { MissingEngine } from '../../scripts/kafka/missing-engine.js';
import { type KafkaCluster, startKafka } from '../../scripts/kafka/start-kafka.js';
import { idempotentSoak } from './idempotent-soak.js';

const isFull = process.env['MILLRACE_SOAK'] === 'full';
const plan = isFull ? { records: 1_000_000, kills: 20, partitions: 6 } : { records: 60_000, kills: 3, partitions: 6 };

test('idempotent records survive leaders that are killed: none lost, none doubled, in order', async t => {
  t.timeout(30 * 60_000);
  let cluster: KafkaCluster;
  try {
    cluster = await startKafka({
      nodes: 3,
      settings: { 'broker.session.timeout.ms': 1500, 'broker.heartbeat.interval.ms': 300 },
    });
  } catch (error) {
    if (!(error instanceof MissingEngine)) throw error;
    t.log(`left out: ${error.message}`);
    t.pass();
    return;
  }
  t.teardown(() => cluster.stop());
  const report = await idempotentSoak(cluster, plan);
  t.log(JSON.stringify(report));
  t.deepEqual(report.faults, []);
  t.is(report.read, plan.records);
  t.is(report.killed.length, plan.kills);
  t.true(report.bufferedBytesMax < 20 * 1024 * 1024);
});
