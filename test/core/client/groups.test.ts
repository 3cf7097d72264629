import { ProtocolError, UsageError } from '../../../core/base/errors.js';
import { kafkaErrors } from '../../../core/base/kafka-errors.js';
import { Consumer } from '../../../core/client/consumer.js';
import { offsetCommit } from '../../../core/protocol/08-offset-commit.js';
import { joinGroup } from '../../../core/protocol/11-join-group.js';
import { heartbeat } from '../../../core/protocol/12-heartbeat.js';
import { leaveGroup } from '../../../core/protocol/13-leave-group.js';
import type { RequestOf } from '../../../core/protocol/api.js';
import { testInEveryPlace } from '../places.js';
import { FaultyPlace } from './faulty-place.js';
import { base, fill, Member } from './group-member.js';
import { createTopic } from './reading.js';

testInEveryPlace('members share the partitions, and share anew when one joins or leaves', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 4);
  const first = new Member(log);
  await first.until(() => first.has === '0,1,2,3');
  const second = new Member(log);
  await second.until(() => second.has.length === 3 && first.has.length === 3);
  t.is([first.has, second.has].sort().join(' '), '0,1 2,3');
  await fill(log, 0, 100);
  await first.until(() => first.values.length + second.values.length === 100);
  t.is(new Set([...first.values, ...second.values]).size, 100);
  t.true(first.values.length > 0 && second.values.length > 0);
  await second.close();
  await first.until(() => first.has === '0,1,2,3');
  t.deepEqual(first.events.slice(0, 3), [
    'assigned 0,1,2,3',
    'revoked 0,1,2,3',
    `assigned ${first.events[2]!.slice(9)}`,
  ]);
  await first.close();
  t.is(first.events.at(-1), 'revoked 0,1,2,3');
});

testInEveryPlace(
  'members on an embedded log learn of a rebalance at once, however rare their heartbeats are',
  async (t, place) => {
    t.timeout(120_000);
    const log = await place.open();
    await createTopic(log, 'texts', 2);
    const rarely = { heartbeatIntervalMs: 500_000, sessionTimeoutMs: 1_600_000, maxPollIntervalMs: 1_600_000 };
    const first = new Member(log, rarely);
    await first.until(() => first.has === '0,1');
    const second = new Member(log, rarely);
    await second.until(() => first.has.length === 1 && second.has.length === 1);
    await second.close();
    await first.until(() => first.has === '0,1');
    await first.close();
    t.is(first.events.filter(event => event.startsWith('lost')).length, 0);
  },
  { needs: 'an embedded broker' },
);

testInEveryPlace('three members, two topics, more members than partitions of one', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 3);
  await createTopic(log, 'few', 2);
  const members = [1, 2, 3].map(() => new Member(log, { topics: ['texts', 'few'] }));
  const counts = () => members.map(member => member.consumer.assignment().length);
  await members[0]!.until(
    () =>
      counts()
        .sort((a, b) => a - b)
        .join() === '1,2,2',
  );
  const all = members.flatMap(member => member.consumer.assignment().map(it => `${it.topic}${it.partition}`));
  t.deepEqual(all.sort(), ['few0', 'few1', 'texts0', 'texts1', 'texts2']);
  for (const member of members) await member.close();
});

testInEveryPlace('a restart goes on behind what was committed, in another process of the log too', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, 0, 10);
  const consumer = log.consumer({ ...base, pollRecordsMax: 4 });
  let seen = 0;
  while (seen < 4) seen += (await consumer.poll({ waitMs: 1_000 })).length;
  await consumer.commit();
  while (seen < 8) seen += (await consumer.poll({ waitMs: 1_000 })).length;
  t.deepEqual(await consumer.committed([{ topic: 'texts', partition: 0 }]), [
    { topic: 'texts', partition: 0, offset: 4, leaderEpoch: 0, metadata: '' },
  ]);
  await consumer.close();
  await log.close();
  const again = await place.open();
  const next = again.consumer(base);
  const [record] = await pollSome(next);
  t.is(record!.value, 'v4');
  await next.close();
});

async function pollSome(consumer: Consumer) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const records = await consumer.poll({ waitMs: 200 });
    if (records.length > 0) return records;
  }
  throw new Error('no records');
}

