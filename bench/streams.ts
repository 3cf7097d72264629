// Streams beside hand-written loops over the same input: filter + map to a topic, and a windowed count with its changelog, each update
// sent on, over 10,000 keys and over 1 M random keys. The app runs on `memory:`, its stores in memory, with all its commits.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { int64, type Log, openLog, string, topic } from '../core/index.js';
import { type RunnableTopology, runApp, topology, tumbling } from '../streams/index.js';
import { type Contender, measureInTurns, report, type Timed } from './measure.js';
import { type RawInput, rawFilterMap, rawWindowedCount } from './raw-streams.js';

const events = topic('events', { key: string, value: string });
const windowMs = 10_000;
const text = 'v'.repeat(90);

/** Keys as they come: ten records a millisecond of event time, so a million records are ten windows of 10 s. */
interface Load {
  readonly recordCount: number;
  readonly keyCount: number;
}

function keyOf(record: number, keyCount: number): string {
  // A multiplicative hash: every run sees the same keys, in no order.
  return `key-${(Math.imul(record, 0x9e3779b1) >>> 0) % keyCount}`;
}

async function fill(log: Log, { recordCount, keyCount }: Load): Promise<void> {
  await log.admin().createTopics([
    { name: events.name, partitions: 1 },
    { name: 'out', partitions: 1 },
  ]);
  const producer = log.producer();
  const writer = await producer.writer(events);
  for (let record = 0; record < recordCount; record++) {
    writer.append(keyOf(record, keyCount), text, Math.floor(record / 10), 0);
    if ((record & 0xfff) === 0 && producer.isFull) await producer.drained();
  }
  await producer.flush();
  await producer.close();
}

/** The same batches, taken out of a log once. */
async function rawInputOf(load: Load): Promise<RawInput> {
  await using log = await openLog('memory:');
  await fill(log, load);
  const consumer = log.consumer({ autoOffsetReset: 'earliest' });
  consumer.assign([{ topic: events.name, partition: 0 }]);
  const batches: Buffer[] = [];
  for (let offset = 0; offset < load.recordCount; ) {
    for (const fetched of await consumer.pollBatches({ waitMs: 1000 })) {
      offset = fetched.nextOffset;
      for (const bytes of fetched.batches) batches.push(...wholeBatches(bytes));
    }
  }
  await consumer.close();
  return { batches, recordCount: load.recordCount };
}

function wholeBatches(bytes: Uint8Array): Buffer[] {
  const batches: Buffer[] = [];
  const view = Buffer.from(bytes);
  for (let at = 0; at < view.length; ) {
    const size = view.readInt32BE(at + 8) + 12;
    batches.push(view.subarray(at, at + size));
    at += size;
  }
  return batches;
}

function raw(name: string, input: RawInput, work: (input: RawInput, path: string) => number): Contender {
  const run = async (timed: Timed): Promise<number> => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
    try {
      return await timed(() => work(input, join(directory, 'raw')));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
  return { name, run };
}

function app(name: string, load: Load, make: () => RunnableTopology): Contender {
  const run = async (timed: Timed): Promise<number> => {
    await using log = await openLog('memory:');
    await fill(log, load);
    await timed(async () => {
      const running = await runApp(make(), { log });
      await running.finish();
    });
    return load.recordCount;
  };
  return { name, run };
}

export async function benchFilterMap(recordCount: number, rounds: number): Promise<string> {
  const load = { recordCount, keyCount: 10_000 };
  const make = (): RunnableTopology => {
    const built = topology('filter-map');
    built
      .stream(events)
      .filter(value => value.charCodeAt(0) !== 120)
      .mapValues(value => `${value}!`, { value: string })
      .to('out');
    return built;
  };
  const contenders = [
    raw('raw: decode + filter + map + encode + write', await rawInputOf(load), rawFilterMap),
    app('streams: filter + mapValues to a topic', load, make),
  ];
  return report('filter + map to a topic, 90-byte values', await measureInTurns(contenders, rounds));
}

export async function benchWindowedCount(load: Load, rounds: number): Promise<string> {
  const make = (): RunnableTopology => {
    const built = topology('windowed-count');
    built
      .stream(events)
      .groupByKey()
      .windowedBy(tumbling(windowMs, { grace: 0 }))
      .count({ name: 'counts', backing: 'memory' })
      .toStream((_count, windowed) => windowed.key, { key: string })
      .to('out', { value: int64 });
    return built;
  };
  const contenders = [
    raw('raw: decode + Map a window + 2 x encode + write', await rawInputOf(load), (input, path) =>
      rawWindowedCount(input, windowMs, path),
    ),
    app('streams: windowed count with changelog', load, make),
  ];
  return report(`windowed count, ${load.keyCount} keys, each update sent on`, await measureInTurns(contenders, rounds));
}
