import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { standaloneHost } from '../../../core/log/log-host.js';
import type { PartitionLog } from '../../../core/log/partition-log.js';
import { MemoryDisk } from '../../../core/platform/memory-disk.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { isWholeBatch } from '../../../core/records/batch-header.js';
import { RecordCursor } from '../../../core/records/record-cursor.js';
import { appendOptions, batchOf, openLog, readAll, recordsOf } from './batches.js';
import { FaultyDisk } from './faulty-disk.js';

const memoryPorts = () => nodePorts({ disk: new MemoryDisk() });
const directory = '/data/orders-0';
const temporary = (): string => mkdtempSync(join(tmpdir(), 'millrace-log-'));

test('batches get offsets one behind the other and are read once they are flushed', async t => {
  const log = openLog(memoryPorts(), '/data/orders-0');
  const first = log.append(batchOf(['a', 'b']), appendOptions);
  const second = log.append(batchOf(['c']), appendOptions);
  t.deepEqual([first.baseOffset, first.lastOffset, second.baseOffset, log.logEndOffset], [0, 1, 2, 3]);
  t.is(log.highWatermark, 0);
  t.deepEqual(log.read(0, 1000, log.highWatermark), []);
  await log.flushed(second.lastOffset + 1);
  t.is(log.highWatermark, 3);
  t.deepEqual(readAll(log), ['0:a', '1:b', '2:c']);
  t.deepEqual(recordsOf(log.read(1, 1, 3)), ['0:a', '1:b']);
});

test('hot reads share the buffer that was appended, cold reads bring equal bytes', async t => {
  const onDisk = join(temporary(), 'orders-0');
  const ports = nodePorts();
  const log = openLog(ports, onDisk, { config: { segmentBytes: 600, indexIntervalBytes: 100 } });
  const batches = Array.from({ length: 40 }, (_, index) => batchOf([`value ${index}`, `more ${index}`]));
  for (const batch of batches) log.append(batch, appendOptions);
  await log.flush();
  t.true(log.segmentCount > 3);
  t.is(log.read(10, 1, 80)[0], batches[5]);
  const expected = readAll(log);
  await log.close();
  for (const options of [{ isCleanShutdown: true }, { recoveryPoint: 0 }, { recoveryPoint: 35 }]) {
    const cold = openLog(ports, onDisk, { ...options, host: standaloneHost(0) });
    t.is(cold.logEndOffset, 80);
    t.is(cold.highWatermark, 80);
    t.false(cold.isHot(0));
    for (const maxBytes of [1, 150, 1000, 100_000]) t.deepEqual(readAll(cold, maxBytes), expected);
    for (let offset = 0; offset < 80; offset++) {
      const [record] = recordsOf(await cold.readAsync(offset, 1, 80)).filter(each => each.startsWith(`${offset}:`));
      t.is(record, expected[offset]);
    }
    await cold.close();
  }
});

test('everybody who waits while a flush is under way shares the next one', async t => {
  const faulty = new FaultyDisk(new MemoryDisk());
  const log = openLog(nodePorts({ disk: faulty.disk }), directory);
  let open = (): void => undefined;
  faulty.gate = new Promise(resolve => {
    open = resolve;
  });
  const flushed: number[] = [];
  log.onFlushed = offset => flushed.push(offset);
  const before = faulty.flushCount;
  log.append(batchOf(['a']), appendOptions);
  const first = log.flushed(1);
  await nodePorts().clock.yield();
  for (const value of ['b', 'c', 'd']) log.append(batchOf([value]), appendOptions);
  const others = [2, 3, 4].map(offset => log.flushed(offset));
  await nodePorts().clock.yield();
  t.is(faulty.flushCount - before, 1);
  t.is(log.highWatermark, 0);
  open();
  await Promise.all([first, ...others]);
  t.is(faulty.flushCount - before, 2);
  t.deepEqual(flushed, [1, 4]);
  await log.close();
});

test('after a failed fdatasync nothing is acknowledged any more, whatever later flushes say', async t => {
  const faulty = new FaultyDisk(new MemoryDisk());
  const log = openLog(nodePorts({ disk: faulty.disk }), directory);
  log.append(batchOf(['safe']), appendOptions);
  await log.flushed(1);
  faulty.isFlushFailing = true;
  log.append(batchOf(['lost']), appendOptions);
  await t.throwsAsync(log.flushed(2), { message: /KAFKA_STORAGE_ERROR.*fdatasync.*mend the disk/ });
  faulty.isFlushFailing = false;
  t.is(log.flushedOffset, 1);
  t.throws(() => log.append(batchOf(['more']), appendOptions), { message: /KAFKA_STORAGE_ERROR/ });
  t.throws(() => log.read(0, 100, 1), { message: /KAFKA_STORAGE_ERROR/ });
  await t.throwsAsync(log.flushed(1), { message: /KAFKA_STORAGE_ERROR/ });
  await log.close();
});

