// Embedded produce and consume of 100-byte records beside the raw loops: `file:` with the OS flushing (as the raw loop does), and with the
// default `commit` policy, where each acknowledgement waits for fdatasync.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, type Log, openLog, type Producer, RecordCursor, string, topic } from '../core/index.js';
import { type Contender, measureInTurns, report, type Timed } from './measure.js';
import { rawRead, rawWrite } from './raw-log.js';

const value = Buffer.alloc(100, 'v');
const readPasses = 4;
const batchBytes = 256 * 1024;
const payload = topic('payload', { key: bytes, value: bytes });

interface LogOptions {
  readonly url: (directory: string) => string;
  readonly flush: 'commit' | 'os';
}

/** Runs `work` with a fresh log in a folder that is gone afterwards. */
async function withLog<T>(options: LogOptions, work: (log: Log) => Promise<T>): Promise<T> {
  const opened = await openIn(options);
  try {
    return await work(opened.log);
  } finally {
    await closeIn(opened);
  }
}

async function openIn({ url, flush }: LogOptions): Promise<{ log: Log; directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const log = await openLog(url(directory), { flush });
  await log.admin().createTopics([{ name: payload.name, partitions: 1 }]);
  return { log, directory };
}

async function closeIn({ log, directory }: { log: Log; directory: string }): Promise<void> {
  await log.close();
  rmSync(directory, { recursive: true, force: true });
}

async function appendAll(log: Log, recordCount: number): Promise<void> {
  const producer = log.producer({ batchSizeBytes: batchBytes });
  await appendTo(producer, recordCount);
  await producer.close();
}

async function appendTo(producer: Producer, recordCount: number): Promise<void> {
  const writer = await producer.writer(payload);
  for (let record = 0; record < recordCount; record++) {
    writer.append(null, value, 0, 0);
    // Backpressure is looked at now and then, as a runtime does; never per record.
    if ((record & 0x1fff) === 0) {
      if (producer.isFull) await producer.drained();
    }
  }
  await producer.flush();
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

/** Reads the same file in every round, as `consumeFrom` does. */
function rawReader(recordCount: number): Contender {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const path = join(directory, 'raw.log');
  rawWrite({ path, recordCount, value, batchBytes });
  return {
    name: 'raw: read + CRC + lazy decode',
    run: timed => timed(() => inPasses(() => rawRead(path, 1024 * 1024))),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The log and producer of a round stay open until the next round is over, for the reason that `consumeFrom` names. */
function produceTo(name: string, options: LogOptions, recordCount: number): Contender {
  let last: { readonly log: Log; readonly directory: string; readonly producer: Producer } | undefined;
  const closeLast = async (): Promise<void> => {
    await last?.producer.close();
    if (last !== undefined) await closeIn(last);
  };
  const run = async (timed: Timed): Promise<number> => {
    const opened = await openIn(options);
    const producer = opened.log.producer({ batchSizeBytes: batchBytes });
    await timed(() => appendTo(producer, recordCount));
    await closeLast();
    last = { ...opened, producer };
    return recordCount;
  };
  return { name, run, close: closeLast };
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

/**
 * Fills a log in the first round and reads it in every round. It stays open: the collection between two rounds would otherwise take
 * the last instance of each class, and with it the compiled code of all that was made for them, which no raw loop loses.
 */
function consumeFrom(name: string, options: LogOptions, recordCount: number, read: typeof readBatches): Contender {
  let opened: { readonly log: Log; readonly directory: string } | undefined;
  const fill = async () => {
    const made = await openIn(options);
    await appendAll(made.log, recordCount);
    return made;
  };
  return {
    name,
    run: async timed => {
      opened ??= await fill();
      const { log } = opened;
      return await timed(() => inPasses(() => read(log, recordCount)));
    },
    close: async () => {
      if (opened !== undefined) await closeIn(opened);
    },
  };
}

/** One pass is over in 25 ms: too short for what the collector's threads still do behind the start, and for a busy machine. */
async function inPasses(read: () => Promise<number> | number): Promise<number> {
  let recordCount = 0;
  for (let pass = 0; pass < readPasses; pass++) recordCount += await read();
  return recordCount;
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
  const raw = rawReader(recordCount);
  const contenders = [
    raw,
    consumeFrom('consume raw batches, file:', { url: file, flush: 'os' }, recordCount, readBatches),
    consumeFrom('consume raw batches, memory:', { url: memory, flush: 'commit' }, recordCount, readBatches),
    consumeFrom('consume records as strings, file:', { url: file, flush: 'os' }, recordCount, readRecords),
  ];
  return report('embedded consume, 100-byte values', await measureInTurns(contenders, rounds));
}
