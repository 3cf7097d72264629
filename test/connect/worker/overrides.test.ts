// What connectors say of the clients that work for them: producer.override.*, consumer.override.*, and what the worker allows.

import test from 'ava';
import { WorkerError } from '../../../connect/index.js';
import { bytes, type KafkaProperties, type Log, openLog } from '../../../core/index.js';
import { codec } from '../../../core/records/batch-header.js';
import { BrokerListener } from '../../core/network/broker-listener.js';
import { openFresh, recordsOf } from '../places.js';
import { until } from '../until.js';
import { puts, taken, untilStates, workerOn } from './worker-under-test.js';

const source = { 'connector.class': 'Numbers', topic: 'numbers', count: '10' };
const sink = { 'connector.class': 'Collector', topics: 'numbers' };

async function codecsOf(log: Log, topic: string): Promise<ReadonlySet<string | undefined>> {
  await using consumer = log.consumer({ autoOffsetReset: 'earliest', key: bytes, value: bytes });
  consumer.assign([{ topic, partition: 0 }]);
  const fetched = await consumer.pollBatches({ waitMs: 10_000 });
  return new Set(fetched.flatMap(({ batches }) => batches.map(batch => codec(batch, 0))));
}

test('the producer of a source compresses as it is told, and as the worker says where it is told nothing', async t => {
  const log = await openFresh(t, 'direct');
  const { worker } = await workerOn(t, log, { 'producer.compression.type': 'lz4' });
  const own = { ...source, topic: 'own', 'producer.override.compression.type': 'gzip' };
  await worker.create({ name: 'own', config: own });
  await worker.create({ name: 'inherited', config: { ...source, topic: 'inherited' } });
  for (const name of ['own', 'inherited']) {
    await until(
      log,
      async () => (await worker.offsets(name)).offsets[0]?.offset?.['next'] === 10,
      () => `${name} has counted to 10`,
    );
  }
  t.deepEqual([...(await codecsOf(log, 'own'))], ['gzip']);
  t.deepEqual([...(await codecsOf(log, 'inherited'))], ['lz4']);
  t.deepEqual(worker.config('own'), { ...own, name: 'own' });
  await worker.close();
});

