// An Apache Kafka of a test's own, or of one file's tests: for settings and faults that those beside it should not meet. Where it cannot run,
// its tests say so by the name of what is missing.

import test, { type ExecutionContext } from 'ava';
import { MissingEngine } from '../../scripts/kafka/missing-engine.js';
import { type KafkaCluster, type StartKafkaOptions, startKafka } from '../../scripts/kafka/start-kafka.js';
import { leaveOut } from '../core/places.js';

/** Of settings: a broker that died is noticed within two seconds. */
export const quickFailover = { 'broker.session.timeout.ms': 1_500, 'broker.heartbeat.interval.ms': 300 } as const;

/** Stopped when the test ends; undefined, and said so, where it cannot run here. */
export async function ownKafka(t: ExecutionContext, options?: StartKafkaOptions): Promise<KafkaCluster | undefined> {
  const cluster = await kafkaOrMissing(options);
  if (typeof cluster === 'string') return void leaveOut(t, cluster);
  t.teardown(() => cluster.stop());
  return cluster;
}

/** One cluster for all tests of a file, which run one after the other: what it returns declares them. */
export function testsOnOwnKafka(
  options?: StartKafkaOptions,
): (title: string, body: (t: ExecutionContext, cluster: KafkaCluster) => Promise<void>) => void {
  let cluster: KafkaCluster | string = 'Apache Kafka, which was not started';
  test.before(async t => {
    t.timeout(180_000);
    cluster = await kafkaOrMissing(options);
  });
  test.after.always(async () => {
    if (typeof cluster !== 'string') await cluster.stop();
  });
  return (title, body) => {
    test.serial(title, async t => (typeof cluster === 'string' ? leaveOut(t, cluster) : await body(t, cluster)));
  };
}

/** Or what is missing for it. */
export async function kafkaOrMissing(options?: StartKafkaOptions): Promise<KafkaCluster | string> {
  try {
    return await startKafka(options);
  } catch (error) {
    if (error instanceof MissingEngine) return error.message;
    throw error;
  }
}
