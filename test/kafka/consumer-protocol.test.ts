// Groups of the consumer protocol (KIP-848), as a real Kafka serves them: fencing, static members, leaving.

import type { ExecutionContext } from 'ava';
import { Consumer } from '../../core/client/consumer.js';
import type { ConsumerOptions } from '../../core/client/consumer-options.js';
import { GroupLane } from '../../core/client/group-lane.js';
import { HeartbeatMembership } from '../../core/client/heartbeat-membership.js';
import { type Log, openLog, ProtocolError, type TopicPartition } from '../../core/index.js';
import type { metadata } from '../../core/protocol/03-metadata.js';
import type { ResponseOf } from '../../core/protocol/api.js';
import { FaultyPlace } from '../core/client/faulty-place.js';
import { testsOnOwnKafka } from './own-kafka.js';

const testOnCluster = testsOnOwnKafka({
  settings: {
    'group.consumer.min.heartbeat.interval.ms': 200,
    'group.consumer.heartbeat.interval.ms': 200,
    'group.consumer.min.session.timeout.ms': 1_000,
    'group.consumer.session.timeout.ms': 3_000,
  },
});

function testOnKafka(title: string, body: (t: ExecutionContext, log: Log) => Promise<void>): void {
  testOnCluster(title, async (t, cluster) => {
    await using log = await openLog(cluster.url);
    await body(t, log);
  });
}

const base = { autoOffsetReset: 'earliest', groupProtocol: 'consumer' } satisfies ConsumerOptions;

async function createTopic(log: Log, name: string): Promise<void> {
  await using admin = log.admin();
  await admin.createTopics([{ name, partitions: 4 }]);
}

function listener(events: string[]) {
  const note = (what: string) => (partitions: readonly TopicPartition[]) => {
    if (partitions.length === 0) return;
    const numbers = partitions.map(({ partition }) => partition).sort((a, b) => a - b);
    events.push(`${what} ${numbers.join()}`);
  };
  return { onAssigned: note('assigned'), onRevoked: note('revoked'), onLost: note('lost') };
}

async function pollUntil(consumers: readonly Consumer[], condition: () => boolean): Promise<void> {
  for (let polls = 0; !condition(); polls++) {
    if (polls > 400) throw new Error('polled in vain');
    for (const consumer of consumers) await consumer.poll({ waitMs: 50 });
  }
}

/** While `isOn`, no heartbeat reaches the coordinator. */
class Cut {
  isOn = false;
  readonly place: FaultyPlace;

  constructor(log: Log) {
    this.place = new FaultyPlace(log, api =>
      this.isOn && api.name === 'ConsumerGroupHeartbeat' ? { kind: 'request-lost' } : undefined,
    );
  }
}

async function memberCount(log: Log, groupId: string): Promise<number> {
  await using admin = log.admin();
  return (await admin.describeGroups([groupId]))[0]!.members.length;
}

async function untilEmpty(log: Log, groupId: string, wait: () => Promise<unknown>): Promise<void> {
  for (let waited = 0; (await memberCount(log, groupId)) > 0; waited++) {
    if (waited > 600) throw new Error('the coordinator still waits for its member');
    await wait();
  }
}

testOnKafka('a member that was thought dead is fenced, told what it lost, and joins again', async (t, log) => {
  await createTopic(log, 'fenced');
  const cut = new Cut(log);
  const events: string[] = [];
  const consumer = new Consumer(log.ports, cut.place, { ...base, groupId: 'fenced' });
  consumer.subscribe(['fenced'], listener(events));
  await pollUntil([consumer], () => consumer.assignment().length === 4);
  const before = consumer.groupMetadata();
  cut.isOn = true;
  await untilEmpty(log, 'fenced', () => consumer.poll({ waitMs: 100 }));
  cut.isOn = false;
  await pollUntil([consumer], () => events.length === 3);
  t.deepEqual(events, ['assigned 0,1,2,3', 'lost 0,1,2,3', 'assigned 0,1,2,3']);
  t.is(consumer.groupMetadata().memberId, before.memberId);
  t.true(cut.place.struck['request-lost'] > 0);
  await consumer.close();
  t.is(await memberCount(log, 'fenced'), 0);
});

