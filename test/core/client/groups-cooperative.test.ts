// Members that go on with what they keep while others come and go.

import { ProtocolError } from '../../../core/base/errors.js';
import type { ConsumerOptions } from '../../../core/client/consumer-options.js';
import { testInEveryPlace } from '../places.js';
import { base, fill, Member, names } from './group-member.js';
import { createTopic } from './reading.js';

const cooperative = { assignors: ['cooperative-sticky'] } satisfies ConsumerOptions;

testInEveryPlace('a cooperative member gives up only what another one is to have', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 4);
  const first = new Member(log, cooperative);
  await first.until(() => first.has === '0,1,2,3');
  const second = new Member(log, cooperative);
  await second.until(() => first.has === '0,1' && second.has === '2,3');
  await fill(log, 0, 100);
  await first.until(() => first.values.length + second.values.length === 100);
  t.is(new Set([...first.values, ...second.values]).size, 100);
  await second.close();
  await first.until(() => first.has === '0,1,2,3');
  const told = first.events.filter(event => event !== 'assigned');
  t.deepEqual(told, ['assigned 0,1,2,3', 'revoked 2,3', 'assigned 2,3']);
  t.is(second.events.filter(event => event !== 'assigned').join('; '), 'assigned 2,3; revoked 2,3');
  await first.close();
});

testInEveryPlace('nobody gets a partition before the listener of who had it is through', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 4);
  let open: () => void = () => undefined;
  const gate = new Promise<void>(resolve => {
    open = resolve;
  });
  let isRevoking = false;
  const first = new Member(log, cooperative, () => {
    isRevoking = true;
    return gate;
  });
  await first.until(() => first.has === '0,1,2,3');
  const second = new Member(log, cooperative);
  await first.until(() => isRevoking && second.events.length > 0);
  await log.ports.clock.sleep(200); // some heartbeats
  t.is(second.has, '');
  open();
  await second.until(() => second.has === '2,3');
  await second.close();
  await first.close();
});

testInEveryPlace('a cooperative member that fell out is told what it lost, and comes back', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 2);
  const events: string[] = [];
  const { topics, ...options } = base;
  await using consumer = log.consumer({ ...options, ...cooperative, maxPollIntervalMs: 200 });
  consumer.subscribe(topics, {
    onAssigned: partitions => void events.push(`assigned ${names(partitions)}`),
    onRevoked: partitions => void events.push(`revoked ${names(partitions)}`),
    onLost: partitions => void events.push(`lost ${names(partitions)}`),
  });
  const pollUntil = async (count: number) => {
    while (events.length < count) await consumer.poll({ waitMs: 20 });
  };
  await pollUntil(1);
  const admin = log.admin();
  while ((await admin.describeGroups(['readers']))[0]!.members.length > 0) await log.ports.clock.sleep(20);
  await admin.close();
  await pollUntil(3);
  // A machine that stands still for a moment may lose it more than once.
  t.regex(events.join(', '), /^(assigned 0,1, lost 0,1, )+assigned 0,1(, lost 0,1)?$/);
});

testInEveryPlace('members agree on an assignor that all of them have', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 4);
  const first = new Member(log, { assignors: ['sticky', 'roundrobin'] });
  const second = new Member(log, { assignors: ['range', 'roundrobin'] });
  await first.until(() => first.has.length === 3 && second.has.length === 3);
  t.deepEqual([first.has, second.has].sort(), ['0,2', '1,3']);
  const stranger = log.consumer({ ...base, assignors: ['range'] });
  const error = await t.throwsAsync(
    (async () => {
      for (;;) await stranger.poll({ waitMs: 20 });
    })(),
    { instanceOf: ProtocolError },
  );
  t.is(error.kind, 'INCONSISTENT_GROUP_PROTOCOL');
  await stranger.close();
  await second.close();
  await first.close();
});

testInEveryPlace('a member says who it is to its group', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  const member = new Member(log, { ...cooperative, groupInstanceId: 'a' });
  t.like(member.consumer.groupMetadata(), { groupId: 'readers', generationId: -1, memberId: '' });
  await member.until(() => member.has === '0');
  const { generationId, memberId, groupInstanceId } = member.consumer.groupMetadata();
  t.true(generationId > 0 && memberId.length > 0);
  t.is(groupInstanceId, 'a');
  await member.close();
});

testInEveryPlace(
  'a broker that does not serve the newer group protocol is told of by name',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    const consumer = log.consumer({ groupId: 'readers', topics: ['texts'], groupProtocol: 'consumer' });
    const error = await t.throwsAsync(
      (async () => {
        for (;;) await consumer.poll({ waitMs: 20 });
      })(),
      { instanceOf: ProtocolError },
    );
    t.is(error.kind, 'UNSUPPORTED_VERSION');
    t.regex(error.message, /leave the option out/);
    await consumer.close();
  },
  { needs: 'an embedded broker' },
);
