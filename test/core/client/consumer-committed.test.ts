// What a reader of committed records sees of transactions that were committed, were aborted, or are still open.

import { Consumer } from '../../../core/client/consumer.js';
import type { ConsumerRecord } from '../../../core/client/consumer-record.js';
import type { Producer } from '../../../core/client/producer.js';
import type { Log } from '../../../core/open/log.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import type { Clock } from '../../../core/ports/clock.js';
import { RecordCursor } from '../../../core/records/record-cursor.js';
import { testInEveryPlace } from '../places.js';
import { FaultyPlace } from './faulty-place.js';
import { createTopic } from './reading.js';

const partition0 = { topic: 'texts', partition: 0 };
const { compression } = nodePorts();

async function inTransaction(producer: Producer, values: readonly string[], isCommitted: boolean): Promise<void> {
  producer.beginTransaction();
  await Promise.all(values.map(value => producer.send('texts', { value })));
  if (isCommitted) await producer.commitTransaction();
  else await producer.abortTransaction();
}

/** Up to the end that the isolation level allows. Markers come after the answer to a commit: the end is waited for. */
async function read(log: Log, isolationLevel: 'read_committed' | 'read_uncommitted', end: number) {
  await using consumer = log.consumer({ isolationLevel, autoOffsetReset: 'earliest' });
  consumer.assign([partition0]);
  for (let waited = 0; (await consumer.endOffsets([partition0]))[0]!.offset !== end; waited++) {
    if (waited > 1_000) throw new Error(`the end did not come to ${end}`);
    await log.ports.clock.sleep(10);
  }
  const values: string[] = [];
  const offsets: number[] = [];
  while ((await consumer.position(partition0)) < end) {
    for (const { value, offset } of await consumer.poll({ waitMs: 100 })) {
      values.push(value!);
      offsets.push(offset);
    }
  }
  return { values: values.join(''), offsets };
}

testInEveryPlace('only committed records are handed out, and positions pass over all others', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const producer = log.producer({ transactionalId: 'writer' });
  await inTransaction(producer, ['a', 'b'], true);
  await inTransaction(producer, ['c', 'd'], false);
  const plain = log.producer();
  await plain.send('texts', { value: 'e' });
  await plain.close();
  producer.beginTransaction();
  await producer.send('texts', { value: 'f' });
  // a b (commit) c d (abort) e f
  t.deepEqual(await read(log, 'read_committed', 7), { values: 'abe', offsets: [0, 1, 6] });
  t.deepEqual(await read(log, 'read_uncommitted', 8), { values: 'abcdef', offsets: [0, 1, 3, 4, 6, 7] });
  await producer.commitTransaction();
  t.deepEqual(await read(log, 'read_committed', 9), { values: 'abef', offsets: [0, 1, 6, 7] });
  await producer.close();
});

testInEveryPlace(
  'raw batches come without control batches and aborted ones, their ends go behind them',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    const producer = log.producer({ transactionalId: 'writer' });
    for (const isCommitted of [true, false, true, false]) {
      await inTransaction(producer, [isCommitted ? 'kept' : 'dropped'], isCommitted);
    }
    await producer.close();
    await using consumer = log.consumer({ isolationLevel: 'read_committed', autoOffsetReset: 'earliest' });
    consumer.assign([partition0]);
    const cursor = new RecordCursor();
    const offsets: number[] = [];
    let next = 0;
    while (next < 8) {
      for (const { batches, fromOffset, nextOffset, highWatermark } of await consumer.pollBatches({ waitMs: 100 })) {
        t.is(fromOffset, next);
        t.true(nextOffset > next && highWatermark >= nextOffset);
        next = nextOffset;
        for (const bytes of batches) {
          for (let at = 0; at < bytes.length; at = cursor.nextBatchAt) {
            cursor.open(bytes, at, compression);
            t.false(cursor.isControl);
            for (let record = 0; record < cursor.count; record++) offsets.push(cursor.offset(record));
          }
        }
      }
    }
    t.deepEqual(offsets, [0, 4]);
  },
);

testInEveryPlace(
  'transactions of several producers lie mingled in a partition, and each ends in its own way',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    const producers = ['A', 'B', 'C'].map(name => ({ name, producer: log.producer({ transactionalId: name }) }));
    const expected: string[] = [];
    let aborted = 0;
    for (let round = 0; round < 12; round++) {
      for (const { producer } of producers) producer.beginTransaction();
      for (let n = 0; n < 3; n++) {
        for (const { name, producer } of producers) await producer.send('texts', { value: `${name}${round}.${n} ` });
      }
      for (const [at, { name, producer }] of producers.entries()) {
        const isCommitted = (round * 7 + at * 5) % 3 !== 0;
        if (isCommitted) expected.push(...[0, 1, 2].map(n => `${name}${round}.${n}`));
        else aborted++;
        await (isCommitted ? producer.commitTransaction() : producer.abortTransaction());
      }
    }
    for (const { producer } of producers) await producer.close();
    const { values } = await read(log, 'read_committed', 12 * 3 * 4);
    t.true(aborted > 5);
    t.deepEqual(values.trim().split(' ').sort(), expected.sort());
  },
);

testInEveryPlace('offsets that a transaction has not committed yet are waited for', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const producer = log.producer({ transactionalId: 'copier' });
  await using consumer = log.consumer({ groupId: 'readers', isolationLevel: 'read_committed' });
  consumer.assign([partition0]);
  producer.beginTransaction();
  await producer.sendOffsets([{ ...partition0, offset: 5, leaderEpoch: 0 }], 'readers');
  let isKnown = false;
  const asked = consumer.committed([partition0]).then(found => {
    isKnown = true;
    return found;
  });
  await log.ports.clock.sleep(100);
  t.false(isKnown);
  await producer.commitTransaction();
  t.like(await asked, [{ offset: 5 }]);
  await producer.close();
});

testInEveryPlace('a poll waits for a transaction that stays open for longer than any retry', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer({ transactionalId: 'copier' });
  producer.beginTransaction();
  await producer.send('texts', { value: 'a' });
  await producer.sendOffsets([{ ...partition0, offset: 0, leaderEpoch: 0 }], 'readers');
  const { clock } = log.ports;
  let skewMs = 0;
  const faulty = new FaultyPlace(log, api => {
    if (api.name === 'OffsetFetch') skewMs += 30_000;
    return undefined;
  });
  const hasty: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + skewMs,
    setTimer: (...timer) => clock.setTimer(...timer),
    sleep: (...sleep) => clock.sleep(...sleep),
    yield: () => clock.yield(),
    defer: callback => clock.defer(callback),
  };
  await using consumer = new Consumer({ ...log.ports, clock: hasty }, faulty, {
    groupId: 'readers',
    isolationLevel: 'read_committed',
    autoOffsetReset: 'none',
  });
  consumer.assign([partition0]);
  while ((faulty.seen.get('OffsetFetch') ?? 0) < 10) t.deepEqual(await consumer.poll(), []);
  await producer.commitTransaction();
  let records: readonly ConsumerRecord<string, string>[] = [];
  while (records.length === 0) records = await consumer.poll({ waitMs: 100 });
  t.deepEqual(
    records.map(({ value }) => value),
    ['a'],
  );
});
