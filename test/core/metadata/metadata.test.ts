import test from 'ava';
import { type KafkaErrorName, kafkaErrorName } from '../../../core/base/kafka-errors.js';
import type { ClusterCommand, ClusterReplies, CreatableTopic } from '../../../core/metadata/cluster-command.js';
import type { ClusterConfig } from '../../../core/metadata/cluster-config.js';
import { ClusterMachine } from '../../../core/metadata/cluster-machine.js';
import type { ClusterRecord } from '../../../core/metadata/cluster-record.js';
import { resolveTopicConfig } from '../../../core/metadata/topic-config.js';
import { topicConfigNames, topicConfigTable } from '../../../core/metadata/topic-config-table.js';

class Cluster {
  readonly log: ClusterRecord[] = [];
  readonly machine: ClusterMachine;
  private topicCount = 0;

  constructor(brokerIds: readonly number[] = [1], config: Partial<ClusterConfig> = {}) {
    this.machine = new ClusterMachine(config);
    for (const brokerId of brokerIds) this.register(brokerId);
  }

  send<C extends ClusterCommand>(command: C): ClusterReplies[C['kind']] {
    const decision = this.machine.decide(command);
    this.log.push(...decision.records);
    this.machine.accept(decision);
    return decision.reply;
  }

  register(brokerId: number, beginsLeaderEpochs = false): void {
    const endPoints = [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9092 }];
    const about = { brokerId, incarnationId: id(brokerId), brokerEpoch: this.log.length, endPoints, rack: null };
    this.send({ kind: 'register-broker', ...about, beginsLeaderEpochs });
  }

  create(topics: readonly Partial<CreatableTopic>[], validateOnly = false) {
    const asked = topics.map(topic => ({
      name: 't',
      topicId: id(++this.topicCount),
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [],
      configs: [],
      ...topic,
    }));
    return this.send({ kind: 'create-topics', topics: asked, validateOnly }).topics;
  }

  createError(topic: Partial<CreatableTopic>): string {
    return outcome(this.create([topic])[0]!);
  }

  alter(configs: readonly [name: string, operation: number, value: string | null][], resourceName = 't') {
    const altered = configs.map(([name, configOperation, value]) => ({ name, configOperation, value }));
    const resources = [{ resourceType: 2, resourceName, configs: altered }];
    return outcome(this.send({ kind: 'alter-configs', resources, validateOnly: false }).responses[0]!);
  }
}

function id(seed: number): string {
  return Buffer.alloc(16, seed).toString('base64url');
}

function outcome({ errorCode, errorMessage }: { errorCode: number; errorMessage: string | null }): string {
  return errorCode === 0 ? 'ok' : `${kafkaErrorName(errorCode) satisfies KafkaErrorName}: ${errorMessage}`;
}

test('a topic is created with its partitions and configs, and deleted by name or id', t => {
  const cluster = new Cluster([1], { numPartitions: 3 });
  const [made] = cluster.create([{ name: 'flights', configs: [{ name: 'retention.ms', value: '1000' }] }]);
  t.deepEqual(made, {
    name: 'flights',
    topicId: id(1),
    errorCode: 0,
    errorMessage: null,
    numPartitions: 3,
    replicationFactor: 1,
  });
  const topic = cluster.machine.image.topic('flights')!;
  t.is(cluster.machine.image.topicById(id(1)), topic);
  t.deepEqual([...topic.configs], [['retention.ms', '1000']]);
  t.deepEqual(topic.partitions[2], {
    partitionId: 2,
    replicas: [1],
    isr: [1],
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
  });
  cluster.create([{ name: 'other' }]);
  const zero = 'AAAAAAAAAAAAAAAAAAAAAA';
  const topics = [
    { name: 'flights', topicId: zero },
    { name: null, topicId: id(2) },
    { name: 'flihgts', topicId: zero },
    { name: null, topicId: id(9) },
  ];
  const { responses } = cluster.send({ kind: 'delete-topics', topics });
  t.deepEqual(responses.map(outcome), [
    'ok',
    'ok',
    'UNKNOWN_TOPIC_OR_PARTITION: there is no topic "flihgts" (did you mean "flights"?)',
    `UNKNOWN_TOPIC_ID: there is no topic with the id ${id(9)}`,
  ]);
  t.is(cluster.machine.image.topicsByName.size, 0);
  t.is(cluster.machine.image.topicById(id(1)), undefined);
});