test('the consumer of a sink has the group, the beginning and the puts that it is told', async t => {
  const log = await openFresh(t, 'direct');
  const { worker } = await workerOn(t, log);
  await worker.create({ name: 'in', config: source });
  await until(
    log,
    async () => (await worker.offsets('in')).offsets[0]?.offset?.['next'] === 10,
    () => 'the source has counted to 10',
  );
  const mine = { ...sink, 'consumer.override.group.id': 'mine', 'consumer.override.max.poll.records': '4' };
  await worker.create({ name: 'overridden-puts', config: mine });
  const kafkaOffset = async (name: string) => (await worker.offsets(name)).offsets[0]?.offset?.['kafka_offset'];
  await until(
    log,
    async () => (await kafkaOffset('overridden-puts')) === 10,
    () => 'all ten are committed',
  );
  t.deepEqual(taken.get('overridden-puts'), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  t.deepEqual(puts.get('overridden-puts'), [4, 4, 2]);
  await using admin = log.admin();
  const groups = (await admin.listGroups()).map(({ groupId }) => groupId);
  t.true(groups.includes('mine'));
  t.false(groups.includes('connect-overridden-puts'));

  await worker.stop('overridden-puts');
  const again = { partition: { kafka_topic: 'numbers', kafka_partition: 0 }, offset: { kafka_offset: 8 } };
  const alter = async () => {
    try {
      return await worker.patchOffsets('overridden-puts', [again]);
    } catch (error) {
      // A task that has stopped may be a member of its group for a moment longer.
      if (!(error instanceof WorkerError) || error.kind !== 'conflict') throw error;
      return undefined;
    }
  };
  await until(
    log,
    async () => (await alter()) !== undefined,
    () => 'the offsets of the stopped sink are altered',
  );
  await worker.resume('overridden-puts');
  await until(
    log,
    () => taken.get('overridden-puts')!.length === 12,
    () => 'the last two are read again',
  );
  t.deepEqual(taken.get('overridden-puts')!.slice(10), [8, 9]);

  const latest = { ...sink, 'consumer.override.auto.offset.reset': 'latest' };
  await worker.create({ name: 'overridden-latest', config: latest });
  await untilStates(log, worker, 'overridden-latest', 'RUNNING: RUNNING');
  await worker.patchConfig('in', { count: '1000' });
  await until(
    log,
    async () => (await kafkaOffset('overridden-latest')) === 1000,
    () => 'the later sink has come to the end',
  );
  t.false(taken.get('overridden-latest')!.includes(0));
  await worker.close();
});

test('what the clients do not take is refused, fails the task, or is named in a warning', async t => {
  const log = await openFresh(t, 'direct');
  const { worker, lines } = await workerOn(t, log, { 'producer.interceptor.classes': 'x' });
  t.true(lines.some(line => /producer.interceptor.classes has no effect/.test(line)));
  await t.throwsAsync(worker.create({ name: 'typed', config: { ...source, 'producer.override.batch.size': 'x' } }), {
    message: /Invalid value x for configuration producer.override.batch.size: Not a number of type INT/,
  });
  await worker.create({ name: 'acks', config: { ...source, 'producer.override.acks': '7' } });
  await untilStates(log, worker, 'acks', 'RUNNING: FAILED');
  const { trace, version } = worker.taskStatus('acks', 0);
  t.regex(trace!, /Invalid value 7 for configuration acks: String must be one of: all, -1, 0, 1/);
  t.is(version, null);
  const polls = { ...sink, 'consumer.override.max.poll.records': '0' };
  await worker.create({ name: 'polls', config: polls });
  await untilStates(log, worker, 'polls', 'RUNNING: FAILED');
  t.regex(worker.taskStatus('polls', 0).trace!, /max.poll.records: Value must be at least 1/);
  const strange = {
    ...source,
    'producer.override.lingr.ms': '5',
    'consumer.override.max.poll.records': '5',
    'producer.override.security.protocol': 'SSL',
  };
  await worker.create({ name: 'strange', config: strange });
  await untilStates(log, worker, 'strange', 'RUNNING: RUNNING');
  const warnings = lines.filter(line => line.includes('connector strange: ') && line.includes('no effect'));
  t.is(warnings.length, 3);
  t.regex(warnings.join('\n'), /producer.override.lingr.ms has no effect: .* \(did you mean "linger.ms"\?\)/);
  t.regex(warnings.join('\n'), /consumer.override.max.poll.records has no effect: it has no consumer/);
  t.regex(warnings.join('\n'), /producer.override.security.protocol has no effect: .* without a connection/);
  await worker.create({ name: 'nulled', config: { ...source, secret: null } });
  await untilStates(log, worker, 'nulled', 'FAILED:');
  t.regex(worker.status('nulled').connector.trace!, /secret: null is no value/);
  await worker.close();
});

test('the policy of a worker says what may be overridden', async t => {
  const log = await openFresh(t, 'direct');
  const refusal = async (policy: string, key: string, more = {}) => {
    const { worker } = await workerOn(t, log, { 'connector.client.config.override.policy': policy, ...more });
    const { configs } = await worker.validate('Numbers', { ...source, name: 'n', [key]: '1' });
    await worker.close();
    return configs.flatMap(({ value }) => value.errors);
  };
  const none = (policy: string, name: string) => [
    `The '${policy}' policy does not allow '${name}' to be overridden in the connector configuration.`,
  ];
  t.deepEqual(await refusal('All', 'producer.override.linger.ms'), []);
  t.deepEqual(await refusal('None', 'producer.override.linger.ms'), none('None', 'linger.ms'));
  t.deepEqual(await refusal('Principal', 'producer.override.linger.ms'), none('Principal', 'linger.ms'));
  t.deepEqual(await refusal('Principal', 'producer.override.sasl.jaas.config'), []);
  const allowlist = { 'connector.client.config.override.allowlist': 'linger.ms, acks' };
  t.deepEqual(await refusal('Allowlist', 'producer.override.linger.ms', allowlist), []);
  t.deepEqual(await refusal('Allowlist', 'producer.override.batch.size', allowlist), none('Allowlist', 'batch.size'));
  const javaName = 'org.apache.kafka.connect.connector.policy.NoneConnectorClientConfigOverridePolicy';
  t.deepEqual(await refusal(javaName, 'consumer.override.group.id'), none('None', 'group.id'));
  await t.throwsAsync(workerOn(t, log, { 'connector.client.config.override.policy': 'Nome' }), {
    message: /there is no policy "Nome" \(did you mean "None"\?\)/,
  });
});

// As whom it comes is shown on a real Kafka: test/kafka/connect-principals.test.ts.
test('a connector that says how it connects has connections of its own, closed with its task', async t => {
  const listener = await BrokerListener.start();
  t.teardown(() => listener.close());
  await using log = await openLog(listener.url);
  const opened: { readonly properties: KafkaProperties; readonly log: Log; closed: boolean }[] = [];
  const connectAs = async (properties: KafkaProperties) => {
    const own = await openLog(listener.url, properties);
    const entry = { properties, log: own, closed: false };
    opened.push(entry);
    const close = own.close.bind(own);
    own.close = async () => {
      entry.closed = true;
      await close();
    };
    return own;
  };
  const { worker } = await workerOn(t, log, {}, { connectAs });
  const before = listener.connectionCount;
  const own = { 'producer.override.request.timeout.ms': '9000', 'producer.override.linger.ms': '1' };
  await worker.create({ name: 'in', config: { ...source, ...own } });
  await until(
    log,
    async () => (await worker.offsets('in')).offsets[0]?.offset?.['next'] === 10,
    () => 'the source has counted to 10',
  );
  t.deepEqual(
    opened.map(({ properties }) => properties),
    [{ 'request.timeout.ms': '9000' }],
  );
  t.true(listener.connectionCount > before);
  t.false(opened[0]!.closed);
  t.is((await recordsOf(log, 'numbers')).length, 10);
  await worker.stop('in');
  t.true(opened[0]!.closed);
  await worker.close();
});

test('an exactly-once source that would write to another cluster than its worker is refused, and writes nowhere', async t => {
  const log = await openFresh(t, 'direct');
  const elsewhere = await openFresh(t, 'direct');
  t.not(elsewhere.clusterId, log.clusterId);
  const connectAs = () => Promise.resolve(elsewhere);
  const close = elsewhere.close.bind(elsewhere);
  let closed = 0;
  elsewhere.close = async () => void closed++; // the task closes what it was given; the test still looks into it
  t.teardown(close);
  const once = { 'exactly.once.source.support': 'enabled' };
  const { worker } = await workerOn(t, log, once, { connectAs });
  const config = { ...source, 'producer.override.bootstrap.servers': 'elsewhere:9092' };
  await worker.create({ name: 'once', config });
  await untilStates(log, worker, 'once', 'RUNNING: FAILED');
  t.regex(
    worker.taskStatus('once', 0).trace!,
    /producer\.override\.bootstrap\.servers: exactly once needs records and offsets in one cluster.*leave it out, or /,
  );
  t.is(closed, 1);
  for (const each of [log, elsewhere]) {
    await using admin = each.admin();
    t.false((await admin.listTopics()).some(({ name }) => name === 'numbers'));
  }
  await worker.close();

  // Without the promise the records go there, and the offsets stay with the worker.
  const { worker: other } = await workerOn(t, log, {}, { connectAs });
  await until(
    log,
    async () => (await other.offsets('once')).offsets[0]?.offset?.['next'] === 10,
    'it has counted to 10',
  );
  t.is((await recordsOf(elsewhere, 'numbers')).length, 10);
  await other.close();
});
