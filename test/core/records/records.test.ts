import test from 'ava';
import fc from 'fast-check';
import { consumerSettings } from '../../../core/client/consumer-settings.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import { type CodecName, codecIds } from '../../../core/ports/compression.js';
import {
  giveBackBuffer,
  leaveBuffer,
  ownBuffer,
  passOnBuffer,
  takeBuffer,
} from '../../../core/records/batch-buffers.js';
import * as header from '../../../core/records/batch-header.js';
import { BatchWriter } from '../../../core/records/batch-writer.js';
import { crc32c, tableCrc32c } from '../../../core/records/crc32c.js';
import type { FieldWriter } from '../../../core/records/field.js';
import { readInt64, writeInt64 } from '../../../core/records/int64.js';
import { RecordCursor } from '../../../core/records/record-cursor.js';
import type { RecordHeader } from '../../../core/records/record-header.js';
import { takeSeal } from '../../../core/records/sealed-batches.js';
import { gzipBatch, lz4Batch, plainBatch, richBatch, snappyBatch, zstdBatch } from './kafka-batches.js';

const { compression, clock } = nodePorts();
const text: FieldWriter<string> = { write: (value, arena) => arena.appendText(value) };
const raw: FieldWriter<Uint8Array> = { write: (value, arena) => arena.append(value) };

interface PlainRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
  readonly headers: readonly RecordHeader[];
}

function encode(records: readonly PlainRecord[], codec: CodecName = 'none', writer = newWriter(codec)): Uint8Array {
  for (const { key, value, timestamp, headers } of records) writer.append(key, text, value, text, timestamp, headers);
  return writer.finish();
}

function newWriter(codec: CodecName = 'none'): BatchWriter {
  return new BatchWriter({ codec, compression, capacityBytes: 61 });
}

function decode(batch: Uint8Array): PlainRecord[] {
  const cursor = new RecordCursor({ decompressedBytesMax: 1_000_000 }).open(batch, 0, compression);
  const field = (start: number, end: number) =>
    start < 0 ? null : Buffer.from(cursor.bytes.subarray(start, end)).toString();
  return Array.from({ length: cursor.count }, (_, record) => ({
    key: field(cursor.keyStart(record), cursor.keyEnd(record)),
    value: field(cursor.valueStart(record), cursor.valueEnd(record)),
    timestamp: cursor.timestamp(record),
    headers: cursor.headers(record).map(({ key, value }) => ({ key, value: value && Buffer.from(value) })),
  }));
}

const anyText = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 100, maxLength: 300 })), {
  nil: null,
});
const anyHeader = fc.record({
  key: fc.string(),
  value: fc.option(
    fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
    { nil: null },
  ),
});
const anyRecord = fc.record({
  key: anyText,
  value: anyText,
  timestamp: fc.oneof(fc.integer({ min: -5, max: 2000 }), fc.integer({ min: 0, max: 2 ** 45 })),
  headers: fc.oneof(fc.constant([]), fc.array(anyHeader, { maxLength: 3 })),
});
const anyRecords = fc.array(anyRecord, { minLength: 1, maxLength: 40 });

const codecNames = Object.keys(codecIds) as CodecName[];

test('what is written is read, whatever it is, in every codec', t => {
  const writers = new Map(codecNames.map(codec => [codec, newWriter(codec)]));
  fc.assert(
    fc.property(anyRecords, fc.constantFrom(...codecNames), (records, codec) => {
      const batch = encode(records, codec, writers.get(codec));
      t.true(header.isWholeBatch(batch, 0, batch.length));
      t.deepEqual(decode(batch), records);
      t.is(header.maxTimestamp(batch, 0), Math.max(...records.map(record => record.timestamp)));
      t.is(header.lastOffset(batch, 0), records.length - 1);
    }),
    { numRuns: 300 },
  );
});

test('a long batch is read the same wherever an odd record stands among plain ones', t => {
  for (const period of [2, 63, 64, 65, 200]) {
    const records = Array.from({ length: 200 }, (_, index) => ({
      key: index % 3 === 0 ? null : `key ${index}`,
      value: index % 5 === 0 ? null : `value ${index}`,
      timestamp: 1_700_000_000_000 + index,
      headers: index % period === period - 1 ? [{ key: 'odd', value: null }] : [],
    }));
    const batch = encode(records);
    t.deepEqual(decode(batch), records);
    const cursor = new RecordCursor().open(batch, 0, compression);
    t.is(cursor.offset(cursor.count - 1), records.length - 1);
  }
});

