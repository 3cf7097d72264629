import { bytes, type Log, topic } from '../core/index.js';

const payload = topic('payload', { key: bytes, value: bytes });
const value = Buffer.alloc(100, 'v');

/** A producer and a consumer on one topic, both as fast as they can, for `ms`. */
export async function fullLoad(log: Log, ms: number): Promise<{ producedCount: number; consumedCount: number }> {
  await log.admin().createTopics([{ name: payload.name, partitions: 1, configs: { 'retention.bytes': '268435456' } }]);
  const end = log.ports.clock.monotonic() + ms;
  const [producedCount, consumedCount] = await Promise.all([produceUntil(log, end), consumeUntil(log, end)]);
  return { producedCount, consumedCount };
}

async function produceUntil(log: Log, end: number): Promise<number> {
  const producer = log.producer();
  const writer = await producer.writer(payload);
  let count = 0;
  while (log.ports.clock.monotonic() < end) {
    for (let record = 0; record < 2_000; record++) writer.append(null, value, 0, 0);
    count += 2_000;
    if (producer.isFull) await producer.drained();
    else await Promise.resolve();
  }
  await producer.close();
  return count;
}

async function consumeUntil(log: Log, end: number): Promise<number> {
  const consumer = log.consumer({ autoOffsetReset: 'earliest' });
  consumer.assign([{ topic: payload.name, partition: 0 }]);
  let offset = 0;
  while (log.ports.clock.monotonic() < end) {
    for (const fetched of await consumer.pollBatches({ waitMs: 100 })) offset = fetched.nextOffset;
  }
  await consumer.close();
  return offset;
}
