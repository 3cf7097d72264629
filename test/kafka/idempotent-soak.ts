// Idempotent records into three brokers (replication 3, acks=all) while the leaders of their partitions are killed -9 and started again, one
// at a time; then everything is read back. Each record carries its place in its partition, so that one look tells what was lost, doubled
// or moved.

import { type Admin, openLog, topic } from '../../core/index.js';
import type { KafkaCluster } from '../../scripts/kafka/start-kafka.js';

export interface SoakPlan {
  readonly records: number;
  readonly kills: number;
  readonly partitions: number;
}

export interface SoakReport {
  readonly killed: readonly number[];
  /** What is wrong, in words; the first few. */
  readonly faults: readonly string[];
  readonly read: number;
  readonly seconds: number;
  readonly bufferedBytesMax: number;
  readonly rssMiBMax: number;
}

const name = 'idempotent-soak';
const padding = 'x'.repeat(90);
const bufferBytesMax = 16 * 1024 * 1024;

export async function idempotentSoak(cluster: KafkaCluster, plan: SoakPlan): Promise<SoakReport> {
  await using log = await openLog(cluster.url);
  const admin = log.admin();
  const configs = { 'min.insync.replicas': '2', 'retention.ms': '-1' };
  await admin.createTopics([{ name, partitions: plan.partitions, replicationFactor: 3, configs }]);
  const { clock } = log.ports;
  const startMs = clock.monotonic();
  const killed: number[] = [];
  const producer = log.producer({ bufferBytesMax });
  const writer = await producer.writer(topic(name));
  const seen = { bufferedBytesMax: 0, rssMiBMax: 0 };
  const killing = killLeaders(cluster, admin, plan, killed, ms => clock.sleep(ms));
  for (let n = 0; n < plan.records; n++) {
    writer.append(null, `${Math.floor(n / plan.partitions)} ${padding}`, clock.now(), n % plan.partitions);
    if (producer.isFull) await producer.drained();
    if (n % 200 !== 199) continue;
    seen.bufferedBytesMax = Math.max(seen.bufferedBytesMax, producer.bufferedBytes);
    seen.rssMiBMax = Math.max(seen.rssMiBMax, process.memoryUsage.rss() / 1024 / 1024);
    // So many for each kill, so that all of them meet a producer at work; and as fast as it goes once all are over.
    const isAhead = () => n > (plan.records * (killed.length + 1)) / (plan.kills + 1);
    while (isAhead() && killed.length < plan.kills) await clock.sleep(5);
    if (killed.length < plan.kills) await clock.sleep(2);
  }
  await killing;
  await producer.flush();
  await producer.close();
  const { faults, read } = await check(cluster.url, plan);
  return { killed, faults, read, seconds: (clock.monotonic() - startMs) / 1000, ...seen };
}

async function killLeaders(
  cluster: KafkaCluster,
  admin: Admin,
  { kills, partitions }: SoakPlan,
  killed: number[],
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  while (killed.length < kills) {
    await sleep(300);
    const [described] = await admin.describeTopics([name]);
    const leader = described!.partitions[killed.length % partitions]!.leader;
    if (leader < 0) continue;
    await cluster.kill(leader);
    await sleep(1_000);
    await cluster.restart(leader);
    await untilInSync(admin, sleep);
    killed.push(leader);
  }
}

/** All three hold everything: the next one to die may be any of them. */
async function untilInSync(admin: Admin, sleep: (ms: number) => Promise<void>): Promise<void> {
  for (;;) {
    const [described] = await admin.describeTopics([name]);
    if (described!.partitions.every(({ inSyncReplicas, leader }) => leader >= 0 && inSyncReplicas.length === 3)) return;
    await sleep(200);
  }
}

async function check(url: string, plan: SoakPlan): Promise<{ faults: string[]; read: number }> {
  const { records: written, partitions } = plan;
  await using log = await openLog(url);
  await using consumer = log.consumer({ pollRecordsMax: 5000 });
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }));
  consumer.assign(all);
  for (const partition of all) consumer.seek(partition, 0);
  const ends = await log.admin().listOffsets(all, 'end');
  const total = ends.reduce((sum, end) => sum + (end?.offset ?? 0), 0);
  const faults: string[] = [];
  const next = all.map(() => 0);
  let read = 0;
  for (let emptyPolls = 0; read < total && emptyPolls < 30; ) {
    const records = await consumer.poll({ waitMs: 1000 });
    emptyPolls = records.length === 0 ? emptyPolls + 1 : 0;
    for (const { partition, offset, value } of records) {
      read++;
      const n = Number.parseInt(String(value), 10);
      if (n !== next[partition] && faults.length < 10) {
        faults.push(`partition ${partition}, offset ${offset}: record ${n} where ${next[partition]} comes next`);
      }
      next[partition] = n + 1;
    }
  }
  if (read !== written) faults.push(`${read} records were read, ${written} were written`);
  return { faults, read };
}
