// Millrace over TCP: as a runtime uses it (a writer; raw batches and a cursor) and as people do (a promise for each record, or for each list; records).

import { bytes, openLog, RecordCursor, topic } from '../../core/index.js';
import {
  batchBytes,
  type ClientJob,
  type ClientWork,
  payloadBytes,
  requireBytes,
  sendInRequests,
} from './client-work.js';

const payloadOf = ({ topic: name }: ClientJob) => topic(name, { key: bytes, value: bytes });
const open = ({ bootstrap }: ClientJob) => openLog(`kafka://${bootstrap}`);

async function append(job: ClientJob): Promise<void> {
  await using log = await open(job);
  const producer = log.producer({ batchSizeBytes: batchBytes });
  const writer = await producer.writer(payloadOf(job));
  const value = payloadBytes(job);
  for (let record = 0; record < job.recordCount; record++) {
    writer.append(null, value, 0);
    if ((record & 0x3ff) === 0 && producer.isFull) await producer.drained();
  }
  await producer.flush();
  await producer.close();
}

async function sendEach(job: ClientJob): Promise<void> {
  await using log = await open(job);
  const producer = log.producer({ batchSizeBytes: batchBytes });
  const payload = payloadOf(job);
  const value = payloadBytes(job);
  const groupSize = 10_000;
  for (let done = 0; done < job.recordCount; done += groupSize) {
    const count = Math.min(groupSize, job.recordCount - done);
    await Promise.all(Array.from({ length: count }, () => producer.send(payload, { value })));
  }
  await producer.close();
}

/** Lists of records, as the other clients take them. */
async function sendLists(job: ClientJob): Promise<void> {
  await using log = await open(job);
  const producer = log.producer({ batchSizeBytes: batchBytes });
  const payload = payloadOf(job);
  const value = payloadBytes(job);
  await sendInRequests(job, count =>
    producer.sendAll(
      payload,
      Array.from({ length: count }, () => ({ value })),
    ),
  );
  await producer.close();
}

async function readBatches(job: ClientJob, onFirst: (recordCount: number) => void): Promise<void> {
  await using log = await open(job);
  const consumer = log.consumer({ autoOffsetReset: 'earliest' });
  consumer.assign(Array.from({ length: job.partitionCount }, (_, partition) => ({ topic: job.topic, partition })));
  const cursor = new RecordCursor();
  let seen = 0;
  let valueBytes = 0;
  while (seen < job.recordCount) {
    const before = seen;
    for (const fetched of await consumer.pollBatches({ waitMs: 1000 })) {
      for (const batches of fetched.batches) {
        for (let at = 0; at < batches.length; at = cursor.nextBatchAt) {
          cursor.open(batches, at, log.ports.compression);
          for (let record = 0; record < cursor.count; record++)
            valueBytes += cursor.valueEnd(record) - cursor.valueStart(record);
          seen += cursor.count;
        }
      }
      consumer.release(fetched);
    }
    if (before === 0 && seen > 0) onFirst(seen);
  }
  requireBytes(job, seen, valueBytes);
  await consumer.close();
}

async function readRecords(job: ClientJob, onFirst: (recordCount: number) => void): Promise<void> {
  await using log = await open(job);
  const consumer = log.consumer({
    groupId: job.runId,
    topics: [payloadOf(job)],
    autoOffsetReset: 'earliest',
    pollRecordsMax: 10_000,
  });
  let seen = 0;
  let valueBytes = 0;
  while (seen < job.recordCount) {
    const records = await consumer.poll({ waitMs: 1000 });
    for (const { value } of records) valueBytes += (value as Uint8Array).length;
    if (seen === 0 && records.length > 0) onFirst(records.length);
    seen += records.length;
  }
  requireBytes(job, seen, valueBytes);
  await consumer.close();
}

export const millraceBatches: ClientWork = { produce: append, consume: readBatches };
export const millraceRecords: ClientWork = { produce: sendEach, consume: readRecords };
export const millraceLists: ClientWork = { produce: sendLists };