test('a batch that was cut or flipped is never taken for a whole one', t => {
  fc.assert(
    fc.property(anyRecords, fc.nat(), fc.integer({ min: 0, max: 7 }), (records, place, bit) => {
      const batch = encode(records);
      const cut = batch.subarray(0, place % batch.length);
      t.false(header.isWholeBatch(cut, 0, cut.length));
      // Offset and leader epoch lie outside of the CRC; the broker stamps them, and recovery checks them in another way.
      const at = 16 + (place % (batch.length - 16));
      batch[at]! ^= 1 << bit;
      t.false(header.isWholeBatch(batch, 0, batch.length));
    }),
    { numRuns: 500 },
  );
});

test('a cursor on damaged bytes either throws CORRUPT_MESSAGE or keeps inside of them', t => {
  let [refused, opened] = [0, 0];
  fc.assert(
    fc.property(
      anyRecords,
      fc.nat(),
      fc.nat({ max: 255 }),
      fc.constantFrom(...codecNames),
      (records, place, byte, codec) => {
        const batch = encode(records, codec);
        batch[place % batch.length] = byte;
        const cursor = new RecordCursor({ decompressedBytesMax: 1_000_000 });
        try {
          cursor.open(batch, 0, compression);
          for (let record = 0; record < cursor.count; record++) {
            t.true(cursor.keyEnd(record) <= cursor.bytes.length && cursor.valueEnd(record) <= cursor.bytes.length);
            cursor.headers(record);
          }
          opened++;
        } catch (cause) {
          t.regex(String(cause), /CORRUPT_MESSAGE|UNSUPPORTED_COMPRESSION_TYPE/);
          t.is(cursor.count, 0);
          refused++;
        }
      },
    ),
    { numRuns: 1000 },
  );
  t.true(refused > 50 && opened > 50, `${refused} refused, ${opened} opened`);
});

const bytesOf = (value: string): Buffer => Buffer.from(value);
const richRecords: readonly PlainRecord[] = [
  { key: null, value: null, timestamp: 1_700_000_000_000, headers: [] },
  { key: 'kéy', value: 'x'.repeat(63), timestamp: 1_699_999_999_000, headers: [] },
  {
    key: '',
    value: 'y'.repeat(64),
    timestamp: 4_700_000_000_000,
    headers: [
      { key: 'trace', value: bytesOf('\u0001\u0002') },
      { key: 'none', value: null },
    ],
  },
  { key: '😀', value: 'z'.repeat(9000), timestamp: 1_700_000_000_001, headers: [] },
];

test('batches are those that Apache Kafka writes, bit for bit', t => {
  const plain = [{ key: 'key', value: 'value', timestamp: 1_700_000_000_000, headers: [] }];
  t.deepEqual(Buffer.from(encode(plain)), Buffer.from(plainBatch));
  const writer = newWriter();
  for (const { key, value, timestamp, headers } of richRecords)
    writer.append(key, text, value, text, timestamp, headers);
  const facts = { producerId: 4_294_967_299, producerEpoch: 5, baseSequence: 2_147_483_646 };
  const rich = writer.finish({ ...facts, isTransactional: true, leaderEpoch: 12 });
  t.deepEqual(Buffer.from(rich), Buffer.from(richBatch));
});

test('batches of Apache Kafka are read', t => {
  t.deepEqual(decode(richBatch), richRecords.slice());
  t.is(header.producerId(richBatch, 0), 4_294_967_299);
  t.is(header.leaderEpoch(richBatch, 0), 12);
  t.true(header.isTransactional(richBatch, 0));
  for (const [codec, batch] of [
    ['gzip', gzipBatch],
    ['snappy', snappyBatch],
    ['lz4', lz4Batch],
    ['zstd', zstdBatch],
  ] as const) {
    t.is(header.codec(batch, 0), codec);
    t.true(header.isWholeBatch(batch, 0, batch.length));
    const records = decode(batch);
    t.is(records.length, 50);
    const value = 'the same words again and again 49';
    t.deepEqual(records[49], { key: 'key 49', value, timestamp: 1049, headers: [] });
  }
});

for (const codec of codecNames.filter(each => each !== 'none')) {
  test(`a batch in ${codec} cannot unpack to more than is allowed`, t => {
    const writer = newWriter(codec);
    for (let index = 0; index < 100; index++) writer.append(null, text, 'a'.repeat(10_000), text, 0);
    const bomb = writer.finish();
    t.true(bomb.length < 60_000);
    const small = new RecordCursor({ decompressedBytesMax: 100_000 });
    t.throws(() => small.open(bomb, 0, compression), { message: /CORRUPT_MESSAGE/ });
    t.is(new RecordCursor().open(bomb, 0, compression).count, 100);
  });
}