testInEveryPlace('offsets can be committed by hand, with metadata, without being a member', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 2);
  await using consumer = log.consumer({ groupId: 'manual' });
  const partitions = [
    { topic: 'texts', partition: 0 },
    { topic: 'texts', partition: 1 },
  ];
  consumer.assign(partitions);
  await consumer.commit([{ topic: 'texts', partition: 1, offset: 7, metadata: 'stream time 12' }]);
  t.deepEqual(await consumer.committed(partitions), [
    undefined,
    { topic: 'texts', partition: 1, offset: 7, leaderEpoch: -1, metadata: 'stream time 12' },
  ]);
  const tooLong = [{ topic: 'texts', partition: 1, offset: 8, metadata: 'x'.repeat(5_000) }];
  const error = await t.throwsAsync(consumer.commit(tooLong), { instanceOf: ProtocolError });
  t.is(error.kind, 'OFFSET_METADATA_TOO_LARGE');
});

testInEveryPlace('a loop commits what it has dealt with, not the record at hand', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, 0, 10);
  const consumer = log.consumer(base);
  for await (const { value } of consumer) if (value === 'v5') break;
  t.like((await consumer.committed([{ topic: 'texts', partition: 0 }]))[0], { offset: 5 });
  await consumer.close();
  const next = log.consumer(base);
  for await (const { value } of next) {
    t.is(value, 'v5');
    break;
  }
  await next.close();
});

testInEveryPlace('a loop commits now and then, and when the consumer is closed', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, 0, 10);
  const consumer = log.consumer({ ...base, autoCommitIntervalMs: 20 });
  const partition = { topic: 'texts', partition: 0 };
  const loop = (async () => {
    for await (const { value } of consumer) {
      if (value !== 'v5') continue;
      await log.ports.clock.sleep(60);
    }
  })();
  await using watcher = log.consumer({ groupId: base.groupId });
  const committed = async () => (await watcher.committed([partition]))[0]?.offset ?? 0;
  for (let waited = 0; waited < 1_000 && (await committed()) < 5; waited++) await log.ports.clock.sleep(5);
  t.true((await committed()) >= 5);
  for (let waited = 0; waited < 1_000 && (await consumer.position(partition)) < 10; waited++) {
    await log.ports.clock.sleep(5);
  }
  await consumer.close();
  await loop;
  t.is(await committed(), 10);
});

testInEveryPlace('without autoCommit a loop commits nothing by itself', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, 0, 3);
  const consumer = log.consumer({ ...base, autoCommit: false });
  const partition = { topic: 'texts', partition: 0 };
  for await (const { offset } of consumer) {
    if (offset === 1) await consumer.commit();
    if (offset === 2) break;
  }
  t.like((await consumer.committed([partition]))[0], { offset: 2 });
  await consumer.close();
});

testInEveryPlace('records are processed at least once while members come and go', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 4);
  const seen = new Set<string>();
  const run = (consumer: Consumer) =>
    (async () => {
      for await (const { value } of consumer) seen.add(value!);
    })();
  const first = log.consumer({ ...base, pollRecordsMax: 3 });
  const loops = [run(first)];
  const others: Consumer[] = [];
  for (let round = 0; round < 4; round++) {
    await fill(log, round * 50, round * 50 + 50);
    const other = log.consumer({ ...base, pollRecordsMax: 3 });
    others.push(other);
    loops.push(run(other));
    await log.ports.clock.sleep(30);
    if (round % 2 === 1) await others.shift()!.close();
  }
  for (let waited = 0; waited < 3_000 && seen.size < 200; waited++) await log.ports.clock.sleep(5);
  t.is(seen.size, 200);
  for (const consumer of [first, ...others]) await consumer.close();
  await Promise.all(loops);
  // Everything was processed and every loop waited for more when it was closed: so everything is committed.
  await using admin = log.admin();
  const [group] = await admin.describeGroups([base.groupId]);
  t.is(
    group!.offsets.reduce((sum, { lag }) => sum + lag, 0),
    0,
  );
});

