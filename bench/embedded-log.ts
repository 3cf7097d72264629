// Embedded produce and consume of 100-byte records beside the raw loops: `file:` with the OS flushing (as the raw loop does), and with the
// default `commit` policy, where each acknowledgement waits for fdatasync.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, type Log, openLog, RecordCursor, string, topic } from '../core/index.js';
import { type Contender, measureInTurns, report, type Timed } from './measure.js';
import { rawRead, rawWrite } from './raw-log.js';

const value = Buffer.alloc(100, 'v');
const batchBytes = 256 * 1024;
const payload = topic('payload', { key: bytes, value: bytes });

interface LogOptions {
  readonly url: (directory: string) => string;
  readonly flush: 'commit' | 'os';
}

/** Runs `work` with a fresh log in a folder that is gone afterwards. */
async function withLog<T>({ url, flush }: LogOptions, work: (log: Log) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const log = await openLog(url(directory), { flush });
  try {
    await log.admin().createTopics([{ name: payload.name, partitions: 1 }]);
    return await work(log);
  } finally {
    await log.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function appendAll(log: Log, recordCount: number): Promise<void> {
  const producer = log.producer({ batchSizeBytes: batchBytes });
  const writer = await producer.writer(payload);
  for (let record = 0; record < recordCount; record++) {
    writer.append(null, value, 0, 0);
    // Backpressure is looked at now and then, as a runtime does; never per record.
    if ((record & 0x1fff) === 0) {
      if (producer.isFull) await producer.drained();
    }
  }
  await producer.flush();
  await producer.close();
}

function rawWriter(recordCount: number): Contender {
  return {
    name: 'raw: encode + CRC + write',
    run: timed => inFolder(path => timed(() => rawWrite({ path, recordCount, value, batchBytes }))),
  };
}

async function inFolder<T>(work: (path: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    return await work(join(directory, 'raw.log'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function produceTo(name: string, options: LogOptions, recordCount: number): Contender {
  const run = (timed: Timed): Promise<number> =>
    withLog(options, async log => {
      await timed(() => appendAll(log, recordCount));
      return recordCount;
    });
  return { name, run };
}

function sendEach(name: string, options: LogOptions, recordCount: number): Contender {
  const run = (timed: Timed): Promise<number> =>
    withLog(options, async log => {
      const producer = log.producer();
      const texts = topic('payload', { key: string, value: bytes });
      await producer.send(texts, { value });
      await timed(async () => {
        const groupSize = 10_000;
        for (let done = 0; done < recordCount; done += groupSize) {
          await Promise.all(Array.from({ length: groupSize }, () => producer.send(texts, { value })));
        }
      });
      await producer.close();
      return recordCount;
    });
  return { name, run };
}

const file = (directory: string): string => `file:${directory}`;
const memory = (): string => 'memory:';

export async function benchProduce(recordCount: number, rounds: number): Promise<string> {
  const contenders = [
    rawWriter(recordCount),
    produceTo('produce, file:, flush os', { url: file, flush: 'os' }, recordCount),
    produceTo('produce, file:, flush commit', { url: file, flush: 'commit' }, recordCount),
    produceTo('produce, memory:', { url: memory, flush: 'commit' }, recordCount),
    sendEach('send() with a promise each, file:, flush os', { url: file, flush: 'os' }, recordCount / 4),
    sendEach('send() with a promise each, memory:', { url: memory, flush: 'commit' }, recordCount / 4),
  ];
  return report('embedded produce, 100-byte values', await measureInTurns(contenders, rounds));
}

function consumeFrom(name: string, options: LogOptions, recordCount: number, read: typeof readBatches): Contender {
  const run = (timed: Timed): Promise<number> =>
    withLog(options, async log => {
      await appendAll(log, recordCount);
      return await timed(() => read(log, recordCount));
    });
  return { name, run };
}

/** As a runtime reads: raw batches, indexed lazily, keys and values left where they are. */
async function readBatches(log: Log, recordCount: number): Promise<number> {
  const consumer = log.consumer({ autoOffsetReset: 'earliest' });
  consumer.assign([{ topic: payload.name, partition: 0 }]);
  const cursor = new RecordCursor();
  let seen = 0;
  while (seen < recordCount) {
    for (const fetched of await consumer.pollBatches({ waitMs: 1000 })) {
      for (const batches of fetched.batches) {
        for (let at = 0; at < batches.length; at = cursor.nextBatchAt) {
          cursor.open(batches, at, log.ports.compression);
          seen += cursor.count;
        }
      }
      consumer.release(fetched);
    }
  }
  await consumer.close();
  return seen;
}

async function readRecords(log: Log, recordCount: number): Promise<number> {
  const consumer = log.consumer({ autoOffsetReset: 'earliest', pollRecordsMax: 10_000 });
  consumer.assign([{ topic: payload.name, partition: 0 }]);
  let seen = 0;
  while (seen < recordCount) seen += (await consumer.poll({ waitMs: 1000 })).length;
  await consumer.close();
  return seen;
}

export async function benchConsume(recordCount: number, rounds: number): Promise<string> {
  const raw: Contender = {
    name: 'raw: read + CRC + lazy decode',
    run: timed =>
      inFolder(async path => {
        rawWrite({ path, recordCount, value, batchBytes });
        return await timed(() => rawRead(path, 1024 * 1024));
      }),
  };
  const contenders = [
    raw,
    consumeFrom('consume raw batches, file:', { url: file, flush: 'os' }, recordCount, readBatches),
    consumeFrom('consume raw batches, memory:', { url: memory, flush: 'commit' }, recordCount, readBatches),
    consumeFrom('consume records as strings, file:', { url: file, flush: 'os' }, recordCount, readRecords),
  ];
  return report('embedded consume, 100-byte values', await measureInTurns(contenders, rounds));
}
