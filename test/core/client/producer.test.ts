import { ProtocolError, UsageError, WorldFault } from '../../../core/base/errors.js';
import { kafkaErrors } from '../../../core/base/kafka-errors.js';
import { Consumer } from '../../../core/client/consumer.js';
import { Producer } from '../../../core/client/producer.js';
import type { ProducerOptions } from '../../../core/client/producer-options.js';
import { topic } from '../../../core/client/topic.js';
import type { Log } from '../../../core/open/log.js';
import { produce } from '../../../core/protocol/00-produce.js';
import { metadata } from '../../../core/protocol/03-metadata.js';
import type { RequestOf, ResponseOf } from '../../../core/protocol/api.js';
import { int32Serde } from '../../../core/serdes/number-serdes.js';
import type { Serde } from '../../../core/serdes/serde.js';
import { stringSerde } from '../../../core/serdes/string-serde.js';
import { testInEveryPlace } from '../places.js';
import { type Fault, FaultyPlace } from './faulty-place.js';
import { createTopic, readAll, valuesOf } from './reading.js';

const texts = topic('texts');

testInEveryPlace('a record comes back with its key, value, timestamp and headers', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer();
  const headers = [
    { key: 'trace', value: Buffer.from([1, 2]) },
    { key: 'empty', value: null },
  ];
  const metadata = await producer.send(texts, { key: 'k', value: 'välue', timestamp: 1234, headers });
  t.deepEqual(metadata, { topic: 'texts', partition: 0, offset: 0, timestamp: 1234 });
  await producer.send(texts, { value: null, key: 'k', timestamp: 1235 });
  const [first, second] = await readAll(log, 'texts');
  t.is(first!.key, 'k');
  t.is(first!.value, 'välue');
  t.is(first!.timestamp, 1234);
  t.deepEqual(
    first!.headers.map(({ key, value }) => [key, value === null ? null : [...value]]),
    [
      ['trace', [1, 2]],
      ['empty', null],
    ],
  );
  t.is(second!.value, null);
});

testInEveryPlace('records are in the order in which they were sent, offsets in their promises', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer({ batchSizeBytes: 500 });
  const sent = Array.from({ length: 300 }, (_, n) => producer.send('texts', { value: `v${n}` }));
  const offsets = (await Promise.all(sent)).map(({ offset }) => offset);
  t.deepEqual(
    offsets,
    offsets.map((_, n) => n),
  );
  t.deepEqual(
    await valuesOf(log, 'texts'),
    offsets.map(n => `v${n}`),
  );
});

testInEveryPlace('a key goes to the partition that Java’s partitioner gives it', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 10);
  await using producer = log.producer();
  const partitionOf = async (key: string) => (await producer.send(texts, { key, value: 'x' })).partition;
  // toPositive(murmur2(key)) % 10, with the hashes of Kafka's UtilsTest.
  t.is(await partitionOf('21'), (-973932308 & 0x7fffffff) % 10);
  t.is(await partitionOf('foobar'), (-790332482 & 0x7fffffff) % 10);
  t.is(await partitionOf('abc'), 479470107 % 10);
  t.is((await producer.send(texts, { key: 'abc', value: 'x', partition: 3 })).partition, 3);
});

testInEveryPlace(
  'records without a key share a batch, and batches take turns over the partitions',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 3);
    await using producer = log.producer();
    const used = new Set<number>();
    for (let round = 0; round < 3; round++) {
      const sent = await Promise.all(Array.from({ length: 20 }, () => producer.send(texts, { value: 'x' })));
      t.is(new Set(sent.map(({ partition }) => partition)).size, 1);
      used.add(sent[0]!.partition);
    }
    t.is(used.size, 3);
  },
);

testInEveryPlace(
  'records without a key take turns over the partitions also in a loop that fills batch after batch',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 3);
    await using producer = log.producer({ batchSizeBytes: 4_000 });
    const writer = await producer.writer(texts);
    const value = 'x'.repeat(300); // no batch ends where it is full
    for (let n = 0; n < 390; n++) writer.append(null, value, 0);
    await producer.flush();
    const counts = [0, 0, 0];
    for (const { partition } of await readAll(log, 'texts')) counts[partition]!++;
    t.is(
      counts.reduce((sum, count) => sum + count),
      390,
    );
    t.true(Math.max(...counts) - Math.min(...counts) <= 13, `${counts}`);
  },
);

