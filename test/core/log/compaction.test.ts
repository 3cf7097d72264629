import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { CompactionConfig } from '../../../core/log/compaction-plan.js';
import { standaloneHost } from '../../../core/log/log-host.js';
import type { PartitionLog } from '../../../core/log/partition-log.js';
import { MemoryDisk } from '../../../core/platform/memory-disk.js';
import { nodeCompression } from '../../../core/platform/node-compression.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import type { CodecName } from '../../../core/ports/compression.js';
import type { Ports } from '../../../core/ports/ports.js';
import { recordCount } from '../../../core/records/batch-header.js';
import { type BatchFacts, BatchWriter } from '../../../core/records/batch-writer.js';
import { writeEndTransactionMarker } from '../../../core/records/end-transaction-marker.js';
import { RecordCursor } from '../../../core/records/record-cursor.js';
import { appendOptions, openLog, text } from './batches.js';
import { kafkaTool, missingKafkaTools } from './kafka-tools.js';

const hourMs = 3_600_000;
const eager: CompactionConfig = {
  minCleanableDirtyRatio: 0,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 24 * hourMs,
};

interface Entry {
  readonly key: string;
  readonly value: string | null;
}

function batch(entries: readonly Entry[], facts: BatchFacts = {}, codec: CodecName = 'none', timestamp = 1_000) {
  const writer = new BatchWriter({ compression: nodeCompression, codec });
  entries.forEach(({ key, value }, index) => {
    writer.append(key, text, value, text, timestamp + index, [{ key: 'h', value: Buffer.from(key) }]);
  });
  return writer.finish(facts);
}

interface StoredRecord extends Entry {
  readonly offset: number;
  readonly timestamp: number;
}

/** All data records, in the order of their offsets, read in small steps; says which offsets hold control batches. */
function contentOf(log: PartitionLog): { records: StoredRecord[]; controls: number[]; batchCount: number } {
  const cursor = new RecordCursor();
  const records: StoredRecord[] = [];
  const controls: number[] = [];
  let batchCount = 0;
  for (let offset = log.logStartOffset; offset < log.highWatermark; ) {
    const chunks = log.read(offset, 700, log.highWatermark);
    if (chunks.length === 0) break;
    for (const bytes of chunks) {
      for (let at = 0; at < bytes.length; at = cursor.nextBatchAt) {
        cursor.open(bytes, at, nodeCompression);
        batchCount++;
        if (cursor.isControl) controls.push(cursor.baseOffset);
        else for (let index = 0; index < cursor.count; index++) records.push(recordAt(cursor, index));
        offset = cursor.lastOffset + 1;
      }
    }
  }
  return { records, controls, batchCount };
}

function recordAt(cursor: RecordCursor, index: number): StoredRecord {
  const textAt = (start: number, end: number) => Buffer.from(cursor.bytes.subarray(start, end)).toString();
  const valueStart = cursor.valueStart(index);
  return {
    offset: cursor.offset(index),
    timestamp: cursor.timestamp(index),
    key: textAt(cursor.keyStart(index), cursor.keyEnd(index)),
    value: valueStart < 0 ? null : textAt(valueStart, cursor.valueEnd(index)),
  };
}

/** The last record of each key. */
function latest(records: readonly StoredRecord[]): StoredRecord[] {
  return [...new Map(records.map(record => [record.key, record])).values()].sort((a, b) => a.offset - b.offset);
}

function memoryPorts(): Ports {
  return nodePorts({ disk: new MemoryDisk() });
}

function open(ports: Ports, config: Partial<CompactionConfig> = {}, directory = '/c/orders-0'): PartitionLog {
  ports.disk.makeDirectory(directory);
  const compaction = { ...eager, ...config };
  return openLog(ports, directory, {
    // Nothing stays in memory: what is read is what the files hold.
    host: standaloneHost(0),
    config: { compaction, segmentBytes: 600, indexIntervalBytes: 100, retentionMs: -1, flush: { kind: 'os' } },
  });
}

