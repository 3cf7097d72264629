import { ProtocolError, UsageError } from '../../../core/base/errors.js';
import { Consumer } from '../../../core/client/consumer.js';
import { topic } from '../../../core/client/topic.js';
import type { Log } from '../../../core/open/log.js';
import { fetch } from '../../../core/protocol/01-fetch.js';
import { RecordCursor } from '../../../core/records/record-cursor.js';
import { int32Serde } from '../../../core/serdes/number-serdes.js';
import { testInEveryPlace } from '../places.js';
import { FaultyPlace } from './faulty-place.js';
import { createTopic } from './reading.js';

const partition0 = { topic: 'texts', partition: 0 };

async function fill(log: Log, values: readonly string[], options: { timestampOf?: (n: number) => number } = {}) {
  const producer = log.producer();
  const timestampOf = options.timestampOf ?? (n => 1_000 + n);
  const sent = values.map((value, n) => producer.send('texts', { value, timestamp: timestampOf(n), partition: 0 }));
  await Promise.all(sent);
  await producer.close();
}

const letters = [...'abcdefgh'];

testInEveryPlace('without a group every partition is read from where the policy says', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, letters);
  await using early = log.consumer({ topics: ['texts'], autoOffsetReset: 'earliest' });
  t.deepEqual(
    (await early.poll({ waitMs: 20_000 })).map(({ value }) => value),
    letters,
  );
  await using late = log.consumer({ topics: ['texts'] });
  t.deepEqual(await late.poll(), []);
  await fill(log, ['new']);
  t.deepEqual(
    (await late.poll({ waitMs: 20_000 })).map(({ value }) => value),
    ['new'],
  );
  await using picky = log.consumer({ topics: ['texts'], autoOffsetReset: 'none' });
  await t.throwsAsync(picky.poll(), { instanceOf: UsageError, message: /autoOffsetReset is 'none'/ });
});

testInEveryPlace(
  'a poll without a wait returns what there is, one with a wait returns with the first record',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    await using consumer = log.consumer({ topics: ['texts'], autoOffsetReset: 'earliest' });
    t.deepEqual(await consumer.poll(), []);
    const polled = consumer.poll({ waitMs: 60_000 });
    await fill(log, ['a']);
    t.is((await polled).length, 1);
  },
);

testInEveryPlace('a poll that waits for nothing returns nothing in time, and a signal ends it', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using consumer = log.consumer({ topics: ['texts'] });
  const beganMs = log.ports.clock.monotonic();
  t.deepEqual(await consumer.poll({ waitMs: 50 }), []);
  t.true(log.ports.clock.monotonic() - beganMs >= 45);
  const controller = new AbortController();
  const polled = consumer.poll({ waitMs: 60_000, signal: controller.signal });
  await log.ports.clock.sleep(10);
  controller.abort(new Error('enough'));
  await t.throwsAsync(polled, { message: 'enough' });
});

testInEveryPlace('a seek goes anywhere, also over what was fetched already', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, letters);
  await using consumer = log.consumer({ autoOffsetReset: 'earliest', pollRecordsMax: 2 });
  consumer.assign([partition0]);
  const next = async () => (await consumer.poll({ waitMs: 20_000 })).map(({ value }) => value).join('');
  t.is(await next(), 'ab');
  t.is(await consumer.position(partition0), 2);
  consumer.seek(partition0, 6);
  t.is(await next(), 'gh');
  consumer.seek(partition0, 'start');
  t.is(await next(), 'ab');
  consumer.seek(partition0, 'end');
  t.is(await consumer.position(partition0), 8);
  await fill(log, ['i']);
  t.is(await next(), 'i');
  consumer.seek(partition0, 3);
  t.is(await next(), 'de');
  t.throws(() => consumer.seek(partition0, -3), { instanceOf: UsageError });
  t.throws(() => consumer.seek({ topic: 'texts', partition: 1 }, 0), { message: /did you mean "texts-0"/ });
});

