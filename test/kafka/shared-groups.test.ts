// A Java consumer and ours in one group, under each assignor of the classic protocol and under KIP-848's: they share the partitions,
// hand them over as members come and go, and between them read every record, from where the one before had committed.

import type { ExecutionContext } from 'ava';
import type { AssignorName, Consumer, Log, TopicPartition } from '../../core/index.js';
import { openLog } from '../../core/index.js';
import type { KafkaCluster } from '../../scripts/kafka/start-kafka.js';
import { JavaMember } from './java-member.js';
import { testsOnOwnKafka } from './own-kafka.js';

const partitionCount = 7;

const javaAssignors: Readonly<Record<AssignorName, string>> = {
  range: 'RangeAssignor',
  roundrobin: 'RoundRobinAssignor',
  sticky: 'StickyAssignor',
  'cooperative-sticky': 'CooperativeStickyAssignor',
};

// Members of the consumer protocol move by heartbeats, of 5 s unless the broker says otherwise.
const testOnKafka = testsOnOwnKafka({
  settings: { 'group.consumer.min.heartbeat.interval.ms': 300, 'group.consumer.heartbeat.interval.ms': 300 },
});

/** Ours: polls all the time, commits what it read, as its Java counterpart does. */
class OurMember {
  readonly consumer: Consumer;
  readonly read: string[] = [];
  readonly events: string[] = [];
  failure: Error | undefined;
  readonly #running: Promise<void>;
  #isStopped = false;

  constructor(consumer: Consumer, topic: string) {
    this.consumer = consumer;
    const note = (what: string) => (partitions: readonly TopicPartition[]) => {
      this.events.push(`${what} ${partitions.map(({ partition }) => partition).join()}`.trim());
    };
    consumer.subscribe([topic], { onAssigned: note('assigned'), onRevoked: note('revoked'), onLost: note('lost') });
    this.#running = this.#run().catch((error: unknown) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  get has(): ReadonlySet<number> {
    return new Set(this.consumer.assignment().map(({ partition }) => partition));
  }

  async close(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    await this.consumer.close();
    if (this.failure !== undefined) throw this.failure;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const records = await this.consumer.poll({ waitMs: 100 });
      for (const { partition, offset } of records) this.read.push(`${partition}@${offset}`);
      if (records.length === 0) continue;
      await this.consumer.commit().catch((error: unknown) => {
        if (!/REBALANCE_IN_PROGRESS|ILLEGAL_GENERATION|UNKNOWN_MEMBER_ID|STALE_MEMBER_EPOCH/.test(String(error)))
          throw error;
      });
    }
  }
}

type Member = OurMember | JavaMember;

/** Everything is had by exactly one, and nobody has all or nothing. */
function isShared(members: readonly Member[]): boolean {
  const all = members.flatMap(({ has }) => [...has]).sort((a, b) => a - b);
  const fair = Math.floor(partitionCount / members.length);
  return all.join() === '0,1,2,3,4,5,6' && members.every(({ has }) => has.size === fair || has.size === fair + 1);
}

async function until(log: Log, what: string, condition: () => boolean, members: readonly Member[]): Promise<void> {
  for (let waited = 0; !condition(); waited++) {
    if (waited > 1_200) {
      const seen = members.map(member =>
        JSON.stringify([[...member.has], member.events, 'errors' in member && member.errors]),
      );
      throw new Error(`waited in vain until ${what}: ${seen.join('; ')}`);
    }
    for (const member of members) if ('failure' in member && member.failure !== undefined) throw member.failure;
    await log.ports.clock.sleep(50);
  }
}

async function shareOneGroup(
  t: ExecutionContext,
  cluster: KafkaCluster,
  name: string,
  protocol: { readonly ours: object; readonly java: Readonly<Record<string, string>> },
): Promise<{ events: readonly string[] }> {
  await using log = await openLog(cluster.url);
  await using admin = log.admin();
  const topic = `shared-${name}`;
  const groupId = `group-${name}`;
  await admin.createTopics([{ name: topic, partitions: partitionCount }]);
  const written = new Set<string>();
  await using producer = log.producer();
  const write = async () => {
    const sent = [];
    for (let n = 0; n < 140; n++) sent.push(producer.send(topic, { partition: n % partitionCount, value: `v${n}` }));
    for (const { partition, offset } of await Promise.all(sent)) written.add(`${partition}@${offset}`);
  };
  const joinOurs = () => new OurMember(log.consumer({ groupId, autoOffsetReset: 'earliest', ...protocol.ours }), topic);
  const first = joinOurs();
  const java = new JavaMember(topic, {
    'bootstrap.servers': cluster.bootstrap,
    'group.id': groupId,
    'auto.offset.reset': 'earliest',
    'enable.auto.commit': 'false',
    ...protocol.java,
  });
  t.teardown(() => java.kill());
  const members: Member[] = [first, java];
  await write();
  await until(log, 'ours and Java’s share', () => isShared(members), members);
  const second = joinOurs();
  members.push(second);
  await write();
  await until(log, 'two of ours and Java’s share', () => isShared(members), members);
  // The one that joined first was the leader, if the protocol has one: now Java’s or the other one is.
  await first.close();
  members.shift();
  await write();
  await until(log, 'the others have taken over', () => isShared(members), members);
  await java.close();
  members.shift();
  await write();
  await until(log, 'one has all', () => isShared(members), members);
  const readers: readonly Member[] = [first, java, second];
  const readOf = () => new Set(readers.flatMap(({ read }) => read));
  await until(log, 'every record is read', () => readOf().size === written.size, members);
  t.deepEqual([...readOf()].sort(), [...written].sort());
  for (const { read } of readers) t.true(read.length > 0);
  await second.close();
  const described = (await admin.describeGroups([groupId]))[0]!;
  t.is(described.members.length, 0);
  return { events: [...first.events, ...second.events] };
}

for (const name of Object.keys(javaAssignors) as AssignorName[]) {
  testOnKafka(`a Java consumer and ours share one group under ${name}`, async (t, cluster) => {
    const javaName = `org.apache.kafka.clients.consumer.${javaAssignors[name]}`;
    const shared = await shareOneGroup(t, cluster, name, {
      ours: { assignors: [name], heartbeatIntervalMs: 300 },
      java: { 'partition.assignment.strategy': javaName, 'heartbeat.interval.ms': '300' },
    });
    // Ours gave up everything in each rebalance, or only what moved.
    const revoked = shared.events.filter(event => event.startsWith('revoked')).map(event => event.split(',').length);
    t.is(revoked[0]! < partitionCount, name === 'cooperative-sticky', shared.events.join('; '));
  });
}

testOnKafka('a Java consumer and ours, each with several assignors, agree on one', async (t, cluster) => {
  await shareOneGroup(t, cluster, 'several', {
    ours: { assignors: ['sticky', 'range', 'roundrobin'], heartbeatIntervalMs: 300 },
    java: { 'heartbeat.interval.ms': '300' }, // range and cooperative-sticky, by default
  });
});

testOnKafka('a Java consumer and ours share one group of the consumer protocol (KIP-848)', async (t, cluster) => {
  await shareOneGroup(t, cluster, 'consumer-protocol', {
    ours: { groupProtocol: 'consumer' },
    java: { 'group.protocol': 'consumer' },
  });
});