test('of each key the last record stays, at its offset and with its time', async t => {
  const ports = memoryPorts();
  const log = open(ports);
  for (let round = 0; round < 40; round++) {
    log.append(batch([{ key: `k${round % 5}`, value: `v${round}` }], {}, 'none', 1_000 + round), appendOptions);
  }
  const before = contentOf(log).records;
  const sizeBytes = log.sizeBytes;
  t.truthy(await log.compaction.run(hourMs));
  const after = contentOf(log).records;
  t.deepEqual(latest(after), latest(before));
  t.true(after.length < 20 && log.sizeBytes < sizeBytes / 2, `${after.length} records, ${log.sizeBytes} bytes`);
  t.is(log.logEndOffset, 40);
  t.is(log.logStartOffset, 0);
  t.is(await log.compaction.run(hourMs), undefined, 'nothing more to do');
  await log.close();
  const again = open(ports);
  t.deepEqual(contentOf(again).records, after);
  t.is(again.logEndOffset, 40);
  again.append(batch([{ key: 'k0', value: 'new' }]), appendOptions);
  t.is(contentOf(again).records.at(-1)?.offset, 40);
});

test('a tombstone stays until its time is over', async t => {
  const log = open(memoryPorts());
  log.append(batch([{ key: 'gone', value: 'x' }]), appendOptions);
  log.append(batch([{ key: 'gone', value: null }], {}, 'gzip'), appendOptions);
  const fill = (from: number) => {
    for (let round = from; round < from + 12; round++) {
      log.append(batch([{ key: 'other', value: `${round} ${'x'.repeat(80)}` }]), appendOptions);
    }
  };
  const ofGone = () => contentOf(log).records.filter(({ key }) => key === 'gone');
  fill(0);
  await log.compaction.run(hourMs);
  t.deepEqual(
    ofGone().map(({ value, timestamp }) => [value, timestamp]),
    [[null, 1_000]],
    'its time begins',
  );
  fill(20);
  await log.compaction.run(24 * hourMs);
  t.is(ofGone().length, 1);
  fill(40);
  await log.compaction.run(26 * hourMs);
  t.is(ofGone().length, 0);
});

test('what is too young, not stable, or not dirty enough is left alone', async t => {
  const young = open(memoryPorts(), { minCompactionLagMs: hourMs });
  for (let round = 0; round < 40; round++) young.append(batch([{ key: 'k', value: `${round}` }]), appendOptions);
  t.is(await young.compaction.run(1_000 + hourMs / 2), undefined);
  t.truthy(await young.compaction.run(3 * hourMs));
  const clean = open(memoryPorts(), { minCleanableDirtyRatio: 0.9 });
  for (let round = 0; round < 60; round++) clean.append(batch([{ key: `${round}`, value: 'v' }]), appendOptions);
  t.truthy(await clean.compaction.run(hourMs), 'all of it is new');
  for (let round = 0; round < 20; round++) clean.append(batch([{ key: `${round}`, value: 'w' }]), appendOptions);
  t.is(await clean.compaction.run(hourMs), undefined);
  const stuck = open(memoryPorts());
  const open1 = { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true };
  stuck.append(batch([{ key: 'k', value: 'open' }], open1), appendOptions);
  for (let round = 0; round < 40; round++) stuck.append(batch([{ key: 'k', value: `${round}` }]), appendOptions);
  t.is(await stuck.compaction.run(hourMs), undefined, 'nothing beyond the last stable offset');
});

test('a producer whose records are all gone still knows its next sequence', async t => {
  const ports = memoryPorts();
  const log = open(ports);
  const facts = (baseSequence: number) => ({ producerId: 7, producerEpoch: 0, baseSequence });
  for (let round = 0; round < 3; round++) log.append(batch([{ key: 'k', value: 'mine' }], facts(round)), appendOptions);
  for (let round = 0; round < 30; round++) log.append(batch([{ key: 'k', value: `${round}` }]), appendOptions);
  await log.compaction.run(hourMs);
  t.false(contentOf(log).records.some(({ value }) => value === 'mine'));
  await log.close();
  for (const name of ports.disk.list('/c/orders-0')) {
    if (name.endsWith('.snapshot')) ports.disk.removeFile(`/c/orders-0/${name}`);
  }
  const again = open(ports);
  t.throws(() => again.append(batch([{ key: 'k', value: 'skips' }], facts(4)), appendOptions), {
    message: /sequence 4 where 3 comes next/,
  });
  t.notThrows(() => again.append(batch([{ key: 'k', value: 'next' }], facts(3)), appendOptions));
});