testInEveryPlace('a loop that looks at isFull keeps no timer waiting', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'numbers', 1);
  await using producer = log.producer({ batchSizeBytes: 64_000, bufferBytesMax: 1_000_000_000 });
  const writer = await producer.writer(topic('numbers', { key: int32Serde, value: int32Serde }));
  let hasFired = false;
  log.ports.clock.setTimer(1, () => {
    hasFired = true;
  });
  let appended = 0;
  for (; !hasFired && appended < 20_000_000; appended++) {
    writer.append(null, appended, 0);
    if (producer.isFull) await producer.drained();
  }
  t.true(hasFired, `${appended} records went by before the timer had its turn`);
});

testInEveryPlace('appended records need no promise each: flush says that they are there', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'numbers', 4);
  await using producer = log.producer({ batchSizeBytes: 4_000, bufferBytesMax: 100_000 });
  const writer = await producer.writer(topic('numbers', { key: int32Serde, value: int32Serde }));
  t.is(writer.partitionCount, 4);
  let waits = 0;
  for (let n = 0; n < 100_000; n++) {
    writer.append(n % 97, n, n);
    if (producer.isFull) {
      if (producer.bufferedBytes >= 100_000) waits++;
      await producer.drained();
      t.true(producer.bufferedBytes < 100_000);
    }
  }
  await producer.flush();
  t.is(producer.bufferedBytes, 0);
  t.true(waits > 0, 'the buffer was never full');
  const consumer = log.consumer({
    topics: [topic('numbers', { key: int32Serde, value: int32Serde })],
    autoOffsetReset: 'earliest',
    pollRecordsMax: 10_000,
  });
  const last = new Map<number, number>();
  const seen = new Set<number>();
  while (seen.size < 100_000) {
    for (const { partition, key, value, offset } of await consumer.poll({ waitMs: 1_000 })) {
      t.is(value! % 97, key!);
      if (value! <= (last.get(partition) ?? -1)) t.fail(`${value} after ${last.get(partition)} at offset ${offset}`);
      last.set(partition, value!);
      seen.add(value!);
    }
  }
  await consumer.close();
});

testInEveryPlace('send waits for room, and the order stays', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer({ bufferBytesMax: 2_000, batchSizeBytes: 200 });
  const value = 'x'.repeat(50);
  const sent = Array.from({ length: 500 }, (_, n) => producer.send(texts, { value: `${value}${n}` }));
  t.true(producer.bufferedBytes < 5_000);
  await producer.flush();
  await Promise.all(sent);
  t.deepEqual(
    await valuesOf(log, 'texts'),
    sent.map((_, n) => `${value}${n}`),
  );
});

testInEveryPlace('a record that is too large fails alone, those sent with it are written', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1, { 'max.message.bytes': '1000' });
  await using producer = log.producer();
  const values = ['a', 'b', 'c'.repeat(2_000), 'd', 'e'.repeat(600), 'f'.repeat(600), 'g'];
  const results = await Promise.allSettled(values.map(value => producer.send('texts', { value })));
  const failed = results.flatMap((result, at) => (result.status === 'rejected' ? [[at, result.reason]] : []));
  t.is(failed.length, 1);
  t.is(failed[0]![0], 2);
  t.true(failed[0]![1] instanceof ProtocolError);
  t.is((failed[0]![1] as ProtocolError).kind, 'MESSAGE_TOO_LARGE');
  t.deepEqual(
    await valuesOf(log, 'texts'),
    values.filter(value => value.length < 2_000),
  );
  t.is((await producer.send('texts', { value: 'after' })).offset, 6);
});

