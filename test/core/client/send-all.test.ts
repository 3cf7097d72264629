// One promise for many records: sendAll beside send, across batches, partitions, refusals and transactions.

import { ProtocolError, UsageError } from '../../../core/base/errors.js';
import type { ProducerRecord } from '../../../core/client/producer-options.js';
import { topic } from '../../../core/client/topic.js';
import type { Serde } from '../../../core/serdes/serde.js';
import { stringSerde } from '../../../core/serdes/string-serde.js';
import { testInEveryPlace } from '../places.js';
import { createTopic, readAll, valuesOf } from './reading.js';

const texts = topic('texts');

const numbered = (count: number, from = 0): ProducerRecord<string, string>[] =>
  Array.from({ length: count }, (_, at) => ({ value: `v${from + at}`, timestamp: 1_000 + from + at }));

testInEveryPlace('many records are written in their order, batch after batch, told of once', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer({ batchSizeBytes: 500 });
  // The first call finds out about the topic, the second knows it; single sends stand between them.
  const first = producer.sendAll(texts, numbered(200));
  const between = producer.send(texts, { value: 'v200' });
  await Promise.all([first, between]);
  const second = producer.sendAll(texts, numbered(200, 201));
  const after = producer.send(texts, { value: 'v401' });
  t.deepEqual(await first, [{ topic: 'texts', partition: 0, offset: 199, timestamp: 1_199 }]);
  t.deepEqual(await second, [{ topic: 'texts', partition: 0, offset: 400, timestamp: 1_400 }]);
  t.is((await after).offset, 401);
  t.deepEqual(
    await valuesOf(log, 'texts'),
    Array.from({ length: 402 }, (_, n) => `v${n}`),
  );
});

testInEveryPlace('the last record of each partition that got any is told', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 4);
  await using producer = log.producer();
  await producer.sendAll(texts, []);
  for (const [round, offset] of [2, 5].entries()) {
    const records = [0, 3, 0, 3, 3, 0].map(partition => ({ value: 'x', partition, timestamp: round }));
    const metadata = (partition: number) => ({ topic: 'texts', partition, offset, timestamp: round });
    t.deepEqual(await producer.sendAll(texts, records), [metadata(0), metadata(3)]);
  }
  t.deepEqual(await producer.sendAll('texts', []), []);
});

testInEveryPlace('a full producer takes them all, a part at a time', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer({ batchSizeBytes: 1_000, bufferBytesMax: 5_000 });
  await producer.send(texts, { value: 'known' });
  const lists = [0, 1_000, 2_000].map(from => producer.sendAll(texts, numbered(1_000, from)));
  const last = await Promise.all(lists);
  t.deepEqual(
    last.map(([metadata]) => metadata!.offset),
    [1_000, 2_000, 3_000],
  );
  const values = await valuesOf(log, 'texts');
  t.deepEqual(
    values.slice(1),
    numbered(3_000).map(({ value }) => value!),
  );
});

testInEveryPlace('one record that is too large fails the list, wherever its batch is cut', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1, { 'max.message.bytes': '1000' });
  await using producer = log.producer();
  await producer.send(texts, { value: 'known' });
  for (const [at, name] of ['first', 'middle', 'last'].entries()) {
    const records = Array.from({ length: 9 }, (_, n) => ({ value: `${name} ${n}` }));
    records[at * 4] = { value: 'x'.repeat(2_000) };
    const error = await t.throwsAsync(producer.sendAll(texts, records), { instanceOf: ProtocolError });
    t.is(error.kind, 'MESSAGE_TOO_LARGE');
    // It was told when all of them were settled: those that fit are there.
    const written = (await valuesOf(log, 'texts')).filter(value => value!.startsWith(name));
    t.deepEqual(
      written,
      records.filter(({ value }) => value.length < 100).map(({ value }) => value),
      name,
    );
  }
  await producer.flush(); // tells nothing: whoever sent them knows
});

testInEveryPlace('a record that cannot be encoded ends the list', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const picky: Serde<string> = {
    ...stringSerde,
    write(text, arena) {
      if (text === 'bad') throw new Error('nothing bad is written');
      stringSerde.write(text, arena);
    },
  };
  const described = topic('texts', { value: picky });
  await using producer = log.producer();
  await producer.send(described, { value: 'known' });
  const records = ['a', 'bad', 'b'].map(value => ({ value }));
  await t.throwsAsync(producer.sendAll(described, records), { message: 'nothing bad is written' });
  t.deepEqual(await valuesOf(log, 'texts'), ['known', 'a']);
});

testInEveryPlace('what is no list of records, and what comes too late, is refused in words', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const producer = log.producer();
  const one = { value: 'x' } as unknown as readonly ProducerRecord<string, string>[];
  await t.throwsAsync(producer.sendAll(texts, one), { instanceOf: UsageError, message: /list of records.*send\(\)/ });
  const holed = [{ value: 'x' }, undefined] as ProducerRecord<string, string>[];
  await t.throwsAsync(producer.sendAll(texts, holed), { instanceOf: UsageError, message: /undefined is no record/ });
  const away = [{ value: 'x' }, { value: 'y', partition: 7 }];
  await t.throwsAsync(producer.sendAll(texts, away), { instanceOf: UsageError, message: /partition/ });
  await producer.close();
  await t.throwsAsync(producer.sendAll(texts, []), { message: 'the producer is closed' });
});

testInEveryPlace('a transaction that is aborted takes the list with it', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer({ transactionalId: 'lists' });
  await t.throwsAsync(producer.sendAll(texts, numbered(1)), { message: /beginTransaction/ });
  producer.beginTransaction();
  await producer.sendAll(texts, numbered(10));
  await producer.abortTransaction();
  producer.beginTransaction();
  await producer.sendAll(texts, numbered(10, 10));
  await producer.commitTransaction();
  await using consumer = log.consumer({
    topics: ['texts'],
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
  });
  const seen: unknown[] = [];
  while (seen.length < 10) for (const { value } of await consumer.poll({ waitMs: 500 })) seen.push(value);
  t.deepEqual(
    seen,
    numbered(10, 10).map(({ value }) => value),
  );
  t.is((await readAll(log, 'texts')).length, 20);
});