testInEveryPlace('batches are handed out whole, with the offset from which they count', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, letters);
  await using consumer = log.consumer({ autoOffsetReset: 'earliest', pollRecordsMax: 1 });
  consumer.assign([partition0]);
  consumer.seek(partition0, 3);
  const [fetched] = await consumer.pollBatches({ waitMs: 20_000 });
  t.is(fetched!.fromOffset, 3);
  t.is(fetched!.nextOffset, 8);
  t.is(fetched!.highWatermark, 8);
  const cursor = new RecordCursor().open(fetched!.batches[0]!, 0, log.ports.compression);
  t.is(cursor.baseOffset, 0);
  t.is(await consumer.position(partition0), 8);
  // Records and batches may take turns.
  consumer.seek(partition0, 0);
  t.is((await consumer.poll({ waitMs: 20_000 }))[0]!.value, 'a');
  t.is((await consumer.pollBatches({ waitMs: 20_000 }))[0]!.fromOffset, 1);
});

testInEveryPlace('a paused partition is left alone until it is resumed', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, letters);
  await using consumer = log.consumer({ autoOffsetReset: 'earliest', pollRecordsMax: 3 });
  consumer.assign([partition0]);
  t.is((await consumer.poll({ waitMs: 20_000 })).length, 3);
  consumer.pause([partition0]);
  t.deepEqual(await consumer.poll({ waitMs: 30 }), []);
  t.deepEqual(await consumer.pollBatches({ waitMs: 1 }), []);
  consumer.resume([partition0]);
  t.is((await consumer.poll({ waitMs: 20_000 }))[0]!.value, 'd');
});

testInEveryPlace('what was deleted is skipped, or told, as the policy says', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, letters);
  await using admin = log.admin();
  t.deepEqual(await admin.deleteRecords([{ ...partition0, offset: 5 }]), [{ ...partition0, offset: 5 }]);
  for (const [autoOffsetReset, expected] of [
    ['earliest', ['f', 'g', 'h']],
    ['latest', []],
  ] as const) {
    await using consumer = log.consumer({ autoOffsetReset });
    consumer.assign([partition0]);
    consumer.seek(partition0, 2);
    t.deepEqual(
      (await consumer.poll({ waitMs: autoOffsetReset === 'earliest' ? 10_000 : 100 })).map(({ value }) => value),
      [...expected],
    );
  }
  await using strict = log.consumer({ autoOffsetReset: 'none' });
  strict.assign([partition0]);
  strict.seek(partition0, 2);
  const error = await t.throwsAsync(strict.poll({ waitMs: 20_000 }), { instanceOf: ProtocolError });
  t.is(error.kind, 'OFFSET_OUT_OF_RANGE');
  strict.seek(partition0, 6);
  t.is((await strict.poll({ waitMs: 20_000 }))[0]!.value, 'g');
});

testInEveryPlace('offsets are found by time, at the start and at the end', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, letters, { timestampOf: n => 1_000 + n * 10 });
  await using consumer = log.consumer();
  t.like(await consumer.offsetsForTimes([partition0], 1_025), [{ ...partition0, offset: 3, timestamp: 1_030 }]);
  t.deepEqual(await consumer.offsetsForTimes([partition0], 9_999), [undefined]);
  t.like((await consumer.beginningOffsets([partition0]))[0], { offset: 0 });
  t.like((await consumer.endOffsets([partition0]))[0], { offset: 8 });
  await t.throwsAsync(consumer.endOffsets([{ topic: 'texts', partition: 7 }]), { message: /partitions 0 to 0, not 7/ });
});

testInEveryPlace(
  'a record that cannot be decoded is told with its place; those before it come, a seek goes past it',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    const producer = log.producer();
    for (const value of [[0, 0, 0, 1], [9], [0, 0, 0, 2]]) await producer.send('texts', { value: Buffer.from(value) });
    await producer.close();
    await using consumer = log.consumer({
      topics: [topic('texts', { value: int32Serde })],
      autoOffsetReset: 'earliest',
    });
    t.deepEqual(
      (await consumer.poll({ waitMs: 20_000 })).map(({ value }) => value),
      [1],
    );
    for (let again = 0; again < 2; again++) {
      const error = await t.throwsAsync(consumer.poll({ waitMs: 20_000 }), { instanceOf: ProtocolError });
      t.regex(error.message, /offset 1 of texts-0 .* seek to 2/);
    }
    consumer.seek(partition0, 2);
    t.is((await consumer.poll({ waitMs: 20_000 }))[0]!.value, 2);
  },
);

testInEveryPlace('a topic that does not exist is told with the nearest one', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'flights', 1);
  await using consumer = log.consumer({ topics: ['fligths'] });
  await t.throwsAsync(consumer.poll(), { instanceOf: UsageError, message: /did you mean "flights"/ });
  await using assigned = log.consumer({ autoOffsetReset: 'earliest' });
  assigned.assign([{ topic: 'flights', partition: 3 }]);
  await t.throwsAsync(assigned.poll(), { instanceOf: UsageError, message: /partitions 0 to 0, not 3/ });
});