test('the marker of a producer that has written nothing since stays as a bare header', async t => {
  const ports = memoryPorts();
  const log = open(ports);
  const epoch = (producerEpoch: number) => ({ producerId: 9, producerEpoch, baseSequence: 0, isTransactional: true });
  log.append(batch([{ key: 'k', value: 'mine' }], epoch(0)), appendOptions);
  const marker = { producerId: 9, producerEpoch: 1, coordinatorEpoch: 0, commits: true };
  log.append(writeEndTransactionMarker(nodeCompression, marker, 1_000), { ...appendOptions, origin: 'coordinator' });
  const fill = () => {
    for (let round = 0; round < 14; round++) {
      log.append(batch([{ key: 'k', value: `${round} ${'x'.repeat(80)}` }]), appendOptions);
    }
  };
  for (const hour of [1, 2, 30]) {
    fill();
    t.truthy(await log.compaction.run(hour * hourMs));
  }
  const { controls, records } = contentOf(log);
  t.deepEqual(controls, [1], 'still there');
  t.false(records.some(({ value }) => value === 'mine'));
  t.is(recordCount(log.read(1, 1, 2)[0]!, 0), 0, 'without its record');
  await log.close();
  for (const name of ports.disk.list('/c/orders-0')) {
    if (name.endsWith('.snapshot')) ports.disk.removeFile(`/c/orders-0/${name}`);
  }
  const again = open(ports);
  t.is(again.lastStableOffset, again.highWatermark);
  t.throws(() => again.append(batch([{ key: 'k', value: 'zombie' }], epoch(0)), appendOptions), {
    message: /INVALID_PRODUCER_EPOCH/,
  });
  t.notThrows(() => again.append(batch([{ key: 'k', value: 'next' }], epoch(1)), appendOptions));
});

/** One step in the life of a log, drawn blindly. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      entries: fc.array(entryArbitrary(), { minLength: 1, maxLength: 4 }),
      producer: fc.constantFrom(-1, -1, 0, 1),
      codec: fc.constantFrom('none' as const, 'gzip' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('end' as const), producer: fc.constantFrom(0, 1), commits: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('compact' as const, 'reopen' as const),
      passesMs: fc.constantFrom(0, 30 * hourMs),
    }),
  },
);

function entryArbitrary() {
  return fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    value: fc.option(fc.string({ maxLength: 60 }), { freq: 4 }),
  });
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Counts {
  compactions: number;
  aborted: number;
  dropped: number;
}

/** What a reader of committed records makes of a log: the last value of each key, the deleted ones left out. */
function committedTable(log: PartitionLog): Map<string, string> {
  const cursor = new RecordCursor();
  const table = new Map<string, string>();
  const aborted = [...log.abortedTransactions(log.logStartOffset, log.lastStableOffset)];
  for (let offset = log.logStartOffset; offset < log.lastStableOffset; ) {
    const chunks = log.read(offset, 500, log.lastStableOffset);
    if (chunks.length === 0) break;
    for (const bytes of chunks) {
      for (let at = 0; at < bytes.length; at = cursor.nextBatchAt) {
        cursor.open(bytes, at, nodeCompression);
        offset = cursor.lastOffset + 1;
        const id = Number(Buffer.from(bytes.buffer, bytes.byteOffset).readBigInt64BE(at + 43));
        const isAborted =
          cursor.isTransactional &&
          aborted.some(
            each =>
              each.producerId === id && each.firstOffset <= cursor.baseOffset && cursor.baseOffset < each.lastOffset,
          );
        if (cursor.isControl || isAborted) continue;
        for (let index = 0; index < cursor.count; index++) {
          const { key, value } = recordAt(cursor, index);
          if (value === null) table.delete(key);
          else table.set(key, value);
        }
      }
    }
  }
  return table;
}

