// Transactions as an application sees them, and what becomes of them when the network loses requests and answers.

import { ProtocolError, UsageError } from '../../../core/base/errors.js';
import { kafkaErrors } from '../../../core/base/kafka-errors.js';
import { Producer } from '../../../core/client/producer.js';
import type { ProducerOptions } from '../../../core/client/producer-options.js';
import { topic } from '../../../core/client/topic.js';
import type { Log } from '../../../core/open/log.js';
import { produce } from '../../../core/protocol/00-produce.js';
import { apiVersions } from '../../../core/protocol/18-api-versions.js';
import { initProducerId } from '../../../core/protocol/22-init-producer-id.js';
import { addPartitionsToTxn } from '../../../core/protocol/24-add-partitions-to-txn.js';
import { addOffsetsToTxn } from '../../../core/protocol/25-add-offsets-to-txn.js';
import { endTxn } from '../../../core/protocol/26-end-txn.js';
import { txnOffsetCommit } from '../../../core/protocol/28-txn-offset-commit.js';
import type { Api, ResponseOf } from '../../../core/protocol/api.js';
import { testInEveryPlace } from '../places.js';
import { type Fault, FaultyPlace } from './faulty-place.js';
import { createTopic } from './reading.js';

const texts = topic('texts');
const transactionalId = 'copier';

/** What a read_committed reader sees, in the order of partition and offset. */
async function committedValues(log: Log): Promise<readonly (string | null)[]> {
  const consumer = log.consumer({ isolationLevel: 'read_committed' });
  const [described] = await log.admin().describeTopics(['texts']);
  const all = described!.partitions.map(({ partition }) => ({ topic: 'texts', partition }));
  consumer.assign(all);
  for (const partition of all) consumer.seek(partition, 0);
  // Not its own end, which waits for the markers: those are written when EndTxn has been answered.
  const ends = (await log.admin().listOffsets(all, 'end')).map(end => end!);
  const found = [];
  const isDone = async () => {
    for (const end of ends) if ((await consumer.position(end)) < end.offset) return false;
    return true;
  };
  while (!(await isDone())) found.push(...(await consumer.poll({ waitMs: 100 })));
  await consumer.close();
  found.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  return found.map(({ value }) => value);
}

async function committedOffset(log: Log, groupId: string): Promise<number | undefined> {
  const admin = log.admin();
  const groups = await admin.listGroups();
  if (!groups.some(group => group.groupId === groupId)) return undefined;
  const [group] = await admin.describeGroups([groupId]);
  return group!.offsets.find(({ partition }) => partition === 0)?.committedOffset;
}

/** As of a cluster whose transactions share an epoch: Apache Kafka before 4, or one that was not upgraded. */
const withoutFeatures = (answer: ResponseOf<typeof apiVersions>) => ({ ...answer, finalizedFeatures: [] });
const older: Fault = { kind: 'answer-changed', change: withoutFeatures };

testInEveryPlace('what is committed is there, what is aborted never was', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 2);
  const producer = log.producer({ transactionalId });
  await producer.initTransactions();
  for (const [name, ends] of [
    ['a', true],
    ['b', false],
    ['c', true],
  ] as const) {
    producer.beginTransaction();
    const sent = [0, 1].map(partition => producer.send(texts, { value: `${name}${partition}`, partition }));
    if (name !== 'b') await producer.flush();
    const settled = Promise.allSettled(sent);
    await (ends ? producer.commitTransaction() : producer.abortTransaction());
    await settled;
  }
  t.deepEqual(await committedValues(log), ['a0', 'c0', 'a1', 'c1']);
});

testInEveryPlace('records that were sent before the abort stay invisible too', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  const producer = log.producer({ transactionalId });
  producer.beginTransaction();
  await producer.send(texts, { value: 'gone' });
  await producer.abortTransaction();
  producer.beginTransaction();
  await producer.send(texts, { value: 'kept' });
  await producer.commitTransaction();
  t.deepEqual(await committedValues(log), ['kept']);
});

testInEveryPlace('offsets count when their transaction is committed, and not before', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  const producer = log.producer({ transactionalId });
  producer.beginTransaction();
  await producer.sendOffsets([{ topic: 'texts', partition: 0, offset: 5, metadata: 'five' }], 'readers');
  await producer.commitTransaction();
  t.is(await committedOffset(log, 'readers'), 5);
  producer.beginTransaction();
  await producer.sendOffsets([{ topic: 'texts', partition: 0, offset: 9 }], 'readers');
  await producer.abortTransaction();
  t.is(await committedOffset(log, 'readers'), 5);
});

