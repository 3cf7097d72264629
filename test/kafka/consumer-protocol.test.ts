// Groups of the consumer protocol (KIP-848), as a real Kafka serves them: fencing, static members, leaving.

import test from 'ava';
import { Consumer } from '../../core/client/consumer.js';
import type { ConsumerOptions } from '../../core/client/consumer-options.js';
import { type Log, openLog, ProtocolError, type TopicPartition } from '../../core/index.js';
import { MissingEngine } from '../../scripts/kafka/missing-engine.js';
import { type KafkaCluster, startKafka } from '../../scripts/kafka/start-kafka.js';
import { FaultyPlace } from '../core/client/faulty-place.js';

let cluster: KafkaCluster | undefined;
let missing = '';

test.before(async () => {
  try {
    cluster = await startKafka({
      settings: {
        'group.consumer.min.heartbeat.interval.ms': 200,
        'group.consumer.heartbeat.interval.ms': 200,
        'group.consumer.min.session.timeout.ms': 1_000,
        'group.consumer.session.timeout.ms': 3_000,
      },
    });
  } catch (error) {
    if (!(error instanceof MissingEngine)) throw error;
    missing = error.message;
  }
});

test.after.always(() => cluster?.stop());

function testOnKafka(title: string, body: (t: import('ava').ExecutionContext, log: Log) => Promise<void>): void {
  test.serial(title, async t => {
    if (cluster === undefined) {
      t.log(`left out: ${missing}`);
      t.pass();
      return;
    }
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

testOnKafka('a member that was thought dead is fenced, told what it lost, and joins again', async (t, log) => {
  await createTopic(log, 'fenced');
  let isCut = false;
  const faulty = new FaultyPlace(log, api =>
    isCut && api.name === 'ConsumerGroupHeartbeat' ? { kind: 'request-lost' } : undefined,
  );
  const events: string[] = [];
  const consumer = new Consumer(log.ports, faulty, { ...base, groupId: 'fenced' });
  consumer.subscribe(['fenced'], listener(events));
  await pollUntil([consumer], () => consumer.assignment().length === 4);
  const before = consumer.groupMetadata();
  isCut = true;
  await using admin = log.admin();
  const members = async () => (await admin.describeGroups(['fenced']))[0]!.members.length;
  for (let waited = 0; (await members()) > 0; waited++) {
    if (waited > 150) throw new Error('the coordinator still waits for it');
    await consumer.poll({ waitMs: 100 });
  }
  isCut = false;
  await pollUntil([consumer], () => events.length === 3);
  t.deepEqual(events, ['assigned 0,1,2,3', 'lost 0,1,2,3', 'assigned 0,1,2,3']);
  t.is(consumer.groupMetadata().memberId, before.memberId);
  t.true(faulty.struck['request-lost'] > 0);
  await consumer.close();
  t.is(await members(), 0);
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