testOnKafka('a member whose group was deleted meanwhile joins it anew', async (t, log) => {
  await createTopic(log, 'deleted');
  const cut = new Cut(log);
  const events: string[] = [];
  const consumer = new Consumer(log.ports, cut.place, { ...base, groupId: 'deleted' });
  consumer.subscribe(['deleted'], listener(events));
  await pollUntil([consumer], () => consumer.assignment().length === 4);
  cut.isOn = true;
  await untilEmpty(log, 'deleted', () => consumer.poll({ waitMs: 100 }));
  await using admin = log.admin();
  await admin.deleteGroups(['deleted']);
  cut.isOn = false;
  await pollUntil([consumer], () => events.length === 3);
  t.deepEqual(events, ['assigned 0,1,2,3', 'lost 0,1,2,3', 'assigned 0,1,2,3']);
  await consumer.close();
});

testOnKafka('nothing of a membership that was lost is committed under the next one', async (t, log) => {
  await createTopic(log, 'lost');
  const cut = new Cut(log);
  const lane = new GroupLane(log.ports, cut.place, 'lost');
  const settings = { maxPollIntervalMs: 300_000, groupInstanceId: null, groupRemoteAssignor: undefined };
  const membership = new HeartbeatMembership(log.ports, settings, { lane, changed: () => undefined });
  const isJoined = async () => {
    for (let waited = 0; membership.state !== 'member'; waited++) {
      if (waited > 1_000) throw new Error(`waited in vain, ${membership.state}`);
      if (membership.state === 'fenced') membership.join();
      await log.ports.clock.sleep(50);
    }
  };
  membership.polled();
  membership.subscribe(['lost']);
  membership.join();
  await isJoined();
  const before = membership.facts;
  cut.isOn = true;
  await untilEmpty(log, 'lost', () => log.ports.clock.sleep(100));
  cut.isOn = false;
  while (membership.state === 'member') await log.ports.clock.sleep(50);
  await isJoined();
  t.true(membership.facts.generationId > before.generationId);
  t.false(await membership.isRenewed(before));
  await membership.leave();
  await lane.close();
});

testOnKafka('an assignment whose answer is lost arrives with the next one', async (t, log) => {
  await createTopic(log, 'answers');
  const faulty = new FaultyPlace(log, (api, _, count) =>
    api.name === 'ConsumerGroupHeartbeat' && count % 2 === 0 ? { kind: 'answer-lost' } : undefined,
  );
  const events: string[] = [];
  const consumer = new Consumer(log.ports, faulty, { ...base, groupId: 'answers' });
  consumer.subscribe(['answers'], listener(events));
  for (let round = 0; round < 5; round++) {
    await pollUntil([consumer], () => consumer.assignment().length === 4);
    const other = log.consumer({ ...base, groupId: 'answers', topics: ['answers'] });
    await pollUntil([consumer, other], () => consumer.assignment().length === 2 && other.assignment().length === 2);
    await other.close();
  }
  await pollUntil([consumer], () => consumer.assignment().length === 4);
  t.true(faulty.struck['answer-lost'] > 5);
  t.deepEqual(
    events.filter(event => event.startsWith('lost')),
    [],
  );
  await consumer.close();
});

testOnKafka('a topic that a broker does not know by its id yet is taken when it does', async (t, log) => {
  await createTopic(log, 'renewed');
  let staleLeft = 4;
  const stale = (answer: ResponseOf<typeof metadata>) => ({
    ...answer,
    topics: answer.topics.map(topic => ({ ...topic, topicId: '00000000-0000-4000-8000-000000000000' })),
  });
  const faulty = new FaultyPlace(log, api =>
    api.name === 'Metadata' && staleLeft-- > 0 ? { kind: 'answer-changed', change: stale } : undefined,
  );
  const consumer = new Consumer(log.ports, faulty, { ...base, groupId: 'renewed', topics: ['renewed'] });
  await pollUntil([consumer], () => consumer.assignment().length === 4);
  t.is(faulty.struck['answer-changed'], 4);
  await consumer.close();
});