testInEveryPlace('a member that went away without a word is expelled after its session', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 2);
  // Its heartbeats never arrive, and it does not poll.
  const silent = new FaultyPlace(log, api => (api === heartbeat ? { kind: 'request-lost' } : undefined));
  const gone = new Consumer(log.ports, silent, { ...base, sessionTimeoutMs: 300 });
  while (gone.assignment().length < 2) await gone.poll({ waitMs: 20 });
  // Each lost heartbeat takes look-ups on its connection with it: where it stands may not be known yet.
  for (const each of gone.assignment()) gone.seek(each, 0);
  const member = new Member(log);
  await member.until(() => member.has === '0,1');
  t.true(silent.struck['request-lost'] > 0);
  await t.throwsAsync(gone.commit(), { instanceOf: ProtocolError, message: /has rebalanced meanwhile/ });
  await member.close();
  await gone.close();
});

testInEveryPlace(
  'a member that had to try again and again joins under an id that is kept but for a moment',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    const unknown = joinGroup.response({ errorCode: kafkaErrors.UNKNOWN_MEMBER_ID.code });
    let refused = 0;
    // The pauses between its tries have become longer than the session, for which the coordinator keeps the id.
    const faulty = new FaultyPlace(log, (api, request: RequestOf<typeof joinGroup>) =>
      api === joinGroup && request.memberId !== '' && refused++ < 5 ? { kind: 'answer', answer: unknown } : undefined,
    );
    const consumer = new Consumer(log.ports, faulty, { ...base, sessionTimeoutMs: 300 });
    for (let polls = 0; polls < 1_000 && consumer.assignment().length === 0; polls++)
      await consumer.poll({ waitMs: 20 });
    t.is(consumer.assignment().length, 1);
    t.is(faulty.struck.answer, 5);
    await consumer.close();
  },
);

testInEveryPlace('who is out of the group commits nothing, though the group has nobody else', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, 0, 10);
  const consumer = log.consumer({ ...base, pollRecordsMax: 4 });
  const early = [{ topic: 'texts', partition: 0, offset: 3 }];
  await t.throwsAsync(consumer.commit(early), { message: /^UNKNOWN_MEMBER_ID: .*out of the group "readers"/ });
  t.is((await pollSome(consumer)).length, 4);
  const { memberId, groupId } = consumer.groupMetadata();
  await using admin = log.admin();
  const request = leaveGroup.request({ groupId, members: [{ memberId, groupInstanceId: null }] });
  // Its coordinator is one of them.
  for (const { nodeId } of (await admin.describeCluster()).brokers)
    await (await log.connect(nodeId)).send(leaveGroup, request);
  while (consumer.groupMetadata().generationId >= 0) await log.ports.clock.sleep(10);
  await t.throwsAsync(consumer.commit(), { message: /^UNKNOWN_MEMBER_ID: .*poll again/ });
  t.deepEqual(await consumer.committed(early), [undefined]);
  t.is((await pollSome(consumer))[0]!.value, 'v0');
  await consumer.commit();
  await consumer.close();
});

testInEveryPlace('a member that stops polling leaves, and joins again when it polls', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 2);
  const slow = new Member(log, { maxPollIntervalMs: 400 });
  await slow.until(() => slow.has === '0,1');
  await slow.stop();
  const other = new Member(log);
  await other.until(() => other.has === '0,1');
  await slow.consumer.poll({ waitMs: 1 });
  t.is(slow.events.at(-1), 'lost 0,1');
  for (let waited = 0; waited < 500 && slow.consumer.assignment().length !== 1; waited++) {
    await slow.consumer.poll({ waitMs: 10 });
  }
  t.is(slow.consumer.assignment().length, 1);
  await other.close();
  await slow.consumer.close();
});

testInEveryPlace('a static member that comes back has its partitions without a rebalance', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 4);
  const staying = new Member(log, { groupInstanceId: 'a' });
  const restarted = new Member(log, { groupInstanceId: 'b' });
  await staying.until(() => staying.has === '0,1' && restarted.has === '2,3');
  const { length } = staying.events;
  await restarted.close();
  await log.ports.clock.sleep(60);
  const back = new Member(log, { groupInstanceId: 'b' });
  await back.until(() => back.has === '2,3');
  t.is(staying.events.length, length, staying.events.join('; '));
  await back.close();
  await staying.close();
});

testInEveryPlace('of two members with one instance id the older one is fenced', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const older = log.consumer({ ...base, groupInstanceId: 'a' });
  while (older.assignment().length === 0) await older.poll({ waitMs: 20 });
  const newer = new Member(log, { groupInstanceId: 'a' });
  await newer.until(() => newer.has === '0');
  const error = await t.throwsAsync(
    (async () => {
      for (;;) await older.poll({ waitMs: 20 });
    })(),
    { instanceOf: ProtocolError },
  );
  t.is(error.kind, 'FENCED_INSTANCE_ID');
  await newer.close();
  await older.close();
});

