// What a producer does about a cluster that changes or does not answer, and about callers whose types nobody checked.

import test from 'ava';
import { UsageError } from '../../../core/base/errors.js';
import { Admin } from '../../../core/client/admin.js';
import { Producer } from '../../../core/client/producer.js';
import { topic } from '../../../core/client/topic.js';
import { WaitingSends } from '../../../core/client/waiting-sends.js';
import { produce } from '../../../core/protocol/00-produce.js';
import { metadata } from '../../../core/protocol/03-metadata.js';
import { createTopics } from '../../../core/protocol/19-create-topics.js';
import { initProducerId } from '../../../core/protocol/22-init-producer-id.js';
import type { ResponseOf } from '../../../core/protocol/api.js';
import { testInEveryPlace } from '../places.js';
import { FaultyPlace } from './faulty-place.js';
import { createTopic, readAll, valuesOf } from './reading.js';

const texts = topic('texts');

/** NOT_LEADER_OR_FOLLOWER. */
const notLeader = {
  index: 0,
  errorCode: 6,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset: -1,
  recordErrors: [],
  errorMessage: null,
};

testInEveryPlace('without a producer id a record waits no longer than it may', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  const faulty = new FaultyPlace(log, api => (api === initProducerId ? { kind: 'request-lost' } : undefined));
  const producer = new Producer(log.ports, faulty, { deliveryTimeoutMs: 200 });
  // On a busy machine the time may be over before the leader is known.
  for (let tries = 0; tries < 100 && faulty.struck['request-lost'] === 0; tries++) {
    const startMs = log.ports.clock.monotonic();
    await t.throwsAsync(producer.send(texts, { value: 'x' }), { message: /cut|no answer in 200 ms/ });
    t.true(log.ports.clock.monotonic() - startMs < 30_000); // it was a minute
  }
  t.true(faulty.struck['request-lost'] > 0);
  await producer.close();
});

testInEveryPlace('a request that is never answered does not hold its records for ever', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  let isHanging = true;
  const hanging = new FaultyPlace(log, api =>
    api === produce && isHanging ? { kind: 'answer-late', delayMs: 5000 } : undefined,
  );
  const producer = new Producer(log.ports, hanging, { deliveryTimeoutMs: 2000 });
  const writer = await producer.writer(texts);
  writer.append(null, 'late', log.ports.clock.now());
  await t.throwsAsync(producer.flush(), { message: /not acknowledged in 2000 ms/ });
  isHanging = false;
  // It was written after all, and the sequence goes on behind it.
  await producer.close();
  await using next = log.producer();
  await next.send(texts, { value: 'next' });
  t.deepEqual(await valuesOf(log, 'texts'), ['late', 'next']);
});

testInEveryPlace('partitions that are added are noticed, on demand and in time', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await using producer = log.producer({ metadataMaxAgeMs: 1 });
  await producer.send(texts, { value: 'a', partition: 0 });
  await using admin = log.admin();
  await admin.createPartitions('texts', 2);
  t.is((await producer.send(texts, { value: 'b', partition: 1 })).partition, 1);
  await admin.createPartitions('texts', 4);
  const writer = await producer.writer(texts);
  const endMs = log.ports.clock.monotonic() + 20_000;
  while (writer.partitionCount < 4 && log.ports.clock.monotonic() < endMs) await producer.send(texts, { value: 'c' });
  t.is(writer.partitionCount, 4);
});

testInEveryPlace('a broker that does not lead any more may say who does', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  const [described] = await log.admin().describeTopics(['texts']);
  const { leader: leaderId, leaderEpoch } = described!.partitions[0]!;
  const moved = (answer: ResponseOf<typeof produce>) => ({
    ...answer,
    responses: answer.responses.map(({ name }) => ({
      name,
      partitionResponses: [{ ...notLeader, currentLeader: { leaderId, leaderEpoch: leaderEpoch + 1 } }],
    })),
  });
  const faulty = new FaultyPlace(log, (api, _, count) =>
    api === produce && count === 1 ? { kind: 'answer-changed', change: moved } : undefined,
  );
  const producer = new Producer(log.ports, faulty);
  await producer.send(texts, { value: 'x' });
  const asked = faulty.seen.get('Metadata');
  await producer.close();
  t.is(faulty.struck['answer-changed'], 1);
  t.is(asked, 1); // the hint was enough
  t.is((await readAll(log, 'texts')).length, 1);
});