testInEveryPlace('flush rejects with the first failure of what was appended, once', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1, { 'max.message.bytes': '1000' });
  const producer = log.producer();
  const writer = await producer.writer(texts);
  writer.append(null, 'x'.repeat(2_000), 1);
  writer.append(null, 'fits', 2);
  const error = await t.throwsAsync(producer.flush(), { instanceOf: ProtocolError });
  t.is(error.kind, 'MESSAGE_TOO_LARGE');
  await producer.flush();
  await producer.close();
  t.deepEqual(await valuesOf(log, 'texts'), ['fits']);
});

testInEveryPlace('a serde that throws fails its own record only', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer();
  const picky: Serde<string> = {
    ...stringSerde,
    write(value, arena) {
      stringSerde.write(value.slice(0, 1), arena);
      if (value === 'bad') throw new RangeError('do not like it');
      stringSerde.write(value.slice(1), arena);
    },
  };
  const pickyTopic = topic('texts', { value: picky });
  const sent = ['one', 'bad', 'two'].map(value => producer.send(pickyTopic, { value }));
  const results = await Promise.allSettled(sent);
  t.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  t.deepEqual(await valuesOf(log, 'texts'), ['one', 'two']);
});

testInEveryPlace('a topic is created by its first record where the broker may', async (t, place) => {
  const log = await place.open();
  await using producer = log.producer();
  await producer.send('made-up', { value: 'x' });
  t.deepEqual(await valuesOf(log, 'made-up'), ['x']);
});

testInEveryPlace('a topic that only another broker has heard of is found', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const unknown = (answer: MetadataAnswer): MetadataAnswer => ({
    ...answer,
    topics: answer.topics.map(found => ({ ...found, errorCode: 3, partitions: [] })), // UNKNOWN_TOPIC_OR_PARTITION
  });
  const faulty = new FaultyPlace(log, (api, request: { topics?: unknown }) =>
    api === metadata && request.topics !== null ? { kind: 'answer-changed', change: unknown } : undefined,
  );
  const producer = new Producer(log.ports, faulty);
  await producer.send(texts, { value: 'x' });
  await producer.close();
  t.true(faulty.struck['answer-changed'] > 0);
  t.deepEqual(await valuesOf(log, 'texts'), ['x']);
});

testInEveryPlace(
  'where topics are not created on the way, the nearest one is named',
  async (t, place) => {
    const log = await place.open({ broker: { autoCreateTopics: false } });
    await createTopic(log, 'flights', 1);
    await using producer = log.producer();
    const error = await t.throwsAsync(producer.send('fligths', { value: 'x' }), { instanceOf: UsageError });
    t.regex(error.message, /"fligths" does not exist \(did you mean "flights"\?\)/);
  },
  { needs: 'an embedded broker' },
);

testInEveryPlace('what makes no sense is refused before it is sent', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 2);
  await using producer = log.producer();
  await t.throwsAsync(producer.send(texts, { value: 'x', partition: 2 }), { message: /partitions 0 to 1, not 2/ });
  await t.throwsAsync(producer.send(texts, { value: 'x', timestamp: Number.NaN }), { instanceOf: UsageError });
  await t.throwsAsync(producer.send(texts, { value: 'x', timestamp: -1 }), { instanceOf: UsageError });
  const writer = await producer.writer(texts);
  t.throws(() => writer.append('k', 'v', 1.5), { instanceOf: UsageError });
  t.throws(() => log.producer({ acks: 1, idempotent: true }), { instanceOf: UsageError });
  t.throws(() => log.producer({ bufferBytesMax: -1 }), { instanceOf: UsageError });
});

testInEveryPlace('a closed producer has sent everything and takes nothing more', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const producer = log.producer({ lingerMs: 10_000 });
  const sent = producer.send(texts, { value: 'last' });
  await producer.close();
  t.is((await sent).offset, 0);
  await t.throwsAsync(producer.send(texts, { value: 'x' }), { instanceOf: UsageError, message: /closed/ });
  await producer.close();
  await log.close();
});

testInEveryPlace('a producer of a log that was closed fails soon instead of trying on', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const producer = new Producer(log.ports, log); // not one that the log closes with itself
  await producer.send(texts, { value: 'x' });
  await log.close();
  await t.throwsAsync(producer.send(texts, { value: 'y' }), { instanceOf: WorldFault });
});