async function live(steps: readonly Step[], counts: Counts): Promise<void> {
  const ports = memoryPorts();
  let log = open(ports, { deleteRetentionMs: 24 * hourMs });
  let nowMs = hourMs;
  const sequences = [0, 0];
  const openProducers = new Set<number>();
  const pending: { entries: readonly Entry[]; producer: number }[] = [];
  const committed: { order: number; entry: Entry }[] = [];
  let order = 0;
  const ordered = new Map<object, number>();
  for (const each of steps) {
    if (each.kind === 'append') {
      const { entries, producer, codec } = each;
      const isTransactional = producer >= 0;
      const baseSequence = isTransactional ? sequences[producer]! : -1;
      const facts = { producerId: producer, producerEpoch: isTransactional ? 0 : -1, baseSequence, isTransactional };
      log.append(batch(entries, facts, codec, nowMs), { ...appendOptions, now: nowMs });
      const at = order++;
      if (isTransactional) {
        sequences[producer]! += entries.length;
        openProducers.add(producer);
        const part = { entries, producer };
        ordered.set(part, at);
        pending.push(part);
      } else for (const entry of entries) committed.push({ order: at, entry });
    } else if (each.kind === 'end') {
      endTransaction(log, each, nowMs);
      if (!each.commits && openProducers.has(each.producer)) counts.aborted++;
      openProducers.delete(each.producer);
      for (const part of pending.filter(({ producer }) => producer === each.producer)) {
        pending.splice(pending.indexOf(part), 1);
        if (each.commits) for (const entry of part.entries) committed.push({ order: ordered.get(part)!, entry });
      }
    } else if (each.kind === 'compact') {
      nowMs += each.passesMs;
      const result = await log.compaction.run(nowMs);
      if (result !== undefined) counts.compactions++;
      if (result !== undefined && result.sizeBytesAfter < result.sizeBytesBefore) counts.dropped++;
    } else {
      await log.close();
      log = open(ports, { deleteRetentionMs: 24 * hourMs });
    }
  }
  // What is open hides what comes behind it from readers: end it, so that all is seen.
  for (const producer of openProducers) endTransaction(log, { producer, commits: false }, nowMs);
  const expected = new Map<string, string>();
  for (const { entry } of committed.sort((a, b) => a.order - b.order)) {
    if (entry.value === null) expected.delete(entry.key);
    else expected.set(entry.key, entry.value);
  }
  const sorted = (map: Map<string, string>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1)).toString();
  if (sorted(committedTable(log)) !== sorted(expected)) {
    throw new Error(`holds ${sorted(committedTable(log))}, and should hold ${sorted(expected)}`);
  }
}

function endTransaction(log: PartitionLog, { producer, commits }: { producer: number; commits: boolean }, now: number) {
  const marker = { producerId: producer, producerEpoch: 0, coordinatorEpoch: 0, commits };
  log.append(writeEndTransactionMarker(nodeCompression, marker, now), { leaderEpoch: 0, now, origin: 'coordinator' });
}

test('whatever is compacted when, readers of committed records make the same table of the log', async t => {
  t.timeout(120_000);
  const counts: Counts = { compactions: 0, aborted: 0, dropped: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), steps => live(steps, counts)),
    { numRuns: 120 },
  );
  t.log(JSON.stringify(counts));
  for (const [what, count] of Object.entries(counts)) t.true(count > 50, `${what}: ${count}`);
});

/** Everything that a log writes until a failpoint ends it: the disk as it is then. */
class Killed extends Error {}

