// Connectors that connect as somebody else, on an Apache Kafka that keeps out whom its ACLs do not name: the worker may neither write nor read the topic,
// one user may write it, another read it. So what arrives shows as whom each client came.

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openLog } from '../../core/index.js';
import { nodePorts } from '../../core/platform/node-ports.js';
import { freePorts } from '../../scripts/kafka/free-ports.js';
import type { KafkaCluster } from '../../scripts/kafka/start-kafka.js';
import { fileText } from '../cli/file-text.js';
import { testFolder } from '../cli/run-millrace.js';
import { startWorkerProcess, type WorkerProcess } from '../cli/worker-process.js';
import { recordsOf } from '../connect/places.js';
import { until } from '../connect/until.js';
import { ownKafka } from './own-kafka.js';

const clocked = { ports: nodePorts() };
const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
const passwords = { worker: 'worker-pass', writer: 'writer-pass', reader: 'reader-pass' };
const jaas = (user: keyof typeof passwords): string => `${module} username="${user}" password="${passwords[user]}";`;

/** The plain listener, on which everybody is ANONYMOUS, is for the broker itself and for looking at what came of it. */
async function guardedKafka(t: ExecutionContext): Promise<{ cluster: KafkaCluster; sasl: string } | undefined> {
  const port = await freePorts(20);
  const listeners = `PLAINTEXT://127.0.0.1:${port},SASL_PLAINTEXT://127.0.0.1:${port + 1}`;
  const users = Object.entries(passwords).map(([user, password]) => `user_${user}="${password}"`);
  const cluster = await ownKafka(t, {
    port,
    settings: {
      listeners: `${listeners},CONTROLLER://127.0.0.1:${port + 10}`,
      'advertised.listeners': listeners,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      'listener.name.sasl_plaintext.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${module} ${users.join(' ')};`,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      'allow.everyone.if.no.acl.found': 'true',
    },
  });
  return cluster && { cluster, sasl: `127.0.0.1:${port + 1}` };
}

async function allow(t: ExecutionContext, cluster: KafkaCluster, ...acl: string[]): Promise<void> {
  const { status, stderr, stdout } = await cluster.tool('kafka-acls', ['--add', ...acl]);
  t.is(status, 0, `${stdout}${stderr}`);
}

interface Answer {
  readonly message?: string;
  readonly 'sink-record-lag-max'?: number;
  readonly offsets?: readonly { readonly offset: Readonly<Record<string, number>> }[];
}

