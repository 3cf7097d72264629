// The program that the copy test kills: consume, transform, produce, commit offsets, in transactions of 750. It ends by itself, with 0, when
// all of the input has been copied.
// node copier.js URL RECORDS

import { type ConsumerRecord, type OffsetToSend, openLog, string, topic } from '../../core/index.js';

const [url, records] = process.argv.slice(2) as [string, string];
const transactionRecords = 750;
const input = topic('copy-in', { key: string, value: string });
const output = topic('copy-out', { key: string, value: string });

await using log = await openLog(url);
const producer = log.producer({ transactionalId: 'copier' });
// First of all: what the killed one left open would hold back its offsets.
await producer.initTransactions();
const consumer = log.consumer({
  groupId: 'copiers',
  // The same member as the one that was killed: nobody waits for its session to end.
  groupInstanceId: 'copier',
  topics: [input],
  autoOffsetReset: 'earliest',
  pollRecordsMax: transactionRecords,
});

let waiting: ConsumerRecord<string, string>[] = [];
for (;;) {
  const isWhole = waiting.length >= transactionRecords;
  if (!isWhole) waiting.push(...(await consumer.poll({ waitMs: 1000 })));
  const isLast = waiting.length < transactionRecords && (await isAllRead());
  if (waiting.length < transactionRecords && !isLast) continue;
  if (waiting.length > 0) await copy(waiting.slice(0, transactionRecords));
  waiting = waiting.slice(transactionRecords);
  if (isLast) break;
}
await consumer.close();
await producer.close();

async function copy(batch: readonly ConsumerRecord<string, string>[]): Promise<void> {
  producer.beginTransaction();
  const writer = await producer.writer(output);
  const next = new Map<number, OffsetToSend>();
  for (const { key, value, timestamp, partition, offset } of batch) {
    writer.append(key, `copy of ${value}`, timestamp, partition);
    next.set(partition, { topic: input.name, partition, offset: offset + 1 });
  }
  await producer.sendOffsets([...next.values()], consumer.groupMetadata());
  await producer.commitTransaction();
}

async function isAllRead(): Promise<boolean> {
  let position = 0;
  for (const partition of consumer.assignment()) position += await consumer.position(partition);
  return position >= Number(records);
}