testInEveryPlace('the admin client goes to the controller where brokers do not forward', async (t, place) => {
  const log = await place.open();
  const refused = (answer: ResponseOf<typeof createTopics>) => ({
    ...answer,
    topics: answer.topics.map(each => ({ ...each, errorCode: 41, errorMessage: null })),
  });
  // The first broker does nothing but refuse: what it created is not looked at.
  const faulty = new FaultyPlace(log, (api, _, count) =>
    api === createTopics && count === 1
      ? { kind: 'answer', answer: refused(createTopics.response({ topics: [{ name: 'texts' }] })) }
      : undefined,
  );
  await using admin = new Admin(log.ports, faulty);
  await admin.createTopics([{ name: 'texts', partitions: 1 }]);
  t.is(faulty.struck.answer, 1);
  t.is(faulty.seen.get('CreateTopics'), 2);
  t.true((faulty.seen.get(metadata.name) ?? 0) > 0);
  t.is((await admin.describeTopics(['texts']))[0]!.partitions.length, 1);
});

testInEveryPlace('what no type checker looked at is refused in words', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  await using producer = log.producer();
  const send = producer.send.bind(producer) as (topic: unknown, record: unknown) => Promise<unknown>;
  await t.throwsAsync(send(undefined, { value: 'x' }), { instanceOf: UsageError, message: /undefined is no topic/ });
  await t.throwsAsync(send('', { value: 'x' }), { instanceOf: UsageError, message: /is no topic/ });
  await t.throwsAsync(send({}, { value: 'x' }), { instanceOf: UsageError, message: /an object is no topic/ });
  for (const warm of [false, true]) {
    if (warm) await producer.send('texts', { value: 'warm' });
    await t.throwsAsync(send('texts', undefined), { instanceOf: UsageError, message: /undefined is no record/ });
    await t.throwsAsync(send('texts', 'x'), { instanceOf: UsageError, message: /"x" is no record/ });
    const isHeaders = { instanceOf: UsageError, message: /no list of headers: give \[\{ key/ };
    await t.throwsAsync(send('texts', { value: 'x', headers: {} }), isHeaders);
    await t.throwsAsync(send('texts', { value: 'x', headers: [{ key: 'k', value: 'text' }] }), isHeaders);
    await t.throwsAsync(send('texts', { value: 'x', headers: [['k', 'v']] }), isHeaders);
  }
  t.deepEqual(await valuesOf(log, 'texts'), ['warm']);
});

test('sends that were dealt with are let go while others wait, and a refusal is of those that waited', async t => {
  const written: number[] = [];
  let room = Promise.resolve();
  const waiting = new WaitingSends({
    prepare: () => undefined,
    makeRoom: () => room,
    append: async (_, { value }) => {
      written.push(value as number);
      return { topic: 'texts', partition: 0, offset: value as number, timestamp: 0 };
    },
  });
  let next = 0;
  let heldMax = 0;
  let wasEmpty = false;
  const sendMany = async () => {
    while (next < 20_000) {
      await waiting.add(texts, { value: next++ });
      heldMax = Math.max(heldMax, waiting.heldCount);
      wasEmpty ||= waiting.isEmpty && next < 20_000;
    }
  };
  await Promise.all(Array.from({ length: 50 }, sendMany));
  t.false(wasEmpty);
  t.true(heldMax < 5_000, `${heldMax} of 20000 were held`);
  t.deepEqual(
    written,
    Array.from(written, (_, at) => at),
  );

  // Some of them are let go before they are refused.
  let makeRoom: () => void = () => undefined;
  room = new Promise(resolve => (makeRoom = resolve));
  const refused = Array.from({ length: 3_000 }, (_, value) => waiting.add(texts, { value }));
  const settled = Promise.allSettled(refused);
  waiting.refuse(new UsageError('no longer wanted'));
  const later = waiting.add(texts, { value: 3_000 });
  makeRoom();
  t.true((await settled).every(({ status }) => status === 'rejected'));
  t.is((await later).offset, 3_000);
});