test('on a full disk the batch that did not fit is refused whole, and the log goes on when there is room', async t => {
  const faulty = new FaultyDisk(new MemoryDisk());
  const ports = nodePorts({ disk: faulty.disk });
  const log = openLog(ports, directory);
  log.append(batchOf(['first']), appendOptions);
  const size = log.sizeBytes;
  for (const fitting of [0, 1, 40, 61, 70]) {
    faulty.bytesUntilFull = fitting;
    t.throws(() => log.append(batchOf(['too much']), appendOptions), { message: /KAFKA_STORAGE_ERROR.*ENOSPC/ });
    t.is(ports.disk.readFile(`${directory}/00000000000000000000.log`).length, size);
  }
  faulty.bytesUntilFull = undefined;
  t.is(log.append(batchOf(['second']), appendOptions).baseOffset, 1);
  await log.flush();
  t.deepEqual(readAll(log), ['0:first', '1:second']);

  faulty.bytesUntilFull = 10;
  faulty.isTruncateFailing = true;
  t.throws(() => log.append(batchOf(['third']), appendOptions), { message: /could not be cut back/ });
  t.truthy(log.failure);
  faulty.bytesUntilFull = undefined;
  t.throws(() => log.append(batchOf(['fourth']), appendOptions), { message: /could not be cut back/ });
});

test('a batch sent again gets the offsets it had, one out of sequence is refused, also after a restart', async t => {
  const ports = memoryPorts();
  let log = openLog(ports, directory, { config: { segmentBytes: 300 } });
  const send = (baseSequence: number, count: number, producerEpoch = 2) => {
    const values = Array.from({ length: count }, (_, index) => `${baseSequence + index}`);
    return log.append(batchOf(values, { producerId: 9, producerEpoch, baseSequence }), appendOptions);
  };
  for (let sequence = 0; sequence < 14; sequence += 2) send(sequence, 2);
  for (let again = 4; again < 14; again += 2) {
    t.like(send(again, 2), { baseOffset: again, lastOffset: again + 1, isDuplicate: true });
  }
  t.throws(() => send(2, 2), { message: /OUT_OF_ORDER_SEQUENCE_NUMBER.*14 comes next/ });
  t.throws(() => send(16, 2), { message: /OUT_OF_ORDER_SEQUENCE_NUMBER/ });
  t.throws(() => send(14, 2, 1), { message: /INVALID_PRODUCER_EPOCH/ });
  t.throws(() => send(3, 2, 3), { message: /OUT_OF_ORDER_SEQUENCE_NUMBER.*begins at 3, not 0/ });
  await log.flush();
  for (const isCleanShutdown of [false, true]) {
    if (isCleanShutdown) await log.close();
    log = openLog(ports, directory, { config: { segmentBytes: 300 }, isCleanShutdown, recoveryPoint: 14 });
    t.like(send(12, 2), { baseOffset: 12, isDuplicate: true });
    t.throws(() => send(16, 2), { message: /OUT_OF_ORDER_SEQUENCE_NUMBER/ });
  }
  t.is(send(14, 1).baseOffset, 14);
  t.is(send(0, 1, 3).baseOffset, 15);
  await log.close();
});

test('sequences wrap to 0 behind 2^31 - 1', t => {
  const log = openLog(memoryPorts(), directory);
  const facts = { producerId: 1, producerEpoch: 0 };
  log.append(batchOf(['a', 'b', 'c'], { ...facts, baseSequence: 2 ** 31 - 2 }), appendOptions);
  t.is(log.append(batchOf(['d'], { ...facts, baseSequence: 1 }), appendOptions).baseOffset, 3);
  t.true(log.append(batchOf(['a', 'b', 'c'], { ...facts, baseSequence: 2 ** 31 - 2 }), appendOptions).isDuplicate);
});

