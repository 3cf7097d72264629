import { ProtocolError, UsageError } from '../../../core/base/errors.js';
import { testInEveryPlace } from '../places.js';
import { createTopic, valuesOf } from './reading.js';

testInEveryPlace('topics are created, listed, described and deleted', async (t, place) => {
  const log = await place.open();
  await using admin = log.admin();
  await admin.createTopics([{ name: 'b', partitions: 3, configs: { 'retention.ms': '1000' } }, { name: 'a' }]);
  t.deepEqual(
    (await admin.listTopics()).map(({ name, partitionCount }) => [name, partitionCount]),
    [
      ['a', 1],
      ['b', 3],
    ],
  );
  const [b, a] = await admin.describeTopics(['b', 'a']);
  t.is(a!.name, 'a');
  t.is(b!.partitions.length, 3);
  t.true(b!.partitions.every(({ leader, replicas }) => replicas.includes(leader)));
  const { name } = (await admin.describeConfigs('b')).find(config => config.name === 'retention.ms')!;
  t.is(name, 'retention.ms');
  await admin.deleteTopics(['b']);
  t.deepEqual(
    (await admin.listTopics()).map(topic => topic.name),
    ['a'],
  );
  await t.throwsAsync(admin.deleteTopics(['aa']), { instanceOf: UsageError, message: /did you mean "a"/ });
  await t.throwsAsync(admin.describeTopics(['b']), { instanceOf: UsageError });
});

testInEveryPlace('what cannot be created is told with the reason', async (t, place) => {
  const log = await place.open();
  await using admin = log.admin();
  await admin.createTopics([{ name: 'a' }]);
  const exists = await t.throwsAsync(admin.createTopics([{ name: 'a' }]), { instanceOf: ProtocolError });
  t.is(exists.kind, 'TOPIC_ALREADY_EXISTS');
  await admin.createTopics([{ name: 'a' }, { name: 'c' }], { ifNotExists: true });
  t.is((await admin.listTopics()).length, 2);
  await t.throwsAsync(admin.createTopics([{ name: 'no/slash' }]), { instanceOf: ProtocolError });
  const partitions = await t.throwsAsync(admin.createTopics([{ name: 'd', partitions: 0 }]), {
    instanceOf: ProtocolError,
  });
  t.is(partitions.kind, 'INVALID_PARTITIONS');
  const configs = { 'retention.mss': '1' };
  await t.throwsAsync(admin.createTopics([{ name: 'e', configs }]), { message: /retention\.ms/ });
});

testInEveryPlace('configs are changed one by one, and taken back to their default', async (t, place) => {
  const log = await place.open();
  await using admin = log.admin();
  await admin.createTopics([{ name: 'a', configs: { 'delete.retention.ms': '1000' } }]);
  const config = async (wanted: string) => (await admin.describeConfigs('a')).find(({ name }) => name === wanted)!;
  t.like(await config('delete.retention.ms'), { value: '1000', isDefault: false });
  await admin.alterConfigs('a', { 'segment.bytes': '2000000' });
  t.like(await config('segment.bytes'), { value: '2000000', isDefault: false });
  t.like(await config('delete.retention.ms'), { value: '1000' });
  await admin.alterConfigs('a', { 'delete.retention.ms': null });
  t.like(await config('delete.retention.ms'), { isDefault: true });
  await t.throwsAsync(admin.alterConfigs('a', { 'segment.bytes': 'large' }), { instanceOf: ProtocolError });
});

testInEveryPlace('partitions are added, and a running group gets them', async (t, place) => {
  const log = await place.open();
  await using admin = log.admin();
  await admin.createTopics([{ name: 'a', partitions: 1 }]);
  await admin.createPartitions('a', 3);
  t.is((await admin.describeTopics(['a']))[0]!.partitions.length, 3);
  const fewer = await t.throwsAsync(admin.createPartitions('a', 2), { instanceOf: ProtocolError });
  t.is(fewer.kind, 'INVALID_PARTITIONS');
});

testInEveryPlace('records are deleted from the start, and offsets found', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'a', 1);
  const producer = log.producer();
  for (let n = 0; n < 5; n++) await producer.send('a', { value: `${n}`, timestamp: 1_000 + n });
  await producer.close();
  await using admin = log.admin();
  const partition = { topic: 'a', partition: 0 };
  t.deepEqual(await admin.deleteRecords([{ ...partition, offset: 3 }]), [{ ...partition, offset: 3 }]);
  t.like((await admin.listOffsets([partition], 'start'))[0], { offset: 3 });
  t.like((await admin.listOffsets([partition], 'end'))[0], { offset: 5 });
  t.like((await admin.listOffsets([partition], 1_004))[0], { offset: 4, timestamp: 1_004 });
  t.deepEqual(await admin.listOffsets([partition], 5_000), [undefined]);
  t.deepEqual(await valuesOf(log, 'a'), ['3', '4']);
  const beyond = await t.throwsAsync(admin.deleteRecords([{ ...partition, offset: 9 }]), { instanceOf: ProtocolError });
  t.is(beyond.kind, 'OFFSET_OUT_OF_RANGE');
});