testInEveryPlace(
  'a member that was expelled cannot commit offsets; its producer goes on after an abort',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts');
    const producer = log.producer({ transactionalId });
    producer.beginTransaction();
    await producer.send(texts, { value: 'of a zombie' });
    const zombie = { groupId: 'readers', generationId: 3, memberId: 'expelled' };
    const refused = await t.throwsAsync(producer.sendOffsets([{ topic: 'texts', partition: 0, offset: 1 }], zombie), {
      instanceOf: ProtocolError,
    });
    t.true(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'].includes(refused.kind), refused.kind);
    await t.throwsAsync(producer.commitTransaction(), { is: refused });
    t.throws(() => producer.beginTransaction(), { instanceOf: UsageError, message: /abortTransaction\(\) first/ });
    await producer.abortTransaction();
    producer.beginTransaction();
    await producer.send(texts, { value: 'fresh' });
    await producer.commitTransaction();
    t.deepEqual(await committedValues(log), ['fresh']);
    t.is(await committedOffset(log, 'readers'), undefined);
  },
);

testInEveryPlace(
  'a newer producer of the same id fences the older one, and what it left open is aborted',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts');
    const zombie = log.producer({ transactionalId });
    zombie.beginTransaction();
    await zombie.send(texts, { value: 'left open' });
    const producer = log.producer({ transactionalId });
    await producer.initTransactions();
    await t.throwsAsync(zombie.commitTransaction(), {
      instanceOf: ProtocolError,
      message: /PRODUCER_FENCED.*make a new one/,
    });
    t.throws(() => zombie.beginTransaction(), { instanceOf: ProtocolError, message: /PRODUCER_FENCED/ });
    await t.throwsAsync(zombie.send(texts, { value: 'x' }), { instanceOf: ProtocolError });
    await t.throwsAsync(zombie.abortTransaction(), { instanceOf: ProtocolError });
    producer.beginTransaction();
    await producer.send(texts, { value: 'new' });
    await producer.commitTransaction();
    t.deepEqual(await committedValues(log), ['new']);
  },
);

testInEveryPlace('a record that cannot be written fails the transaction, not the producer', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1, { 'max.message.bytes': '1000' });
  const producer = log.producer({ transactionalId });
  const writer = await producer.writer(texts);
  producer.beginTransaction();
  writer.append(null, 'small', log.ports.clock.now());
  writer.append(null, 'x'.repeat(5000), log.ports.clock.now());
  const error = await t.throwsAsync(producer.commitTransaction(), { instanceOf: ProtocolError });
  t.is(error.kind, 'MESSAGE_TOO_LARGE');
  await producer.abortTransaction();
  producer.beginTransaction();
  writer.append(null, 'fits', log.ports.clock.now());
  await producer.commitTransaction();
  t.deepEqual(await committedValues(log), ['fits']);
});

testInEveryPlace('outside of a transaction nothing is written, and what is missing is said', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  const producer = log.producer({ transactionalId });
  const writer = await producer.writer(texts);
  const isMistake = { instanceOf: UsageError, message: /call beginTransaction\(\) first/ };
  t.throws(() => writer.append(null, 'x', 1), isMistake);
  await t.throwsAsync(producer.send(texts, { value: 'x' }), isMistake);
  await t.throwsAsync(producer.sendOffsets([{ topic: 'texts', partition: 0, offset: 1 }], 'readers'), isMistake);
  await t.throwsAsync(producer.commitTransaction(), isMistake);
  await t.throwsAsync(producer.abortTransaction(), isMistake);
  producer.beginTransaction();
  t.throws(() => producer.beginTransaction(), { instanceOf: UsageError, message: /commit or abort it first/ });
  await t.throwsAsync(producer.sendOffsets([{ topic: 'texts', partition: 0, offset: -1 }], 'readers'), {
    instanceOf: UsageError,
  });
  await producer.commitTransaction();
  t.throws(() => log.producer().beginTransaction(), { instanceOf: UsageError, message: /option transactionalId/ });
  t.throws(() => log.producer({ transactionalId, acks: 1 }), { instanceOf: UsageError, message: /acks 'all'/ });
  t.throws(() => log.producer({ transactionalId: '' }), { instanceOf: UsageError });
});