test('what is no proper batch is refused by name', t => {
  const log = openLog(memoryPorts(), directory, { config: { maxMessageBytes: 200, segmentBytes: 150 } });
  const refuses = (batch: Uint8Array, message: RegExp): void => {
    t.throws(() => log.append(batch, appendOptions), { name: 'ProtocolError', message });
  };
  const batch = batchOf(['a', 'b']);
  refuses(batch.subarray(0, 30), /CORRUPT_MESSAGE/);
  refuses(batch.subarray(0, -1), /CORRUPT_MESSAGE/);
  refuses(Buffer.concat([batch, batch]), /CORRUPT_MESSAGE/);
  const flipped = Buffer.from(batch);
  flipped[70]! ^= 1;
  refuses(flipped, /CORRUPT_MESSAGE.*CRC/);
  const old = Buffer.from(batch);
  old[16] = 1;
  refuses(old, /UNSUPPORTED_FOR_MESSAGE_FORMAT/);
  refuses(batchOf(['x'.repeat(200)]), /MESSAGE_TOO_LARGE.*max\.message\.bytes/);
  refuses(batchOf(['x'.repeat(100)]), /MESSAGE_TOO_LARGE.*segment\.bytes/);
  refuses(batchOf(['x'], { isControl: true }), /INVALID_RECORD/);
  refuses(batchOf(['x'], { producerId: 4, producerEpoch: 0 }), /INVALID_RECORD/);
  t.is(log.logEndOffset, 0);
  t.throws(() => log.read(1, 10, 1), { message: /OFFSET_OUT_OF_RANGE.*0 to 0, not 1/ });
});

test('retention takes whole old segments by time and size, and never what is not yet flushed', async t => {
  const ports = memoryPorts();
  const config = { segmentBytes: 250, retentionMs: 1_000, fileDeleteDelayMs: 5 };
  const log = openLog(ports, directory, { config });
  for (let index = 0; index < 12; index++) log.append(batchOf([`value ${index}`], {}, 1_000 * index), appendOptions);
  const segments = log.segmentCount;
  t.true(segments >= 4);
  t.is(log.enforceRetention(100_000), 0);
  await log.flush();
  const gone = log.enforceRetention(8_500);
  t.true(gone > 0 && gone < segments);
  t.true(log.logStartOffset > 0 && log.logStartOffset <= 8);
  t.deepEqual(readAll(log)[0], `${log.logStartOffset}:value ${log.logStartOffset}`);
  t.throws(() => log.read(0, 10, 12), { message: /OFFSET_OUT_OF_RANGE/ });
  t.true(ports.disk.list(directory).some(name => name.endsWith('.deleted')));
  const isLeft = () => ports.disk.list(directory).some(name => name.endsWith('.deleted'));
  for (let waited = 0; waited < 1_000 && isLeft(); waited++) await ports.clock.sleep(5);
  t.false(isLeft());

  log.config = { ...log.config, retentionMs: -1, retentionBytes: 300 };
  log.enforceRetention(8_500);
  t.true(log.sizeBytes >= 300 && log.sizeBytes < 300 + 250);
  log.config = { ...log.config, retentionMs: 1_000, retentionBytes: -1 };
  log.enforceRetention(100_000);
  t.is(log.logStartOffset, 12);
  t.is(log.logEndOffset, 12);
  t.is(log.append(batchOf(['on']), appendOptions).baseOffset, 12);
  await log.close();
  const again = openLog(ports, directory);
  t.is(again.logStartOffset, 12);
  t.deepEqual(readAll(again), ['12:on']);
});

test('a segment is rolled when it is old enough, and by hand', t => {
  const log = openLog(memoryPorts(), directory, { config: { segmentMs: 60_000 } });
  const now = nodePorts().clock.now();
  log.append(batchOf(['a']), { ...appendOptions, now });
  log.append(batchOf(['b']), { ...appendOptions, now: now + 30_000 });
  t.is(log.segmentCount, 1);
  log.append(batchOf(['c']), { ...appendOptions, now: now + 150_000 });
  t.is(log.segmentCount, 2);
  log.roll(now);
  log.roll(now);
  t.is(log.segmentCount, 3);
});