testOnKafka(
  'a static member that comes back in time finds its partitions; a second one of its name is refused',
  async (t, log) => {
    await createTopic(log, 'static');
    const options = { ...base, groupId: 'static' };
    const open = (groupInstanceId: string, events: string[]) => {
      const consumer = log.consumer({ ...options, groupInstanceId });
      consumer.subscribe(['static'], listener(events));
      return consumer;
    };
    const stayed: string[] = [];
    const staying = open('a', stayed);
    const going = open('b', []);
    await pollUntil([staying, going], () => staying.assignment().length === 2 && going.assignment().length === 2);
    const had = going.assignment();
    const twin = open('b', []);
    const error = await t.throwsAsync(
      pollUntil([twin], () => false),
      { instanceOf: ProtocolError },
    );
    t.is(error.kind, 'UNRELEASED_INSTANCE_ID');
    await twin.close();
    const { length } = stayed;
    await going.close();
    const back = open('b', []);
    await pollUntil([staying, back], () => back.assignment().length === 2);
    t.deepEqual(back.assignment(), had);
    t.is(stayed.length, length, stayed.join('; '));
    await back.close();
    await staying.close();
  },
);

testOnKafka('another subscription is shared out anew, by the assignor that was asked for', async (t, log) => {
  await createTopic(log, 'one');
  await createTopic(log, 'two');
  const events: string[] = [];
  const consumer = log.consumer({ ...base, groupId: 'changing', groupRemoteAssignor: 'range' });
  consumer.subscribe(['one'], listener(events));
  await pollUntil([consumer], () => consumer.assignment().length === 4);
  consumer.subscribe(['two'], listener(events));
  await pollUntil([consumer], () => consumer.assignment().every(({ topic }) => topic === 'two') && events.length > 2);
  t.deepEqual(events, ['assigned 0,1,2,3', 'revoked 0,1,2,3', 'assigned 0,1,2,3']);
  await consumer.close();
});

testOnKafka('a member that is closed while it tries once more to join does not come back', async (t, log) => {
  await createTopic(log, 'leaving');
  let lost = (): void => {};
  const isLost = new Promise<void>(resolve => {
    lost = resolve;
  });
  const beats: number[] = [];
  // The coordinator knows of it; it does not hear so, again and again, and is about to try anew.
  const faulty = new FaultyPlace(log, (api, request: { readonly memberEpoch: number }) => {
    if (api.name !== 'ConsumerGroupHeartbeat') return undefined;
    beats.push(request.memberEpoch);
    if (beats.length === 3) lost();
    return request.memberEpoch === 0 ? { kind: 'answer-lost' } : undefined;
  });
  const consumer = new Consumer(log.ports, faulty, { ...base, groupId: 'leaving' });
  consumer.subscribe(['leaving'], listener([]));
  const polling = consumer.poll({ waitMs: 60_000 });
  await isLost;
  await consumer.close();
  t.deepEqual(await polling, []);
  t.is(beats.at(-1), -1);
  await using admin = log.admin();
  t.is((await admin.describeGroups(['leaving']))[0]!.members.length, 0);
});

testOnKafka('a member whose listener fails when it is closed leaves all the same', async (t, log) => {
  await createTopic(log, 'failing');
  // Not the log's own: closing that would tell the failure once more.
  const consumer = new Consumer(log.ports, log, { ...base, groupId: 'failing' });
  const onRevoked = () => Promise.reject(new Error('the listener failed'));
  consumer.subscribe(['failing'], { onRevoked });
  await pollUntil([consumer], () => consumer.assignment().length === 4);
  await t.throwsAsync(consumer.close(), { message: 'the listener failed' });
  await using admin = log.admin();
  t.is((await admin.describeGroups(['failing']))[0]!.members.length, 0);
});