async function request(worker: WorkerProcess, path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${worker.url}${path}`, { headers, ...init });
  const text = await response.text();
  return JSON.parse(text === '' ? '{}' : text) as Answer;
}

const put = (worker: WorkerProcess, name: string, config: object) =>
  request(worker, `/connectors/${name}/config`, { method: 'PUT', body: JSON.stringify(config) });

async function untilStatus(worker: WorkerProcess, name: string, pattern: RegExp): Promise<void> {
  await until(
    clocked,
    async () => pattern.test(JSON.stringify(await request(worker, `/connectors/${name}/status`))),
    async () => `${name} is ${pattern}: ${JSON.stringify(await request(worker, `/connectors/${name}/status`))}`,
  );
}

test('only connectors that connect as who may use a topic write and read it', async t => {
  t.timeout(300_000);
  const kafka = await guardedKafka(t);
  if (kafka === undefined) return;
  const { cluster, sasl } = kafka;
  await using everything = await openLog(cluster.url);
  await everything.admin().createTopics([{ name: 'guarded', partitions: 1 }]);
  await allow(t, cluster, '--allow-principal', 'User:writer', '--producer', '--topic', 'guarded');
  const group = ['--consumer', '--topic', 'guarded', '--group', 'connect-out'];
  await allow(t, cluster, '--allow-principal', 'User:reader', ...group);
  await allow(t, cluster, '--allow-principal', 'User:worker', '--operation', 'All', '--topic', 'connect-offsets');

  const cwd = testFolder(t);
  writeFileSync(join(cwd, 'in.txt'), 'one\ntwo\n');
  const properties = [
    `bootstrap.servers=${sasl}`,
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=PLAIN',
    `sasl.jaas.config=${jaas('worker')}`,
    'offset.flush.interval.ms=50',
    'value.converter=string',
  ];
  writeFileSync(join(cwd, 'worker.properties'), properties.join('\n'));
  const worker = await startWorkerProcess(t, cwd, 'worker.properties');

  const source = { 'connector.class': 'FileStreamSource', file: join(cwd, 'in.txt'), topic: 'guarded' };
  const file = join(cwd, 'out.txt');
  const sink = { 'connector.class': 'FileStreamSink', topics: 'guarded', file };
  await put(worker, 'in', source);
  await untilStatus(worker, 'in', /TOPIC_AUTHORIZATION_FAILED.*guarded/);
  await put(worker, 'in', { ...source, 'producer.override.sasl.jaas.config': jaas('reader') });
  await untilStatus(worker, 'in', /TOPIC_AUTHORIZATION_FAILED.*guarded/);
  t.is((await recordsOf(everything, 'guarded')).length, 0);
  await put(worker, 'in', { ...source, 'producer.override.sasl.jaas.config': jaas('writer') });
  await until(
    clocked,
    async () => (await recordsOf(everything, 'guarded')).length === 2,
    async () => `the writer has written: ${JSON.stringify(await request(worker, '/connectors/in/status'))}`,
  );
  await until(
    clocked,
    async () => (await request(worker, '/connectors/in/offsets')).offsets?.length === 1,
    async () => 'the worker, who alone may, has written how far the source is',
  );

  const named = { 'consumer.override.sasl.username': 'reader', 'consumer.override.sasl.password': passwords.reader };
  await put(worker, 'out', { ...sink, 'consumer.override.sasl.jaas.config': jaas('writer') });
  await untilStatus(worker, 'out', /GROUP_AUTHORIZATION_FAILED|TOPIC_AUTHORIZATION_FAILED/);
  t.is(fileText(file), '');
  await put(worker, 'out', { ...sink, ...named });
  await until(
    clocked,
    async () => fileText(file) === 'one\ntwo\n',
    async () => `the reader has read: ${JSON.stringify(await request(worker, '/connectors/out/status'))}`,
  );
  const refused = await request(worker, '/connectors/out/offsets');
  t.regex(refused.message ?? JSON.stringify(refused), /GROUP_AUTHORIZATION_FAILED|"offsets":\[\]/);
  const asReader = { 'admin.override.sasl.jaas.config': jaas('reader') };
  await put(worker, 'out', { ...sink, ...named, ...asReader });
  await until(
    clocked,
    async () => (await request(worker, '/connectors/out/offsets')).offsets?.[0]?.offset['kafka_offset'] === 2,
    async () => `the reader sees the offsets: ${JSON.stringify(await request(worker, '/connectors/out/offsets'))}`,
  );

  await request(worker, '/connectors/out/pause', { method: 'PUT' });
  await untilStatus(worker, 'out', /"state":"PAUSED".*"state":"PAUSED"/);
  appendFileSync(join(cwd, 'in.txt'), 'three\n');
  await until(
    clocked,
    async () => (await recordsOf(everything, 'guarded')).length === 3,
    async () => 'a third record is there',
  );
  t.is((await request(worker, '/connectors/out/metrics'))['sink-record-lag-max'], 1);
  const told = await cluster.tool('kafka-consumer-groups', ['--describe', '--group', 'connect-out']);
  t.regex(told.stdout, /^connect-out +guarded +0 +2 +3 +1 /m, "topic, partition, offset, end and lag in Kafka's words");

  const wrong = { 'producer.override.sasl.jaas.config': `${module} username="writer" password="not-his-pass";` };
  await put(worker, 'in', { ...source, ...wrong });
  await untilStatus(worker, 'in', /SASL_AUTHENTICATION_FAILED.*\\"writer\\"/);
  const shown = [worker.logged(), JSON.stringify(await request(worker, '/connectors?expand=info&expand=status'))];
  for (const secret of [...Object.values(passwords), 'not-his-pass']) t.false(shown.join().includes(secret), secret);
  t.is(await worker.stop(), 0);
});