testInEveryPlace('with acks 0 nothing is told, and the record is there', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const producer = log.producer({ acks: 0 });
  t.is((await producer.send(texts, { value: 'x' })).offset, -1);
  await producer.close();
  // Nobody says when it is there.
  await using consumer = log.consumer({ topics: ['texts'], autoOffsetReset: 'earliest' });
  const [record] = await consumer.poll({ waitMs: 60_000 });
  t.is(record?.value, 'x');
  t.deepEqual(await valuesOf(log, 'texts'), ['x']);
});

testInEveryPlace('a lingering producer waits for more', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const faulty = new FaultyPlace(log, () => undefined);
  await using producer = new Producer(log.ports, faulty, { lingerMs: 600_000 });
  await producer.writer(texts);
  const sent = [producer.send(texts, { value: 'a' })];
  await log.ports.clock.sleep(5);
  sent.push(producer.send(texts, { value: 'b' }));
  t.is(faulty.seen.get('Produce'), undefined);
  await producer.flush();
  await Promise.all(sent);
  t.is(faulty.seen.get('Produce'), 1);
});

testInEveryPlace('a lingering producer sends by itself once it has waited', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer({ lingerMs: 20 });
  t.is((await producer.send(texts, { value: 'a' })).offset, 0);
});

testInEveryPlace('compressed batches come back as they were', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer({ compression: 'gzip' });
  const values = Array.from({ length: 50 }, (_, n) => `${'text '.repeat(20)}${n}`);
  await Promise.all(values.map(value => producer.send(texts, { value })));
  t.deepEqual(await valuesOf(log, 'texts'), values);
});

type ProduceRequest = RequestOf<typeof produce>;

/** Sends 400 records in small batches through the faults, and returns what the topic holds then. */
async function throughFaults(
  log: Log,
  decide: (request: ProduceRequest, count: number) => Fault | undefined,
  options: ProducerOptions = {},
): Promise<{ faulty: FaultyPlace; values: readonly (string | null)[]; expected: readonly string[] }> {
  await createTopic(log, 'texts', 1);
  const faulty = new FaultyPlace(log, (api, request, count) => (api === produce ? decide(request, count) : undefined));
  const producer = new Producer(log.ports, faulty, { batchSizeBytes: 300, ...options });
  const expected = Array.from({ length: 400 }, (_, n) => `value ${n}`);
  const sent = expected.map(value => producer.send(texts, { value }));
  const offsets = (await Promise.all(sent)).map(({ offset }) => offset);
  await producer.close();
  const records = await readAll(log, 'texts');
  // Each promise told where its record really is.
  const found = offsets.map(offset => records.find(record => record.offset === offset)?.value);
  if (found.some((value, n) => value !== expected[n])) throw new Error('a promise told a wrong offset');
  return { faulty, values: records.map(({ value }) => value), expected };
}

testInEveryPlace('answers that are lost make no duplicates', async (t, place) => {
  const log = await place.open();
  const { faulty, values, expected } = await throughFaults(log, (_, count) =>
    count % 3 === 0 ? { kind: 'answer-lost' } : undefined,
  );
  t.true(faulty.struck['answer-lost'] > 5);
  t.deepEqual(values, expected);
});

testInEveryPlace('requests that are lost make no gaps, and the order stays', async (t, place) => {
  const log = await place.open();
  const { faulty, values, expected } = await throughFaults(log, (_, count) =>
    count % 4 === 1 ? { kind: 'request-lost' } : undefined,
  );
  t.true(faulty.struck['request-lost'] > 5);
  t.deepEqual(values, expected);
});

testInEveryPlace('without idempotence the order stays too, though a lost answer may write twice', async (t, place) => {
  const log = await place.open();
  const { faulty, values, expected } = await throughFaults(
    log,
    (_, count) => (count % 5 === 2 ? { kind: 'request-lost' } : undefined),
    { idempotent: false },
  );
  t.true(faulty.struck['request-lost'] > 5);
  t.deepEqual(values, expected);
});