testInEveryPlace('what makes no sense is refused', async (t, place) => {
  const log = await place.open();
  await using consumer = log.consumer();
  await t.throwsAsync(consumer.poll(), { instanceOf: UsageError, message: /subscribe to topics or assign/ });
  await t.throwsAsync(consumer.commit(), { instanceOf: UsageError, message: /groupId/ });
  t.throws(() => log.consumer({ autoOffsetReset: 'earlyest' as never }), { message: /did you mean "earliest"/ });
  t.throws(() => log.consumer({ sessionTimeoutMs: 1_000, heartbeatIntervalMs: 1_000 }), { instanceOf: UsageError });
  consumer.assign([partition0]);
  t.throws(() => consumer.subscribe(['texts']), { instanceOf: UsageError });
});

testInEveryPlace('two polls at a time are refused, and the first one goes on', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using consumer = log.consumer({ topics: ['texts'], autoOffsetReset: 'earliest' });
  const first = consumer.poll({ waitMs: 60_000 });
  await t.throwsAsync(consumer.poll(), { message: /a poll of this consumer is running/ });
  await fill(log, ['a']);
  t.is((await first).length, 1);
});

testInEveryPlace('closing ends a waiting poll and a waiting loop', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const consumer = log.consumer({ topics: ['texts'], autoOffsetReset: 'earliest' });
  const polled = consumer.poll({ waitMs: 60_000 });
  await log.ports.clock.sleep(5);
  await consumer.close();
  t.deepEqual(await polled, []);
  await t.throwsAsync(consumer.poll(), { message: /closed/ });

  await fill(log, ['a']);
  const looping = log.consumer({ topics: ['texts'], autoOffsetReset: 'earliest' });
  const seen: (string | null)[] = [];
  const loop = (async () => {
    for await (const { value } of looping) seen.push(value);
  })();
  while (seen.length === 0) await log.ports.clock.sleep(5);
  await looping.close();
  await loop;
  t.deepEqual(seen, ['a']);
});

testInEveryPlace('a loop that breaks loses nothing: the next one goes on behind it', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, letters);
  await using consumer = log.consumer({ topics: ['texts'], autoOffsetReset: 'earliest' });
  for await (const { value } of consumer) if (value === 'c') break;
  const rest: (string | null)[] = [];
  for await (const { value } of consumer) if (rest.push(value) === 5) break;
  t.is(rest.join(''), 'defgh');
});

testInEveryPlace(
  'a seek within a loop counts at once, and what was not seen of other partitions comes still',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 2);
    const producer = log.producer();
    for (const letter of letters) await producer.send('texts', { value: letter, partition: letter < 'e' ? 0 : 1 });
    await producer.close();
    await using consumer = log.consumer({ topics: ['texts'], autoOffsetReset: 'earliest' });
    const seen: string[] = [];
    for await (const { value } of consumer) {
      seen.push(value!);
      if (seen.length === 2) consumer.seek({ topic: 'texts', partition: value! < 'e' ? 0 : 1 }, 0);
      if (seen.length === 10) break;
    }
    const first = seen[0]! < 'e' ? 'abcd' : 'efgh';
    const other = first === 'abcd' ? 'efgh' : 'abcd';
    t.is(seen.slice(0, 2).join(''), first.slice(0, 2));
    t.is(
      seen
        .slice(2)
        .filter(value => first.includes(value))
        .join(''),
      first,
    );
    t.is(
      seen
        .slice(2)
        .filter(value => other.includes(value))
        .join(''),
      other,
    );
  },
);

testInEveryPlace(
  'a topic that is deleted under its reader is told',
  async (t, place) => {
    const log = await place.open({ broker: { autoCreateTopics: false } });
    await createTopic(log, 'texts', 1);
    await fill(log, letters);
    await using consumer = log.consumer({ topics: ['texts'], autoOffsetReset: 'earliest' });
    await consumer.poll({ waitMs: 20_000 });
    await using admin = log.admin();
    await admin.deleteTopics(['texts']);
    await t.throwsAsync(consumer.poll({ waitMs: 60_000 }), { instanceOf: UsageError, message: /does not exist/ });
  },
  { needs: 'an embedded broker' },
);