test('names that Kafka refuses are refused', t => {
  const cluster = new Cluster();
  const longest = 'x'.repeat(249);
  for (const name of ['a', 'A-9_.z', longest, '...']) t.is(cluster.createError({ name }), 'ok', name);
  for (const name of ['', '.', '..', `${longest}x`, 'a b', 'a/b', 'é']) {
    t.true(cluster.createError({ name }).startsWith('INVALID_TOPIC_EXCEPTION'), name);
  }
  t.is(cluster.createError({ name: 'a' }), 'TOPIC_ALREADY_EXISTS: there is a topic "a" already');
  cluster.create([{ name: 'a.b' }]);
  t.regex(cluster.createError({ name: 'a_b' }), /^INVALID_TOPIC_EXCEPTION: .* differs from the topic "a\.b" only/);
});

test('numbers of partitions and replicas that cannot be are refused', t => {
  const cluster = new Cluster([1, 2], { createdPartitionsMax: 10 });
  t.regex(cluster.createError({ numPartitions: 0 }), /^INVALID_PARTITIONS/);
  t.regex(cluster.createError({ numPartitions: -2 }), /^INVALID_PARTITIONS/);
  t.regex(cluster.createError({ numPartitions: 11 }), /^POLICY_VIOLATION/);
  t.regex(cluster.createError({ replicationFactor: 0 }), /^INVALID_REPLICATION_FACTOR/);
  t.regex(cluster.createError({ replicationFactor: 3 }), /^INVALID_REPLICATION_FACTOR/);
  t.deepEqual(
    cluster
      .create([
        { name: 'a', numPartitions: 6 },
        { name: 'b', numPartitions: 6 },
      ])
      .map(outcome),
    ['ok', 'POLICY_VIOLATION: more than 10 partitions in one request'],
  );
  t.is(cluster.createError({ replicationFactor: 2, numPartitions: 2 }), 'ok');
  const placed = cluster.machine.image.topic('t')!.partitions.map(partition => partition.replicas);
  t.deepEqual(
    placed.flat().toSorted((a, b) => a - b),
    [1, 1, 2, 2],
  );
  t.notDeepEqual(placed[0], placed[1], 'leaders are spread');
});

test('a placement by hand is checked and kept', t => {
  const cluster = new Cluster([1, 2]);
  const assign = (...placed: [number, number[]][]) =>
    cluster.createError({
      assignments: placed.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
    });
  t.regex(assign([1, [1]]), /^INVALID_REPLICA_ASSIGNMENT/);
  t.regex(assign([0, [1]], [0, [2]]), /^INVALID_REPLICA_ASSIGNMENT/);
  t.regex(assign([0, []]), /^INVALID_REPLICA_ASSIGNMENT/);
  t.regex(assign([0, [1, 1]]), /^INVALID_REPLICA_ASSIGNMENT/);
  t.regex(assign([0, [3]]), /^INVALID_REPLICA_ASSIGNMENT: there is no broker 3/);
  t.regex(assign([0, [1]], [1, [1, 2]]), /^INVALID_REPLICA_ASSIGNMENT/);
  const both = { numPartitions: 1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] };
  t.regex(cluster.createError(both), /^INVALID_REQUEST/);
  t.is(assign([1, [2, 1]], [0, [1, 2]]), 'ok');
  t.deepEqual(
    cluster.machine.image.topic('t')!.partitions.map(partition => partition.leader),
    [1, 2],
  );
});