testInEveryPlace('a group is described with its members and its lag', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'a', 2);
  const producer = log.producer();
  for (let n = 0; n < 10; n++) await producer.send('a', { value: `${n}`, partition: n % 2 });
  await producer.close();
  const consumer = log.consumer({ groupId: 'readers', topics: ['a'], autoOffsetReset: 'earliest', clientId: 'me' });
  let seen = 0;
  while (seen < 10) seen += (await consumer.poll({ waitMs: 100 })).length;
  await consumer.commit([{ topic: 'a', partition: 0, offset: 2, metadata: 'note' }]);
  await using admin = log.admin();
  t.deepEqual(
    (await admin.listGroups()).map(({ groupId, state }) => [groupId, state]),
    [['readers', 'Stable']],
  );
  const [group] = await admin.describeGroups(['readers']);
  t.like(group, { groupId: 'readers', state: 'Stable', protocolType: 'consumer', protocol: 'range' });
  const { memberId } = group!.members[0]!;
  t.is(group!.members[0]!.clientId, 'me');
  t.is(group!.members[0]!.partitions.length, 2);
  t.deepEqual(group!.offsets, [
    { topic: 'a', partition: 0, committedOffset: 2, metadata: 'note', endOffset: 5, lag: 3, memberId },
    { topic: 'a', partition: 1, committedOffset: -1, metadata: '', endOffset: 5, lag: 5, memberId },
  ]);
  const busy = await t.throwsAsync(admin.deleteGroups(['readers']), { instanceOf: ProtocolError });
  t.is(busy.kind, 'NON_EMPTY_GROUP');
  await consumer.close();
  t.is((await admin.describeGroups(['readers']))[0]!.state, 'Empty');
  await t.throwsAsync(admin.describeGroups(['reader']), { instanceOf: UsageError, message: /did you mean "readers"/ });
  await admin.deleteGroups(['readers']);
  t.deepEqual(await admin.listGroups(), []);
  await t.throwsAsync(admin.deleteGroups(['readers']), { instanceOf: UsageError });
});

testInEveryPlace('the offsets of a group without members are moved and forgotten', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'a', 2);
  const producer = log.producer();
  for (let n = 0; n < 10; n++) await producer.send('a', { value: `${n}`, partition: n % 2 });
  await producer.close();
  await using admin = log.admin();
  const at = (partition: number, offset: number) => ({ topic: 'a', partition, offset });
  await admin.alterGroupOffsets('movers', [at(0, 1), { ...at(1, 4), metadata: 'note' }]);
  await admin.alterGroupOffsets('movers', [at(0, 3)]);
  const committed = async () => (await admin.describeGroups(['movers']))[0]!.offsets.map(each => each.committedOffset);
  t.deepEqual(await committed(), [3, 4]);
  const consumer = log.consumer({ groupId: 'movers', topics: ['a'], autoOffsetReset: 'none' });
  const read: string[] = [];
  while (read.length < 3) {
    for (const { partition, offset } of await consumer.poll({ waitMs: 100 })) read.push(`${partition}@${offset}`);
  }
  t.deepEqual(read.sort(), ['0@3', '0@4', '1@4']);
  const busy = await t.throwsAsync(admin.alterGroupOffsets('movers', [at(0, 0)]), { instanceOf: ProtocolError });
  t.is(busy.kind, 'NON_EMPTY_GROUP');
  t.regex(busy.message, /"movers".*stop them first/);
  const subscribed = await t.throwsAsync(admin.deleteGroupOffsets('movers', [at(0, 0)]), { instanceOf: ProtocolError });
  t.is(subscribed.kind, 'GROUP_SUBSCRIBED_TO_TOPIC');
  await consumer.close();
  t.deepEqual(await committed(), [3, 4], 'nothing was moved');
  await admin.deleteGroupOffsets('movers', [{ topic: 'a', partition: 1 }]);
  t.deepEqual(await committed(), [3]);
  await t.throwsAsync(admin.alterGroupOffsets('movers', [at(0, -1)]), {
    instanceOf: UsageError,
    message: /-1 is no offset/,
  });
  await t.throwsAsync(admin.alterGroupOffsets('movers', [at(7, 1)]), { instanceOf: UsageError, message: /partition/ });
  await t.throwsAsync(admin.deleteGroupOffsets('mover', [at(0, 0)]), { instanceOf: UsageError, message: /"movers"/ });
});

testInEveryPlace('the cluster says who it is', async (t, place) => {
  const log = await place.open();
  await using admin = log.admin();
  const cluster = await admin.describeCluster();
  t.is(cluster.clusterId, log.clusterId);
  if (place.scheme !== 'kafka') t.is(cluster.brokers.length, 1);
  t.true(cluster.brokers.some(({ nodeId }) => nodeId === cluster.controllerId));
});