testInEveryPlace('a transaction in which nothing happened costs no request', async (t, place) => {
  const log = await place.open();
  const faulty = new FaultyPlace(log, () => undefined);
  const producer = new Producer(log.ports, faulty, { transactionalId });
  await producer.initTransactions();
  const asked = faulty.seen.get('InitProducerId'); // once, where the coordinator is up
  for (let n = 0; n < 3; n++) {
    producer.beginTransaction();
    await (n === 1 ? producer.abortTransaction() : producer.commitTransaction());
  }
  await producer.close();
  t.is(faulty.seen.get('EndTxn'), undefined);
  t.is(faulty.seen.get('InitProducerId'), asked);
});

testInEveryPlace('closing a producer aborts its open transaction', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  const producer = log.producer({ transactionalId });
  producer.beginTransaction();
  await producer.send(texts, { value: 'unfinished' });
  await producer.close();
  t.deepEqual(await committedValues(log), []); // nothing holds the last stable offset back
});

/** Copies with several transactions through the faults; every third one is aborted. */
async function copyThrough(
  log: Log,
  decide: (api: Api, count: number) => Fault | undefined,
  options: ProducerOptions = {},
) {
  await createTopic(log, 'texts', 3);
  const faulty = new FaultyPlace(log, (api, _, count) => decide(api, count));
  const producer = new Producer(log.ports, faulty, { transactionalId, batchSizeBytes: 300, ...options });
  const expected: string[][] = [[], [], []];
  for (let round = 0; round < 9; round++) {
    producer.beginTransaction();
    const isCommit = round % 3 !== 2;
    const sent = [];
    for (let n = 0; n < 60; n++) {
      const value = `${round}:${n} ${'.'.repeat(10)}`;
      sent.push(producer.send(texts, { value, partition: n % 3 }));
      if (isCommit) expected[n % 3]!.push(value);
    }
    const settled = Promise.allSettled(sent);
    await producer.sendOffsets([{ topic: 'texts', partition: 0, offset: round }], 'readers');
    await (isCommit ? producer.commitTransaction() : producer.abortTransaction());
    await settled;
  }
  await producer.close();
  return { faulty, expected: expected.flat() };
}

const apis = [produce, initProducerId, addPartitionsToTxn, addOffsetsToTxn, txnOffsetCommit, endTxn];

for (const epochs of ['an epoch for each transaction', 'one epoch for all transactions'] as const) {
  for (const kind of ['answer-lost', 'request-lost'] as const) {
    testInEveryPlace(
      `with ${epochs}, ${kind === 'answer-lost' ? 'answers' : 'requests'} that are lost change nothing`,
      async (t, place) => {
        const log = await place.open();
        const isOlder = epochs === 'one epoch for all transactions';
        const { faulty, expected } = await copyThrough(log, (api, count) => {
          if (api === apiVersions) return isOlder ? older : undefined;
          return apis.includes(api) && count % 3 === 1 ? { kind } : undefined;
        });
        t.true(faulty.struck[kind] > 10);
        t.deepEqual(await committedValues(log), expected);
        t.is(await committedOffset(log, 'readers'), 7);
        const wantsAdding = isOlder || place.scheme === 'kafka';
        if (isOlder) t.true((faulty.seen.get('AddPartitionsToTxn') ?? 0) > 0);
        else if (!wantsAdding) t.is(faulty.seen.get('AddPartitionsToTxn'), undefined);
      },
    );
  }
}

testInEveryPlace('partitions that are written together are added in one request', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 8);
  const faulty = new FaultyPlace(log, api => (api === apiVersions ? older : undefined));
  const producer = new Producer(log.ports, faulty, { transactionalId });
  await producer.writer(texts);
  producer.beginTransaction();
  await Promise.all(Array.from({ length: 8 }, (_, partition) => producer.send(texts, { value: 'x', partition })));
  await producer.send(texts, { value: 'y', partition: 3 });
  await producer.commitTransaction();
  await producer.close();
  t.is(faulty.seen.get('AddPartitionsToTxn'), 1);
});

testInEveryPlace('a commit that is not answered in time can be asked for again', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  let isDown = false;
  const faulty = new FaultyPlace(log, api => (api === endTxn && isDown ? { kind: 'answer-lost' } : undefined));
  const producer = new Producer(log.ports, faulty, { transactionalId, maxBlockMs: 2000 });
  producer.beginTransaction();
  await producer.send(texts, { value: 'in doubt' });
  isDown = true;
  await t.throwsAsync(producer.commitTransaction());
  t.throws(() => producer.beginTransaction(), { instanceOf: UsageError, message: /call it again/ });
  await t.throwsAsync(producer.abortTransaction(), { instanceOf: UsageError, message: /call it again/ });
  isDown = false;
  await producer.commitTransaction();
  producer.beginTransaction();
  await producer.send(texts, { value: 'next' });
  await producer.commitTransaction();
  await producer.close();
  t.deepEqual(await committedValues(log), ['in doubt', 'next']);
});