/** The answer of a broker that refuses all partitions of the request. */
function refuse(request: ProduceRequest, kind: keyof typeof kafkaErrors): Fault {
  const responses = request.topicData.map(({ name, partitionData }) => ({
    name,
    partitionResponses: partitionData.map(({ index }) => ({
      index,
      errorCode: kafkaErrors[kind].code,
      baseOffset: -1,
    })),
  }));
  return { kind: 'answer', answer: produce.response({ responses }) };
}

for (const kind of ['NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_PRODUCER_ID', 'OUT_OF_ORDER_SEQUENCE_NUMBER'] as const) {
  testInEveryPlace(`${kind} now and then costs nothing but time`, async (t, place) => {
    const log = await place.open();
    const { faulty, values, expected } = await throughFaults(log, (request, count) =>
      count % 7 === 3 ? refuse(request, kind) : undefined,
    );
    t.true(faulty.struck.answer > 3);
    t.deepEqual(values, expected);
  });
}

testInEveryPlace('a batch that is refused for good leaves no gap in the sequence of the others', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const faulty = new FaultyPlace(log, (api, request, count) =>
    api === produce && count % 5 === 2 ? refuse(request, 'POLICY_VIOLATION') : undefined,
  );
  const producer = new Producer(log.ports, faulty, { batchSizeBytes: 300 });
  const sent = Array.from({ length: 200 }, (_, n) => producer.send(texts, { value: `v${n}` }));
  const results = await Promise.allSettled(sent);
  await producer.close();
  const kept = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [`v${n}`] : []));
  t.true(faulty.struck.answer > 0);
  t.true(kept.length < 200);
  t.deepEqual(await valuesOf(log, 'texts'), kept);
});

testInEveryPlace(
  'a batch that its successor overtook in a new topic of that name is not written behind it',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    const faulty = new FaultyPlace(log, (api, request, count) =>
      api === produce && count === 2 ? refuse(request, 'NOT_LEADER_OR_FOLLOWER') : undefined,
    );
    const producer = new Producer(log.ports, faulty, { batchSizeBytes: 300 });
    await producer.send(texts, { value: 'of the old topic' });
    const admin = log.admin();
    await admin.deleteTopics(['texts']);
    await createTopic(log, 'texts', 1);
    // The broker takes any sequence of a producer that is new to the topic: also that of the second batch, when the first was refused.
    const sent = Array.from({ length: 60 }, (_, n) => producer.send(texts, { value: `v${n}` }));
    const results = await Promise.allSettled(sent);
    await producer.close();
    await admin.close();
    const kept = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [`v${n}`] : []));
    t.is(faulty.struck.answer, 1);
    t.true(kept.length > 0);
    t.deepEqual(await valuesOf(log, 'texts'), kept);
  },
);

testInEveryPlace('what cannot be delivered in time is given up', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  let isDown = true;
  const faulty = new FaultyPlace(log, api => (api === produce && isDown ? { kind: 'request-lost' } : undefined));
  const producer = new Producer(log.ports, faulty, { deliveryTimeoutMs: 3000 });
  await producer.writer(texts); // so that the time is the batch's
  await t.throwsAsync(producer.send(texts, { value: 'lost' }), { instanceOf: WorldFault });
  isDown = false;
  await producer.send(texts, { value: 'found' });
  await producer.close();
  // A request that waited for its connection when the time was over may still be on its way.
  const values = await valuesOf(log, 'texts');
  t.deepEqual(values.slice(values.indexOf('found')), ['found']);
});

type MetadataAnswer = ResponseOf<typeof metadata>;

/** As while an election is going on. */
const withoutLeaders = (answer: MetadataAnswer): MetadataAnswer => ({
  ...answer,
  topics: answer.topics.map(found => ({
    ...found,
    partitions: found.partitions.map(partition => ({ ...partition, leaderId: -1 })),
  })),
});

