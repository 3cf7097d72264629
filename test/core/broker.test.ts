// Produce, fetch and offsets at the level of requests, in every place.

import test from 'ava';
import { kafkaErrorName, kafkaErrors } from '../../core/base/kafka-errors.js';
import { handlerByKey } from '../../core/broker/handler-table.js';
import { servedVersions } from '../../core/broker/served-apis.js';
import { produce } from '../../core/protocol/00-produce.js';
import { fetch } from '../../core/protocol/01-fetch.js';
import { findCoordinator } from '../../core/protocol/10-find-coordinator.js';
import { apiVersions } from '../../core/protocol/18-api-versions.js';
import { deleteRecords } from '../../core/protocol/21-delete-records.js';
import { initProducerId } from '../../core/protocol/22-init-producer-id.js';
import { offsetForLeaderEpoch } from '../../core/protocol/23-offset-for-leader-epoch.js';
import { consumerGroupHeartbeat } from '../../core/protocol/68-consumer-group-heartbeat.js';
import { testInEveryEmbeddedPlace } from './places.js';
import { batchOf, Requests, textsOf } from './requests.js';

const name = (code: number | undefined) => (code === 0 ? 'none' : kafkaErrorName(code ?? 0));

testInEveryEmbeddedPlace('what was produced is fetched, with offsets in one row over all batches', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights', 2);
  t.is(await requests.produce('flights', 0, ['a', 'b']), 0);
  t.is(await requests.produce('flights', 0, ['c']), 2);
  t.is(await requests.produce('flights', 1, ['x']), 0);
  t.deepEqual(await requests.fetchTexts('flights', 0), ['a', 'b', 'c']);
  t.deepEqual(await requests.fetchTexts('flights', 1), ['x']);
  t.deepEqual(await requests.fetchTexts('flights', 0, 1), ['b', 'c'], 'an offset inside a batch gets the whole batch');
  const { highWatermark, logStartOffset } = await requests.fetchPartition('flights', 0, 3);
  t.deepEqual([highWatermark, logStartOffset], [3, 0]);
});

testInEveryEmbeddedPlace('acks 0 is answered with nothing, and the record is there', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  t.is(await requests.produceBatch('flights', 0, batchOf(['a']), 0), undefined);
  t.deepEqual(await requests.fetchTexts('flights', 0, 0, { maxWaitMs: 5000 }), ['a']);
});

testInEveryEmbeddedPlace('a fetch waits for records and is woken by them', async (t, place) => {
  const log = await place.open();
  const [reader, writer] = [await Requests.on(log), await Requests.on(log)];
  await writer.createTopic('flights');
  const waiting = reader.fetchTexts('flights', 0, 0, { maxWaitMs: 30_000 });
  await writer.produce('flights', 0, ['late']);
  t.deepEqual(await waiting, ['late']);
});

testInEveryEmbeddedPlace('a fetch waits for as many bytes as it asks for, or for its time', async (t, place) => {
  const log = await place.open();
  const [reader, writer] = [await Requests.on(log), await Requests.on(log)];
  await writer.createTopic('flights');
  const sizeBytes = batchOf(['a']).length;
  const enough = reader.fetchTexts('flights', 0, 0, { maxWaitMs: 30_000, minBytes: 2 * sizeBytes });
  let isDone = false;
  void enough.then(() => (isDone = true));
  await writer.produce('flights', 0, ['a']);
  await log.ports.clock.sleep(20);
  t.false(isDone, 'one batch is too little');
  await writer.produce('flights', 0, ['b']);
  t.deepEqual(await enough, ['a', 'b']);
  const startMs = log.ports.clock.monotonic();
  t.deepEqual(await reader.fetchTexts('flights', 0, 1, { maxWaitMs: 50, minBytes: 1 << 20 }), ['b']);
  t.true(log.ports.clock.monotonic() - startMs >= 45);
});

testInEveryEmbeddedPlace('limits hold, but for the first batch of an answer', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights', 2);
  const sizeBytes = batchOf(['a']).length;
  for (const text of ['a', 'b', 'c']) await requests.produce('flights', 0, [text]);
  await requests.produce('flights', 1, ['x']);
  t.deepEqual(await requests.fetchTexts('flights', 0, 0, { partitionMaxBytes: 1 }), ['a']);
  t.deepEqual(await requests.fetchTexts('flights', 0, 0, { maxBytes: 2 * sizeBytes + 1 }), ['a', 'b']);
  t.deepEqual(await requests.fetchTexts('flights', 0, 1, { partitionMaxBytes: 2 * sizeBytes }), ['b', 'c']);
  const topicId = await requests.topicId('flights');
  const both = [0, 1].map(partition => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }));
  const topics = [{ topic: 'flights', topicId, partitions: both }];
  const { responses } = await requests.send(fetch, { maxWaitMs: 0, minBytes: 1, maxBytes: 3 * sizeBytes, topics });
  t.deepEqual(
    responses[0]!.partitions.map(each => textsOf(each.records)),
    [['a', 'b', 'c'], []],
    'the second partition is left for the next fetch',
  );
});