testInEveryPlace('an abort that fails can be asked for again, whatever it failed of', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  const { code } = kafkaErrors.INVALID_PRODUCER_ID_MAPPING;
  const forgotten = (answer: ResponseOf<typeof addPartitionsToTxn>) => ({
    ...answer,
    resultsByTopicV3AndBelow: answer.resultsByTopicV3AndBelow.map(topic => ({
      ...topic,
      resultsByPartition: topic.resultsByPartition.map(each => ({ ...each, partitionErrorCode: code })),
    })),
  });
  const faults = new Map<Api, Fault>([[apiVersions, older]]);
  const faulty = new FaultyPlace(log, api => faults.get(api));
  const producer = new Producer(log.ports, faulty, { transactionalId });
  await producer.initTransactions();

  // The coordinator has forgotten the id, and gives no new one at first.
  producer.beginTransaction();
  faults.set(addPartitionsToTxn, { kind: 'answer-changed', change: forgotten });
  await t.throwsAsync(producer.send(texts, { value: 'never' }), { message: /INVALID_PRODUCER_ID_MAPPING/ });
  faults.delete(addPartitionsToTxn);
  const refused = { errorCode: kafkaErrors.TRANSACTION_ABORTABLE.code };
  faults.set(initProducerId, { kind: 'answer', answer: initProducerId.response(refused) });
  await t.throwsAsync(producer.abortTransaction(), { message: /TRANSACTION_ABORTABLE/ });
  faults.delete(initProducerId);
  await producer.abortTransaction();

  // It forgets it while a transaction is open.
  producer.beginTransaction();
  await producer.send(texts, { value: 'nor this' });
  faults.set(endTxn, { kind: 'answer', answer: endTxn.response({ errorCode: code }) });
  await producer.abortTransaction();
  faults.delete(endTxn);

  // It wants an abort, and refuses it.
  producer.beginTransaction();
  await producer.send(texts, { value: 'nor that' });
  faults.set(endTxn, { kind: 'answer', answer: endTxn.response(refused) });
  await t.throwsAsync(producer.abortTransaction(), { message: /TRANSACTION_ABORTABLE/ });
  faults.delete(endTxn);
  await producer.abortTransaction();

  producer.beginTransaction();
  await producer.send(texts, { value: 'there' });
  await producer.commitTransaction();
  await producer.close();
  t.deepEqual(await committedValues(log), ['there']);
});

testInEveryPlace('a producer that cannot take over its id in time says so, and can try again', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts');
  let isDown = true;
  const faulty = new FaultyPlace(log, api => (api === initProducerId && isDown ? { kind: 'request-lost' } : undefined));
  const producer = new Producer(log.ports, faulty, { transactionalId, maxBlockMs: 300 });
  await t.throwsAsync(producer.initTransactions());
  producer.beginTransaction();
  await t.throwsAsync(producer.send(texts, { value: 'x' }));
  await producer.abortTransaction();
  isDown = false;
  producer.beginTransaction();
  await producer.send(texts, { value: 'later' });
  await producer.commitTransaction();
  await producer.close();
  t.deepEqual(await committedValues(log), ['later']);
});

testInEveryPlace(
  'an open transaction is listed and described, and so is who holds a partition back',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 2);
    const producer = log.producer({ transactionalId });
    producer.beginTransaction();
    const { offset } = await producer.send(texts, { value: 'x', partition: 1 });
    const admin = log.admin();
    const listed = (await admin.listTransactions()).find(each => each.transactionalId === transactionalId);
    t.is(listed?.state, 'Ongoing');
    const [described] = await admin.describeTransactions([transactionalId]);
    t.like(described, { transactionalId, state: 'Ongoing', producerId: listed!.producerId, timeoutMs: 60_000 });
    t.deepEqual(described!.partitions, [{ topic: 'texts', partition: 1 }]);
    t.true(described!.startTimeMs! > 0);
    const partitions = [0, 1].map(partition => ({ topic: 'texts', partition }));
    const [none, one] = await admin.describeProducers(partitions);
    t.deepEqual(none!.producers, []);
    t.like(one!.producers[0], { producerId: listed!.producerId, transactionStartOffset: offset });
    await producer.commitTransaction();
    await t.throwsAsync(admin.describeTransactions(['copyer']), {
      instanceOf: UsageError,
      message: /"copyer" does not exist \(did you mean "copier"\?\)/,
    });
  },
);