test('records are found by time, inside of batches and across segments', async t => {
  const ports = memoryPorts();
  const log = openLog(ports, directory, { config: { segmentBytes: 400, indexIntervalBytes: 0 } });
  for (let index = 0; index < 30; index++) log.append(batchOf(['a', 'b', 'c'], {}, 100 * index), appendOptions);
  t.is(log.offsetForTime(0), undefined);
  await log.flush();
  const check = (each: PartitionLog): void => {
    t.deepEqual(each.offsetForTime(-1), { offset: 0, timestamp: 0 });
    for (let index = 0; index < 30; index++) {
      t.deepEqual(each.offsetForTime(100 * index + 1), { offset: 3 * index + 1, timestamp: 100 * index + 1 });
    }
    t.deepEqual(each.offsetForTime(103), { offset: 6, timestamp: 200 });
    t.is(each.offsetForTime(2_903), undefined);
    t.deepEqual(each.offsetOfMaxTimestamp(), { offset: 89, timestamp: 2_902 });
  };
  check(log);
  await log.close();
  check(openLog(ports, directory, { isCleanShutdown: true }));
});

test('LogAppendTime stamps the batch with the time of the append', async t => {
  const log = openLog(memoryPorts(), directory, { config: { timestampType: 'LogAppendTime' } });
  t.is(log.append(batchOf(['a', 'b']), { ...appendOptions, now: 777_000 }).logAppendTimeMs, 777_000);
  await log.flush();
  const [bytes] = log.read(0, 100, 2);
  const cursor = new RecordCursor().open(bytes!, 0, nodePorts().compression);
  t.deepEqual([cursor.timestamp(0), cursor.timestamp(1)], [777_000, 777_000]);
  t.true(isWholeBatch(bytes!, 0, bytes!.length));
});

test('each leader epoch is known by where it ends', async t => {
  const ports = memoryPorts();
  const log = openLog(ports, directory);
  for (const leaderEpoch of [1, 1, 4, 7]) log.append(batchOf(['a', 'b']), { ...appendOptions, leaderEpoch });
  await log.close();
  const again = openLog(ports, directory);
  const ends = [0, 1, 2, 4, 5, 7, 8].map(epoch => again.endOffsetOfEpoch(epoch));
  t.deepEqual(
    ends.map(({ epoch, endOffset }) => `${epoch} ends at ${endOffset}`),
    ['-1 ends at -1', '1 ends at 4', '1 ends at 4', '4 ends at 6', '4 ends at 6', '7 ends at 8', '-1 ends at -1'],
  );
});

test('under `os` and `interval` appends are readable at once, and flushed later or when asked', async t => {
  for (const flush of [{ kind: 'os' }, { kind: 'interval', intervalMs: 10 }] as const) {
    const faulty = new FaultyDisk(new MemoryDisk());
    const ports = nodePorts({ disk: faulty.disk });
    const log = openLog(ports, directory, { config: { flush } });
    log.append(batchOf(['a']), appendOptions);
    await log.flushed(1);
    t.deepEqual([log.highWatermark, log.flushedOffset], [1, 0]);
    await ports.clock.sleep(60);
    const expected = flush.kind === 'interval' ? 1 : 0;
    for (let waited = 0; waited < 1_000 && log.flushedOffset < expected; waited++) await ports.clock.sleep(5);
    t.is(log.flushedOffset, expected);
    log.append(batchOf(['b']), appendOptions);
    await log.flush();
    t.is(log.flushedOffset, 2);
    await log.close();
  }
});

test('what nobody reads is not kept in memory; a reader near the end is served from there again, without a gap', t => {
  const log = openLog(memoryPorts(), directory, {
    host: standaloneHost(64 * 1024 * 1024),
    config: { flush: { kind: 'os' } },
  });
  const values = (count: number): readonly string[] => Array.from({ length: count }, () => 'v'.repeat(1000));
  const append = (): Uint8Array => {
    const batch = batchOf(values(500));
    log.append(batch, appendOptions);
    return batch;
  };
  const first = append();
  t.is(log.read(0, 1, 500)[0], first, 'a log that was just opened expects a reader');
  const newest = (): Uint8Array => log.read(log.logEndOffset - 500, 1, log.logEndOffset)[0]!;
  for (let count = 0; count < 19; count++) append();
  const unread = append();
  t.not(log.read(0, 1, 500)[0], first);
  t.not(newest(), unread);
  log.expectReader(0);
  t.not(append(), newest(), 'a reader 10 MB behind is not near the end');
  log.expectReader(log.logEndOffset - 2000);
  const from = log.logEndOffset;
  const [next, last] = [append(), append()];
  t.deepEqual(log.read(from, 10_000_000, log.logEndOffset), [next, last]);
  t.is(readAll(log, 1_000_000).length, log.logEndOffset);
});