testInEveryPlace('fetches are bounded: no more than one runs ahead of the application', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const producer = log.producer({ batchSizeBytes: 1_000 });
  await Promise.all(Array.from({ length: 200 }, (_, n) => producer.send('texts', { value: `${'x'.repeat(400)}${n}` })));
  await producer.close();
  const seen = new FaultyPlace(log, () => undefined);
  await using consumer = new Consumer(log.ports, seen, {
    topics: ['texts'],
    autoOffsetReset: 'earliest',
    maxPartitionFetchBytes: 2_000,
  });
  const first = await consumer.pollBatches({ waitMs: 20_000 });
  t.true(first[0]!.batches.reduce((sum, { length }) => sum + length, 0) < 5_000);
  await log.ports.clock.sleep(50);
  t.is(seen.seen.get('Fetch'), 2);
  let { nextOffset } = first[0]!;
  while (nextOffset < 200) {
    const [fetched] = await consumer.pollBatches({ waitMs: 20_000 });
    t.is(fetched!.fromOffset, nextOffset);
    nextOffset = fetched!.nextOffset;
  }
});

testInEveryPlace('a partition that is read to its end does not hold up the others', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 3);
  await fill(
    log,
    Array.from({ length: 300 }, (_, n) => `${n}`),
  );
  // A fetch that found nothing would be held longer than this test may take.
  await using consumer = log.consumer({
    topics: ['texts'],
    autoOffsetReset: 'earliest',
    pollRecordsMax: 10,
    maxPartitionFetchBytes: 1_000,
    fetchMaxWaitMs: 600_000,
  });
  let count = 0;
  while (count < 300) count += (await consumer.poll({ waitMs: 600_000 })).length;
  t.is(count, 300);
});

testInEveryPlace(
  'a fetch that is held for hours does not hold up what is assigned meanwhile',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 2);
    await using consumer = log.consumer({ autoOffsetReset: 'earliest', fetchMaxWaitMs: 3_600_000 });
    consumer.assign([{ topic: 'texts', partition: 1 }]);
    t.deepEqual(await consumer.poll({ waitMs: 50 }), []);
    await fill(log, ['a']);
    consumer.assign([partition0]);
    t.is((await consumer.poll({ waitMs: 60_000 })).length, 1);
  },
  { needs: 'an embedded broker' },
);

testInEveryPlace('lost fetches and answers are made good, nothing is handed out twice', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const producer = log.producer({ batchSizeBytes: 200 });
  await Promise.all(Array.from({ length: 300 }, (_, n) => producer.send('texts', { value: `${n}` })));
  await producer.close();
  const faulty = new FaultyPlace(log, (api, _, count) => {
    if (api !== fetch) return undefined;
    return count % 3 === 1 ? { kind: 'request-lost' } : count % 3 === 2 ? { kind: 'answer-lost' } : undefined;
  });
  await using consumer = new Consumer(log.ports, faulty, {
    topics: ['texts'],
    autoOffsetReset: 'earliest',
    maxPartitionFetchBytes: 2_000,
  });
  const values: (string | null)[] = [];
  while (values.length < 300) values.push(...(await consumer.poll({ waitMs: 20_000 })).map(({ value }) => value));
  t.deepEqual(
    values,
    values.map((_, n) => `${n}`),
  );
  t.true(faulty.struck['request-lost'] > 1 && faulty.struck['answer-lost'] > 1);
});

testInEveryPlace(
  'a consuming loop leaves the event loop alive',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    const producer = log.producer();
    const writer = await producer.writer(topic('texts'));
    for (let n = 0; n < 100_000; n++) writer.append(null, `value ${n}`, n);
    await producer.close();
    await using consumer = log.consumer({
      topics: ['texts'],
      autoOffsetReset: 'earliest',
      maxPartitionFetchBytes: 10_000,
    });
    let ticks = 0;
    let isOver = false;
    const tick = () => {
      ticks++;
      if (!isOver) log.ports.clock.setTimer(1, tick);
    };
    tick();
    const began = process.cpuUsage();
    for (let seen = 0; seen < 100_000; ) seen += (await consumer.poll({ waitMs: 20_000 })).length;
    isOver = true;
    // By the processor's time: while others have the processor, nothing ticks here.
    const { user, system } = process.cpuUsage(began);
    const workedMs = (user + system) / 1000;
    t.true(ticks >= workedMs / 60, `${ticks} ticks in ${workedMs} ms of work`);
  },
  { serial: true },
);