testInEveryEmbeddedPlace('a fetch that nobody waits for any more is dropped', async (t, place) => {
  const log = await place.open();
  const requests = await Requests.on(log);
  await requests.createTopic('flights');
  const giveUp = new AbortController();
  const waiting = requests.fetchPartition('flights', 0, 0, { maxWaitMs: 60_000, signal: giveUp.signal });
  await log.ports.clock.sleep(10);
  giveUp.abort(new Error('enough'));
  await t.throwsAsync(waiting, { message: 'enough' });
  t.is(await requests.produce('flights', 0, ['a']), 0, 'the lane is free again');
});

testInEveryEmbeddedPlace('closing a connection rejects what waits on it', async (t, place) => {
  const log = await place.open();
  const requests = await Requests.on(log);
  await requests.createTopic('flights');
  const waiting = requests.fetchPartition('flights', 0, 0, { maxWaitMs: 60_000 });
  await log.ports.clock.sleep(10);
  await requests.connection.close();
  await t.throwsAsync(waiting, { name: 'WorldFault' });
  await t.throwsAsync(requests.produce('flights', 0, ['a']), { name: 'WorldFault' });
});

testInEveryEmbeddedPlace('requests that cannot be granted are refused with their own code', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  const code = async (partition: number, batch: Uint8Array, acks = -1) =>
    name((await requests.produceBatch('flights', partition, batch, acks))?.errorCode);
  t.is(await code(1, batchOf(['a'])), 'UNKNOWN_TOPIC_OR_PARTITION');
  t.is(await code(0, batchOf(['a']), 2), 'INVALID_REQUIRED_ACKS');
  const flipped = batchOf(['a']);
  flipped[flipped.length - 1]! ^= 1;
  t.is(await code(0, flipped), 'CORRUPT_MESSAGE');
  t.is(name((await requests.fetchPartition('flights', 0, 1)).errorCode), 'OFFSET_OUT_OF_RANGE');
  const internal = await requests.produceBatch('__consumer_offsets', 0, batchOf(['a']));
  t.not(internal!.errorCode, 0);
  t.is(await requests.produce('flights', 0, ['fine']), 0, 'nothing refused has left a trace');
});

testInEveryEmbeddedPlace('a batch larger than max.message.bytes is refused', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('small', 1, { 'max.message.bytes': '200' });
  const answer = await requests.produceBatch('small', 0, batchOf(['x'.repeat(300)]));
  t.is(name(answer!.errorCode), 'MESSAGE_TOO_LARGE');
});

testInEveryEmbeddedPlace('a compacted topic refuses records without a key, and names the first', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('table', 1, { 'cleanup.policy': 'compact' });
  t.is(await requests.produce('table', 0, ['keyed']), 0);
  const answer = await requests.produceBatch('table', 0, batchOf(['keyless'], { key: null }));
  t.is(name(answer!.errorCode), 'INVALID_RECORD');
  t.is(answer!.recordErrors[0]!.batchIndex, 0);
  t.deepEqual(await requests.fetchTexts('table'), ['keyed']);
});

testInEveryEmbeddedPlace('an idempotent producer that repeats itself writes once', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  const { producerId, producerEpoch } = await requests.send(initProducerId, { transactionalId: null });
  const batch = (text: string, baseSequence: number) => batchOf([text], { producerId, producerEpoch, baseSequence });
  t.is((await requests.produceBatch('flights', 0, batch('a', 0)))!.baseOffset, 0);
  t.is((await requests.produceBatch('flights', 0, batch('b', 1)))!.baseOffset, 1);
  t.is((await requests.produceBatch('flights', 0, batch('a', 0)))!.baseOffset, 0, 'the offset of the first time');
  t.is(name((await requests.produceBatch('flights', 0, batch('d', 7)))!.errorCode), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  t.deepEqual(await requests.fetchTexts('flights'), ['a', 'b']);
  const next = await requests.send(initProducerId, { transactionalId: null });
  t.not(next.producerId, producerId);
});

testInEveryEmbeddedPlace('offsets are found by time, at both ends, and at the highest timestamp', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  t.deepEqual(await Promise.all([-1, -2, -3, 0].map(at => requests.offsetAt('flights', at))), [0, 0, -1, -1]);
  for (const timestamp of [1000, 3000, 2000]) await requests.produce('flights', 0, ['x'], { timestamp });
  t.is(await requests.offsetAt('flights', -1), 3);
  t.is(await requests.offsetAt('flights', -2), 0);
  t.is(await requests.offsetAt('flights', -3), 1);
  t.is(await requests.offsetAt('flights', 1500), 1);
  t.is(await requests.offsetAt('flights', 3001), -1);
});