testInEveryPlace('answers lost on the way to and from the coordinator are made good', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 2);
  await fill(log, 0, 20);
  const groupApis = new Set(['JoinGroup', 'SyncGroup', 'OffsetFetch', 'OffsetCommit', 'FindCoordinator']);
  const faulty = new FaultyPlace(log, (api, _, count) =>
    groupApis.has(api.name) && count % 2 === 1 ? { kind: count % 4 === 1 ? 'request-lost' : 'answer-lost' } : undefined,
  );
  // A member id that was handed out in a lost answer holds up the group for so long; on a busy machine a member must keep to it.
  const consumer = new Consumer(log.ports, faulty, { ...base, sessionTimeoutMs: 6_000 });
  let seen = 0;
  while (seen < 20) seen += (await consumer.poll({ waitMs: 100 })).length;
  await consumer.commit();
  await consumer.commit();
  t.is(faulty.seen.get(offsetCommit.name), 4);
  t.true(faulty.struck['request-lost'] > 2 && faulty.struck['answer-lost'] > 0);
  await consumer.close();
});

testInEveryPlace('partitions that were added are read by members that knew of fewer', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 4);
  const early = [1, 2, 3, 4].map(() => new Member(log));
  await early[0]!.until(() => early.every(member => member.has.length === 1));
  const byHand = log.consumer();
  byHand.assign([{ topic: 'texts', partition: 0 }]);
  await byHand.poll();
  const admin = log.admin();
  await admin.createPartitions('texts', 10);
  const added = { topic: 'texts', partition: 9 };
  t.is((await byHand.endOffsets([added]))[0]!.offset, 0);
  byHand.assign([added]);
  await byHand.poll();
  await t.throwsAsync(byHand.endOffsets([{ topic: 'texts', partition: 10 }]), {
    instanceOf: UsageError,
    message: /has partitions 0 to 9, not 10/,
  });
  // Who leads the group counts the partitions anew for whoever joins; the others were told of four.
  const late = new Member(log);
  const all = [...early, late];
  await late.until(() => all.every(member => member.consumer.assignment().length === 2));
  await fill(log, 0, 100);
  await late.until(() => all.reduce((sum, member) => sum + member.values.length, 0) === 100);
  for (const member of all) await member.close();
  await byHand.close();
});

testInEveryPlace('a lookup that gets no answer does not hold up the end of a consumer', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const faulty = new FaultyPlace(log, api => (api.name === 'OffsetFetch' ? { kind: 'answer-lost' } : undefined));
  const consumer = new Consumer(log.ports, faulty, base);
  const polling = consumer.poll({ waitMs: 60_000 });
  while (faulty.struck['answer-lost'] < 3) await log.ports.clock.sleep(5);
  const isLate = log.ports.clock.sleep(40_000).then(() => 'late');
  t.is(await Promise.race([consumer.close().then(() => 'closed'), isLate]), 'closed');
  t.deepEqual(await polling, []);
});

testInEveryPlace('a listener may commit for the partitions that it loses', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, 0, 6);
  const { topics, ...options } = base;
  const consumer = log.consumer({ ...options, pollRecordsMax: 6 });
  consumer.subscribe(topics, { onRevoked: () => consumer.commit() });
  await pollSome(consumer);
  await consumer.close();
  await using watcher = log.consumer({ groupId: base.groupId });
  t.like((await watcher.committed([{ topic: 'texts', partition: 0 }]))[0], { offset: 6 });
});

testInEveryPlace(
  'a subscription to a topic that does not exist is told, not waited for',
  async (t, place) => {
    const log = await place.open({ broker: { autoCreateTopics: false } });
    await createTopic(log, 'texts', 1);
    await using consumer = log.consumer({ ...base, topics: ['text'] });
    await t.throwsAsync(
      (async () => {
        for (let n = 0; n < 100; n++) await consumer.poll({ waitMs: 20 });
      })(),
      { instanceOf: UsageError, message: /did you mean "texts"/ },
    );
  },
  { needs: 'an embedded broker' },
);