for (const point of ['written', 'swapping', 'old-condemned', 'swapped']) {
  test(`a process that dies when a compacted segment is ${point} leaves a whole log`, async t => {
    const disk = new MemoryDisk();
    let hits = 0;
    const failpoint = (name: string) => {
      if (name === `log/compaction-${point}` && ++hits === 2) throw new Killed();
    };
    const log = open({ ...nodePorts({ disk }), failpoint });
    for (let round = 0; round < 60; round++) {
      log.append(batch([{ key: `k${round % 7}`, value: `v${round} ${'x'.repeat(30)}` }]), appendOptions);
    }
    for (let round = 0; round < 60; round++) {
      log.append(batch([{ key: `k${round % 20}`, value: `w${round}` }]), appendOptions);
    }
    const before = latest(contentOf(log).records);
    await t.throwsAsync(log.compaction.run(hourMs));
    t.is(hits, 2);
    log.discard();
    const ports = nodePorts({ disk });
    const again = open(ports);
    t.deepEqual(latest(contentOf(again).records), before);
    t.is(again.logEndOffset, 120);
    const leftOver = ports.disk.list('/c/orders-0').filter(name => /cleaned|swap|deleted/.test(name));
    t.deepEqual(leftOver, []);
    await again.compaction.run(hourMs);
    t.deepEqual(latest(contentOf(again).records), before);
    t.true(contentOf(again).records.length < 30);
  });
}

test('a damaged log is not compacted, and says where it is damaged', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-compaction-'));
  const log = open(nodePorts(), {}, directory);
  for (let round = 0; round < 40; round++) log.append(batch([{ key: 'k', value: `${round}` }]), appendOptions);
  await log.flush();
  const [first] = readdirSync(directory).filter(name => name.endsWith('.log'));
  const bytes = readFileSync(join(directory, first!));
  bytes[100]! ^= 1;
  writeFileSync(join(directory, first!), bytes);
  await t.throwsAsync(log.compaction.run(hourMs), { message: /damaged at byte \d+, and is not compacted/ });
  t.is(log.failure, undefined);
  t.deepEqual(
    readdirSync(directory).filter(name => name.includes('cleaned')),
    [],
  );
  await log.close();
});

test('Apache Kafka’s dump tool reads a compacted log and its aborted transactions', async t => {
  const missing = missingKafkaTools();
  if (missing !== undefined) {
    t.log(`left out: kafka-dump-log on a compacted log (${missing})`);
    t.pass();
    return;
  }
  const directory = join(mkdtempSync(join(tmpdir(), 'millrace-compacted-')), 'orders-0');
  const log = open(nodePorts(), {}, directory);
  const sequences = [0, 0];
  for (let round = 0; round < 60; round++) {
    const producerId = round % 2;
    const facts = { producerId, producerEpoch: 0, baseSequence: sequences[producerId]!++, isTransactional: true };
    const isGone = round % 10 === 0;
    const entry = isGone ? { key: `gone ${round}`, value: null } : { key: `k${round % 6}`, value: `v${round}` };
    log.append(batch([entry], facts, round % 3 === 0 ? 'gzip' : 'none'), appendOptions);
    if (round % 4 === 3) endTransaction(log, { producer: 0, commits: true }, 5_000);
    if (round % 4 === 3) endTransaction(log, { producer: 1, commits: false }, 5_000);
  }
  t.truthy(await log.compaction.run(hourMs));
  const producerId = 0;
  log.append(
    batch([{ key: 'late', value: 'x' }], { producerId, producerEpoch: 0, baseSequence: 30, isTransactional: true }),
    appendOptions,
  );
  endTransaction(log, { producer: 0, commits: false }, 5_000);
  await log.close();
  const files = readdirSync(directory).filter(name => /\.(log|index|timeindex|snapshot|txnindex)$/.test(name));
  const paths = files.map(name => join(directory, name)).join(',');
  t.true(files.some(name => name.endsWith('.txnindex')));
  const dump = kafkaTool(
    'kafka-dump-log',
    '--deep-iteration',
    '--print-data-log',
    '--index-sanity-check',
    '--files',
    paths,
  );
  const complaints = /mismatch|not found|out of order|exception|corrupt|isvalid: false|error|invalid/i;
  t.deepEqual(
    dump.split('\n').filter(line => complaints.test(line)),
    [],
  );
  t.regex(dump, /version: 0 producerId: 1 firstOffset: \d+ lastOffset: \d+ lastStableOffset: \d+/);
  t.regex(dump, /endTxnMarker: (COMMIT|ABORT) coordinatorEpoch: 0/);
  t.regex(dump, /deleteHorizonMs: OptionalLong\[\d+\]/);
  t.regex(dump, /payload: v\d+/);
});