testInEveryEmbeddedPlace(
  'deleted records are gone for readers, and only what is visible can be deleted',
  async (t, place) => {
    const requests = await Requests.on(await place.open());
    await requests.createTopic('flights');
    for (const text of ['a', 'b', 'c']) await requests.produce('flights', 0, [text]);
    const before = async (offset: number) => {
      const { topics } = await requests.send(deleteRecords, {
        topics: [{ name: 'flights', partitions: [{ partitionIndex: 0, offset }] }],
      });
      const { lowWatermark, errorCode } = topics[0]!.partitions[0]!;
      return [lowWatermark, name(errorCode)];
    };
    t.deepEqual(await before(2), [2, 'none']);
    t.deepEqual(await before(9), [-1, 'OFFSET_OUT_OF_RANGE']);
    t.is(name((await requests.fetchPartition('flights', 0, 0)).errorCode), 'OFFSET_OUT_OF_RANGE');
    t.deepEqual(await requests.fetchTexts('flights', 0, 2), ['c']);
    t.is(await requests.offsetAt('flights', -2), 2);
    t.deepEqual(await before(-1), [3, 'none']);
  },
);

testInEveryEmbeddedPlace('the end of a leader epoch is told, and other epochs are refused', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  await requests.produce('flights', 0, ['a', 'b']);
  const partitions = [
    { partition: 0, currentLeaderEpoch: 0, leaderEpoch: 0 },
    { partition: 0, currentLeaderEpoch: 7, leaderEpoch: 0 },
  ];
  const { topics } = await requests.send(offsetForLeaderEpoch, { topics: [{ topic: 'flights', partitions }] });
  const [known, unknown] = topics[0]!.partitions;
  t.deepEqual([known!.endOffset, known!.leaderEpoch, known!.errorCode], [2, 0, 0]);
  t.is(name(unknown!.errorCode), 'UNKNOWN_LEADER_EPOCH');
});

testInEveryEmbeddedPlace('requests on one connection are answered in their order', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  const order: string[] = [];
  const topicId = await requests.topicId('flights');
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
  const topics = [{ topic: 'flights', topicId, partitions }];
  const long = requests.send(fetch, { maxWaitMs: 40, minBytes: 1, topics }).then(() => order.push('long poll'));
  const short = requests.send(apiVersions, named).then(() => order.push('api versions'));
  await Promise.all([long, short]);
  t.deepEqual(order, ['long poll', 'api versions']);
});

const named = { clientSoftwareName: 'test', clientSoftwareVersion: '1' };

test('what the broker says that it serves has a handler, and nothing else has', t => {
  const byNumber = (a: number, b: number) => a - b;
  t.deepEqual([...servedVersions.keys()].sort(byNumber), [...handlerByKey.keys()].sort(byNumber));
});

testInEveryEmbeddedPlace('an API that the broker does not serve is refused', async (t, place) => {
  const requests = await Requests.on(await place.open());
  const error = await t.throwsAsync(requests.send(consumerGroupHeartbeat, {}), { name: 'ProtocolError' });
  t.is(error?.message, 'UNSUPPORTED_VERSION: the broker does not serve ConsumerGroupHeartbeat');
});

testInEveryEmbeddedPlace('a request goes in no newer version than asked for', async (t, place) => {
  const requests = await Requests.on(await place.open());
  const old = await requests.send(findCoordinator, { key: 'g' }, { versionMax: 3 });
  t.deepEqual([old.port > 0, old.coordinators.length], [true, 0], 'version 3 asks for one group');
  const recent = await requests.send(findCoordinator, { coordinatorKeys: ['g'] });
  t.deepEqual([recent.port, recent.coordinators.map(each => each.key)], [0, ['g']]);
});

testInEveryEmbeddedPlace('the broker says what it speaks', async (t, place) => {
  const requests = await Requests.on(await place.open());
  const { apiKeys, errorCode } = await requests.send(apiVersions, named);
  t.is(errorCode, 0);
  const range = (key: number) => apiKeys.find(each => each.apiKey === key);
  t.like(range(produce.key), { minVersion: 0, maxVersion: 12 });
  t.is(range(4), undefined);
  const refused = await requests.send(apiVersions, { ...named, clientSoftwareName: '-' });
  t.is(refused.errorCode, kafkaErrors.INVALID_REQUEST.code);
});

testInEveryEmbeddedPlace(
  'a full load of calls leaves the event loop its turns',
  async (t, place) => {
    const log = await place.open({ flush: 'os' });
    const requests = await Requests.on(log);
    await requests.createTopic('flights');
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 5);
    // Starved, they would not come at all; how many come in a while is the machine's.
    const endMs = log.ports.clock.monotonic() + 10_000;
    let calls = 0;
    for (; ticks < 20 && log.ports.clock.monotonic() < endMs; calls++) await requests.fetchPartition('flights', 0, 0);
    clearInterval(ticking);
    t.true(ticks >= 20 && calls >= 20, `${ticks} ticks of 5 ms in ${calls} calls`);
  },
  { serial: true },
);