testInEveryPlace('while a partition has no leader, producer and consumer wait for one', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const faulty = new FaultyPlace(log, (api, _, count) =>
    api === metadata && count <= 4 ? { kind: 'answer-changed', change: withoutLeaders } : undefined,
  );
  const producer = new Producer(log.ports, faulty);
  await producer.send(texts, { value: 'x' });
  await producer.close();
  t.is(faulty.struck['answer-changed'], 4);
  const reading = new FaultyPlace(log, (api, _, count) =>
    api === metadata && count <= 4 ? { kind: 'answer-changed', change: withoutLeaders } : undefined,
  );
  await using consumer = new Consumer(log.ports, reading, { autoOffsetReset: 'earliest' });
  consumer.assign([{ topic: 'texts', partition: 0 }]);
  consumer.seek({ topic: 'texts', partition: 0 }, 0);
  t.is((await consumer.poll({ waitMs: 10_000 })).length, 1);
  t.is(reading.struck['answer-changed'], 4);
  const never = new FaultyPlace(log, api =>
    api === metadata ? { kind: 'answer-changed', change: withoutLeaders } : undefined,
  );
  // Long enough for the first answer to come on a busy machine.
  const hopeless = new Producer(log.ports, never, { deliveryTimeoutMs: 3_000 });
  const error = await t.throwsAsync(hopeless.send(texts, { value: 'y' }), { instanceOf: ProtocolError });
  t.is(error.kind, 'LEADER_NOT_AVAILABLE');
  await hopeless.close();
});

testInEveryPlace(
  'records for a topic that is deleted meanwhile fail soon',
  async (t, place) => {
    const log = await place.open({ broker: { autoCreateTopics: false } });
    await createTopic(log, 'texts', 1);
    await using producer = log.producer();
    await producer.send(texts, { value: 'x' });
    await using admin = log.admin();
    await admin.deleteTopics(['texts']);
    await t.throwsAsync(producer.send(texts, { value: 'y' }), { instanceOf: UsageError, message: /does not exist/ });
  },
  { needs: 'an embedded broker' },
);

testInEveryPlace(
  'a batch that a reader holds is never written over, however much is produced behind it',
  async (t, place) => {
    const log = await place.open({ flush: 'os' });
    await createTopic(log, 'texts', 1);
    await using producer = log.producer();
    const writer = await producer.writer(texts);
    const consumer = new Consumer(log.ports, log, { autoOffsetReset: 'earliest' });
    consumer.assign([{ topic: 'texts', partition: 0 }]);
    const held: { readonly batch: Uint8Array; readonly copy: Uint8Array }[] = [];
    let offset = 0;
    const produceMiB = async (count: number): Promise<void> => {
      for (let record = 0; record < count * 1024; record++) {
        writer.append(null, `${offset++} `.padEnd(1000, 'x'), 0, 0);
        if (producer.isFull) await producer.drained();
      }
      await producer.flush();
    };
    const hold = async (): Promise<void> => {
      for (const before = held.length; held.length === before; ) {
        for (const { batches } of await consumer.pollBatches({ waitMs: 1000 }))
          for (const batch of batches) held.push({ batch, copy: new Uint8Array(batch) });
      }
    };
    for (let round = 0; round < 3; round++) {
      await produceMiB(1);
      await hold();
      // Nobody reads now, so that buffers are used again; then the reader comes back near the end.
      await produceMiB(20);
      await hold();
      consumer.seek({ topic: 'texts', partition: 0 }, offset - 1);
      await hold();
      await produceMiB(1);
      await hold();
    }
    const other = new Consumer(log.ports, log, { autoOffsetReset: 'earliest' });
    other.assign([{ topic: 'texts', partition: 0 }]);
    // Another reader gives back all that it reads, hot and cold.
    while ((await other.position({ topic: 'texts', partition: 0 })) < offset) {
      for (const fetched of await other.pollBatches({ waitMs: 1000 })) other.release(fetched);
    }
    await other.close();
    await produceMiB(10);
    await consumer.close();
    t.true(held.length >= 12);
    t.true(held.every(({ batch, copy }) => Buffer.compare(batch, copy) === 0));
    const found = await valuesOf(log, 'texts');
    t.is(found.length, offset);
    t.true(found.every((value, at) => value?.startsWith(`${at} `)));
  },
);