test('a request is checked without effect when it only asks, and refused when it contradicts itself', t => {
  const cluster = new Cluster();
  t.is(outcome(cluster.create([{ name: 'a' }], true)[0]!), 'ok');
  t.is(cluster.machine.image.topicsByName.size, 0);
  t.deepEqual(
    cluster.create([{ name: 'a' }, { name: 'b' }, { name: 'a' }]).map(topic => `${topic.name} ${outcome(topic)}`),
    ['a INVALID_REQUEST: the request names "a" twice', 'b ok'],
  );
});

test('partitions are added, never taken away', t => {
  const cluster = new Cluster([1, 2]);
  cluster.create([{ numPartitions: 2 }]);
  const grow = (count: number, assignments: { brokerIds: number[] }[] | null = null, name = 't') =>
    outcome(
      cluster.send({ kind: 'create-partitions', topics: [{ name, count, assignments }], validateOnly: false })
        .results[0]!,
    );
  t.regex(grow(2), /^INVALID_PARTITIONS: "t" has 2 partitions/);
  t.regex(grow(1), /^INVALID_PARTITIONS/);
  t.regex(grow(3, null, 'x'), /^UNKNOWN_TOPIC_OR_PARTITION/);
  t.regex(grow(4, [{ brokerIds: [1] }]), /^INVALID_REPLICA_ASSIGNMENT/);
  t.is(grow(4, [{ brokerIds: [2] }, { brokerIds: [2] }]), 'ok');
  t.is(grow(5), 'ok');
  const { partitions } = cluster.machine.image.topic('t')!;
  t.deepEqual(
    partitions.map(partition => partition.partitionId),
    [0, 1, 2, 3, 4],
  );
  t.deepEqual([partitions[2]!.leader, partitions[3]!.leader], [2, 2]);
});

test('configs are known by name and checked by value', t => {
  const cluster = new Cluster();
  const create = (name: string, value: string | null) => cluster.createError({ configs: [{ name, value }] });
  t.is(
    create('retention.msec', '1'),
    'INVALID_CONFIG: unknown topic config "retention.msec" (did you mean "retention.ms"?)',
  );
  t.is(create('retention.ms', null), 'INVALID_CONFIG: retention.ms needs a value');
  t.is(create('retention.ms', 'a week'), 'INVALID_CONFIG: retention.ms must be a whole number, not "a week"');
  t.is(create('retention.ms', '-2'), 'INVALID_CONFIG: retention.ms must be at least -1, not "-2"');
  t.is(
    create('segment.bytes', '2147483648'),
    'INVALID_CONFIG: segment.bytes must be at most 2147483647, not "2147483648"',
  );
  t.regex(create('cleanup.policy', 'delete,remove'), /must be a list of delete, compact/);
  t.regex(create('min.cleanable.dirty.ratio', '1.5'), /must be at most 1/);
  t.regex(create('preallocate', 'yes'), /must be true or false/);
  t.regex(create('remote.storage.enable', 'true'), /must be one of false/);
  t.regex(create('constructor', 'x'), /unknown topic config/);
  const lags = [
    { name: 'min.compaction.lag.ms', value: '10' },
    { name: 'max.compaction.lag.ms', value: '5' },
  ];
  t.regex(cluster.createError({ configs: lags }), /^INVALID_CONFIG: min\.compaction\.lag\.ms is larger/);
});

test('every default in the table passes its own check', t => {
  for (const name of topicConfigNames) {
    const { type, default: byDefault } = topicConfigTable[name];
    t.is(type.check(byDefault), undefined, name);
  }
});

test('configs are resolved: the topic’s, else the broker’s, else Kafka’s', t => {
  const resolved = resolveTopicConfig(
    new Map([
      ['cleanup.policy', 'compact, delete'],
      ['retention.ms', '5'],
    ]),
    new Map([
      ['retention.ms', '6'],
      ['segment.bytes', '100'],
    ]),
  );
  t.deepEqual(resolved.cleanupPolicy, { deletes: true, compacts: true });
  t.is(resolved.retentionMs, 5);
  t.is(resolved.segmentBytes, 100);
  t.is(resolved.maxMessageBytes, 1_048_588);
  t.is(resolved.timestampType, 'CreateTime');
});