test('the record appended last can be taken back, and a field that throws leaves the batch as it was', t => {
  const writer = newWriter();
  writer.append('a', text, '1', text, 10);
  const { sizeBytes } = writer;
  writer.append('b', text, 'x'.repeat(1000), text, 99);
  t.true(writer.lastRecordSizeBytes > 1000);
  writer.removeLast();
  t.is(writer.sizeBytes, sizeBytes);
  const failing: FieldWriter<string> = {
    write: (value, arena) => {
      arena.appendText(value);
      throw new Error('no such value');
    },
  };
  t.throws(() => writer.append('c', text, 'half', failing, 98), { message: 'no such value' });
  writer.append('d', text, Buffer.from('2'), raw, 11);
  const batch = Buffer.from(writer.finish());
  t.deepEqual(batch, Buffer.from(encode(decode(batch))));
  t.is(header.maxTimestamp(batch, 0), 11);
});

test('the checksum without native code is the same', async t => {
  await clock.sleep(20); // the native one loads in the background
  t.is(crc32c(Buffer.from('123456789')), 0xe3069283);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 20 }), (bytes, start) => {
      const from = Math.min(start, bytes.length);
      t.is(tableCrc32c(bytes, from, bytes.length), crc32c(bytes, from, bytes.length));
    }),
  );
});

test('64-bit numbers keep every whole number up to 2^53', t => {
  const bytes = Buffer.alloc(8);
  fc.assert(
    fc.property(fc.maxSafeInteger(), value => {
      writeInt64(bytes, 0, value);
      t.is(readInt64(bytes, 0), value);
      t.is(bytes.readBigInt64BE(0), BigInt(value));
    }),
  );
});

test('a batch that was finished here is taken without its CRC being verified, once, and never as a copy or a view', t => {
  const batch = encode([{ key: null, value: 'value', timestamp: 1, headers: [] }]);
  t.false(takeSeal(new Uint8Array(batch)));
  t.false(takeSeal(batch.subarray()));
  t.true(takeSeal(batch));
  t.false(takeSeal(batch));
});

test('a batch that left with the buffer of its writer is not changed by the next ones', t => {
  const writer = newWriter();
  const value = 'v'.repeat(500);
  const records = (first: number) =>
    Array.from({ length: 100 }, (_, index) => ({ key: null, value, timestamp: first + index, headers: [] }));
  const batch = encode(records(1), 'none', writer);
  const copy = Buffer.from(batch);
  encode(records(1000), 'none', writer);
  t.deepEqual(Buffer.from(batch), copy);
  t.deepEqual(decode(batch), records(1));
});

test('a buffer that was handed out in parts comes back when the last of them was given back', t => {
  const frame = Buffer.allocUnsafeSlow(90_000);
  const comesBack = (): boolean =>
    Array.from({ length: 3 }, () => takeBuffer(90_000)).some(buffer => buffer.buffer === frame.buffer);
  const [first, second] = [frame.subarray(0, 100), frame.subarray(100, 80_000)];
  ownBuffer(first, second);
  giveBackBuffer(first);
  giveBackBuffer(first);
  giveBackBuffer(frame);
  t.false(comesBack(), 'the second part is still read, and nobody was given the whole');
  const parts = [second.subarray(0, 50), second.subarray(70)];
  passOnBuffer(second, parts);
  giveBackBuffer(second);
  giveBackBuffer(parts[0]!);
  t.false(comesBack(), 'a part of the second part is still read');
  giveBackBuffer(parts[1]!);
  t.true(comesBack());
  passOnBuffer(first, []);
  t.false(comesBack());
});

test('the buffer of the largest answer that a consumer asks for by default comes back', t => {
  const { fetchMaxBytes } = consumerSettings({}, { url: 'kafka://127.0.0.1:1' });
  const answer = takeBuffer(fetchMaxBytes + 1000);
  ownBuffer(answer);
  giveBackBuffer(answer);
  t.is(takeBuffer(fetchMaxBytes).buffer, answer.buffer);
});

test('a buffer comes back only when the log has left it and its owner gave it back, once', t => {
  const large = (): Uint8Array => {
    const writer = new BatchWriter({ compression, capacityBytes: 110_000 });
    writer.append(null, raw, Buffer.alloc(100_000), raw, 0);
    return writer.finish();
  };
  const comesBack = (batch: Uint8Array): boolean =>
    Array.from({ length: 3 }, () => takeBuffer(100_000)).some(buffer => buffer.buffer === batch.buffer);
  const kept = large();
  giveBackBuffer(kept);
  t.false(comesBack(kept), 'the log has not left it');
  const held = large();
  leaveBuffer(held);
  t.false(comesBack(held), 'its owner has not given it back');
  const copy = new Uint8Array(held);
  leaveBuffer(copy);
  giveBackBuffer(copy);
  t.false(comesBack(copy), 'a copy was never lent');
  giveBackBuffer(held);
  giveBackBuffer(held);
  t.true(comesBack(held));
  t.false(comesBack(held));
});