test('configs are set, deleted, appended and subtracted, all of a topic or none', t => {
  const cluster = new Cluster();
  cluster.create([{}]);
  const configs = () => Object.fromEntries(cluster.machine.image.topic('t')!.configs);
  t.is(
    cluster.alter([
      ['retention.ms', 0, '7'],
      ['cleanup.policy', 2, 'compact'],
    ]),
    'ok',
  );
  t.deepEqual(configs(), { 'retention.ms': '7', 'cleanup.policy': 'delete,compact' });
  t.is(cluster.alter([['cleanup.policy', 3, 'delete']]), 'ok');
  t.is(cluster.alter([['retention.ms', 1, null]]), 'ok');
  t.deepEqual(configs(), { 'cleanup.policy': 'compact' });
  const half: [string, number, string][] = [
    ['retention.ms', 0, '8'],
    ['segment.ms', 0, 'x'],
  ];
  t.regex(cluster.alter(half), /^INVALID_CONFIG/);
  t.deepEqual(configs(), { 'cleanup.policy': 'compact' });
  t.regex(cluster.alter([['retention.ms', 2, '8']]), /is no list/);
  t.regex(cluster.alter([['retention.ms', 9, '8']]), /INVALID_REQUEST|is no list/);
  t.regex(cluster.alter([['no.such', 1, null]]), /unknown topic config "no\.such"/);
  t.regex(cluster.alter([['retention.ms', 0, '1']], 'x'), /^UNKNOWN_TOPIC_OR_PARTITION/);
  const twice: [string, number, string][] = [
    ['retention.ms', 0, '1'],
    ['retention.ms', 0, '2'],
  ];
  t.regex(cluster.alter(twice), /^INVALID_REQUEST: the request alters retention\.ms twice/);
  const resources = [{ resourceType: 4, resourceName: '1', configs: [] }];
  const { responses } = cluster.send({ kind: 'alter-configs', resources, validateOnly: false });
  t.regex(outcome(responses[0]!), /^INVALID_REQUEST/);
});

test('producer ids are given out in blocks that never overlap, also after a restart', t => {
  const cluster = new Cluster();
  const allocate = (machine: ClusterMachine) => {
    const decision = machine.decide({ kind: 'allocate-producer-ids', brokerId: 1, brokerEpoch: 0 });
    machine.accept(decision);
    cluster.log.push(...decision.records);
    return decision.reply;
  };
  t.deepEqual(allocate(cluster.machine), { producerIdStart: 0, producerIdLen: 1_000 });
  const rebuilt = new ClusterMachine();
  for (const record of cluster.log) rebuilt.apply(record);
  t.deepEqual(allocate(rebuilt), { producerIdStart: 1_000, producerIdLen: 1_000 });
});

test('a broker that comes back begins new leader epochs where it leads, if asked to', t => {
  const cluster = new Cluster([1, 2]);
  cluster.create([{ numPartitions: 2 }]);
  cluster.register(1);
  const epochs = () =>
    cluster.machine.image.topic('t')!.partitions.map(each => [each.leader, each.leaderEpoch, each.partitionEpoch]);
  t.deepEqual(epochs().flat().slice(1, 3), [0, 0]);
  cluster.register(1, true);
  for (const [leader, ...both] of epochs()) t.deepEqual(both, leader === 1 ? [1, 1] : [0, 0]);
  t.is(cluster.machine.image.brokers.size, 2);
});

test('a feature level is written once', t => {
  const cluster = new Cluster();
  const set = () => {
    const before = cluster.log.length;
    cluster.send({ kind: 'set-feature-level', name: 'metadata.version', featureLevel: 7 });
    return cluster.log.length - before;
  };
  t.deepEqual([set(), set()], [1, 0]);
  t.is(cluster.machine.image.features.get('metadata.version'), 7);
});
