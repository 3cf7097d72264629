// Clients over TCP, against a broker of ours behind a socket.

import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { ProtocolError, type WorldFault } from '../../../core/base/errors.js';
import { anyNode, NodeConnections } from '../../../core/client/node-connections.js';
import { openLog } from '../../../core/open/open-log.js';
import { nodeClock as clock } from '../../../core/platform/node-clock.js';
import { produce } from '../../../core/protocol/00-produce.js';
import { fetch } from '../../../core/protocol/01-fetch.js';
import { metadata } from '../../../core/protocol/03-metadata.js';
import { initProducerId } from '../../../core/protocol/22-init-producer-id.js';
import type { Connection } from '../../../core/protocol/connection.js';
import { simulatedRandom } from '../../../core/simulation/random.js';
import { batchOf, Requests, textsOf } from '../requests.js';
import { BrokerListener } from './broker-listener.js';
import { withLength } from './frames.js';
import { damages, flipped } from './hostile-answers.js';
import { listenSomewhere } from './listening.js';
import { ManglingProxy, unchanged } from './mangling-proxy.js';

const noTopic = { allowAutoTopicCreation: false };

async function listener(t: ExecutionContext, advertisedPort?: number): Promise<BrokerListener> {
  const started = await BrokerListener.start(advertisedPort === undefined ? {} : { advertisedPort });
  t.teardown(() => started.close());
  return started;
}

/** A broker that is reached through the proxy only. */
async function proxied(t: ExecutionContext): Promise<ManglingProxy> {
  const proxy = await ManglingProxy.start();
  t.teardown(() => proxy.close());
  proxy.targetPort = (await listener(t, proxy.port)).port;
  return proxy;
}

test('producers, consumers, groups and admin clients work over TCP as they do embedded', async t => {
  const { url } = await listener(t);
  await using log = await openLog(url);
  t.regex(log.clusterId, /^[\w-]{22}$/);
  t.is(log.url, url);
  await log.admin().createTopics([{ name: 'flights', partitions: 3 }]);
  const producer = log.producer();
  const sent = Array.from({ length: 500 }, (_, index) => `flight ${index}`);
  await Promise.all(sent.map(value => producer.send('flights', { key: value, value })));
  const read: string[] = [];
  const consumer = log.consumer({ groupId: 'g', topics: ['flights'], autoOffsetReset: 'earliest' });
  while (read.length < sent.length) {
    for (const { value } of await consumer.poll({ waitMs: 10_000 })) read.push(value!);
  }
  t.deepEqual([...read].sort(), [...sent].sort());
  await consumer.commit();
  t.deepEqual(
    (await log.admin().listGroups()).map(({ groupId }) => groupId),
    ['g'],
  );
});

test('a consumer that changes its mind has one fetch on its way to a broker, not one for each change', async t => {
  const broker = await listener(t);
  await using log = await openLog(broker.url);
  await log.admin().createTopics([{ name: 'flights', partitions: 2 }]);
  const partitions = [0, 1].map(partition => ({ topic: 'flights', partition }));
  await using consumer = log.consumer({ fetchMaxWaitMs: 120_000 });
  consumer.assign(partitions);
  for (let changes = 0; changes < 40; changes++) {
    if (changes % 2 === 0) consumer.seek(partitions[0]!, 0);
    else consumer.resume([partitions[1]!]);
    t.deepEqual(await consumer.poll({ waitMs: 1 }), []);
  }
  await log.producer().send('flights', { partition: 1, value: 'late' });
  const [record] = await consumer.poll({ waitMs: 60_000 });
  t.is(record!.value, 'late');
  t.true(broker.requestCounts.get(fetch.key)! < 10, `${broker.requestCounts.get(fetch.key)} fetches`);
});

test('a record of a megabyte arrives as it was sent, in one buffer', async t => {
  const { url } = await listener(t);
  await using log = await openLog(url);
  await log.admin().createTopics([{ name: 'large', partitions: 1, configs: { 'max.message.bytes': '4000000' } }]);
  const value = Buffer.from(simulatedRandom('large').bytes(1_500_000)).toString('base64');
  await log.producer().send('large', { value });
  const requests = new Requests(await log.connect());
  const { topics } = await requests.send(metadata, { topics: [{ name: 'large' }] });
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000_000 }];
  const request = { maxBytes: 10_000_000, topics: [{ topic: 'large', topicId: topics[0]!.topicId, partitions }] };
  const { responses } = await requests.send(fetch, request);
  const { records } = responses[0]!.partitions[0]!;
  t.is(records.length, 1);
  t.true(records[0]!.length > 2_000_000);
  t.deepEqual(textsOf(records), [value]);
});

test('requests are answered in the order they were sent, however many there are at once', async t => {
  const { url } = await listener(t);
  await using log = await openLog(url);
  const connection = await log.connect();
  const order: number[] = [];
  const sends = Array.from({ length: 200 }, (_, index) =>
    connection.send(metadata, metadata.request({ topics: [], ...noTopic })).then(() => void order.push(index)),
  );
  await Promise.all(sends);
  t.deepEqual(
    order,
    [...order].sort((one, other) => one - other),
  );
  t.is(order.length, 200);
});

test('a request without acknowledgement resolves at once, and does not disturb the answers of others', async t => {
  const { url } = await listener(t);
  await using log = await openLog(url);
  const requests = new Requests(await log.connect());
  await requests.createTopic('t');
  const topicData = [{ name: 't', partitionData: [{ index: 0, records: [batchOf(['a'])] }] }];
  const answers = await Promise.all([
    requests.send(produce, { acks: 0, timeoutMs: 1_000, topicData }),
    requests.send(metadata, { topics: [{ name: 't' }] }),
    requests.send(produce, { acks: -1, timeoutMs: 1_000, topicData }),
  ]);
  t.deepEqual(answers[0].responses, []);
  t.is(answers[1].topics[0]!.name, 't');
  t.is(answers[2].responses[0]!.partitionResponses[0]!.baseOffset, 1);
});

test('whoever aborts gets its promise back at once, and the next answers are those of the next requests', async t => {
  const { url } = await listener(t);
  await using log = await openLog(url);
  const requests = new Requests(await log.connect());
  await requests.createTopic('t');
  const { topics } = await requests.send(metadata, { topics: [{ name: 't' }] });
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }];
  const poll = { maxWaitMs: 2_000, minBytes: 1, topics: [{ topic: 't', topicId: topics[0]!.topicId, partitions }] };
  const controller = new AbortController();
  const held = requests.send(fetch, poll, { signal: controller.signal });
  const behind = requests.send(metadata, { topics: [{ name: 't' }] });
  controller.abort(new Error('changed my mind'));
  await t.throwsAsync(held, { message: 'changed my mind' });
  t.is((await behind).topics[0]!.name, 't');
  await t.throwsAsync(requests.send(metadata, {}, { signal: controller.signal }), { message: 'changed my mind' });
});

test('a broker that does not answer is given up after the request timeout, by its address', async t => {
  const proxy = await proxied(t);
  await using log = await openLog(`kafka://${proxy.address}`, { requestTimeoutMs: 300 });
  proxy.mangle = answer => (answer.index === 0 ? unchanged(answer) : { pieces: [] });
  const connection = await log.connect();
  const send = () => connection.send(initProducerId, initProducerId.request({ transactionTimeoutMs: 1 }));
  const faults = await Promise.allSettled([send(), send()]);
  for (const each of faults) {
    const fault = (each as PromiseRejectedResult).reason as WorldFault;
    t.is(fault.message, `${proxy.address}: no answer to InitProducerId in time (request.timeout.ms is 300)`);
    t.true(fault.isRetriable);
  }
  await t.throwsAsync(send(), { message: /no answer to InitProducerId/ });
});

test('a broker that accepts connections and says nothing is given up within the setup timeout', async t => {
  const silent = createServer(socket => void socket.resume());
  const port = await listenSomewhere(silent);
  t.teardown(() => void silent.close());
  const url = `kafka://127.0.0.1:${port}`;
  const opening = openLog(url, { connectionSetupTimeoutMs: 200, openTimeoutMs: 300 });
  await t.throwsAsync(opening, {
    name: 'WorldFault',
    message: new RegExp(`no broker of ${url} can be reached: 127.0.0.1:${port}: no connection within 200 ms`),
  });
});

test('a broker of an older kind is spoken to in its own version of ApiVersions', async t => {
  const asked: number[] = [];
  const old = createServer(socket => {
    socket.on('data', chunk => {
      const [version, correlationId] = [chunk.readInt16BE(6), chunk.readInt32BE(8)];
      asked.push(version);
      // Knows 0 and 1 only. An unknown version is answered in version 0, with its own range (KIP-511).
      const error = version > 1 ? 35 : 0;
      const body = [0, error, 0, 0, 0, 2, 0, 18, 0, 0, 0, 1, 0, 3, 0, 0, 0, 1, ...(version === 1 ? [0, 0, 0, 0] : [])];
      const head = Buffer.alloc(4);
      head.writeInt32BE(correlationId);
      if (asked.length <= 2) socket.write(withLength(Buffer.concat([head, Buffer.from(body)])));
      else socket.destroy();
    });
  });
  const port = await listenSomewhere(old);
  t.teardown(() => void old.close());
  await t.throwsAsync(openLog(`kafka://127.0.0.1:${port}`, { openTimeoutMs: 100 }), { name: 'WorldFault' });
  t.deepEqual(asked.slice(0, 2), [4, 1]);
});

test('an API that the broker does not serve is refused by name, with the address', async t => {
  const { url, port } = await listener(t);
  await using log = await openLog(url);
  const connection = await log.connect();
  const stranger = { ...metadata, key: 999, name: 'Unheard' };
  const error = await t.throwsAsync(connection.send(stranger, metadata.request({})), { instanceOf: ProtocolError });
  t.is(error.kind, 'UNSUPPORTED_VERSION');
  t.regex(error.message, new RegExp(`127.0.0.1:${port} serves no version of Unheard`));
});

test('any of the listed brokers will do, and all of them are named when none answers', async t => {
  const { port } = await listener(t);
  const gone = await listener(t);
  await gone.close();
  for (let round = 0; round < 5; round++) {
    await using log = await openLog(`kafka://127.0.0.1:${gone.port},127.0.0.1:${port}`);
    t.is((await log.admin().listTopics()).length, 0);
  }
  const nobody = openLog(`kafka://127.0.0.1:${gone.port},localhost:${gone.port}`, { openTimeoutMs: 200 });
  const { message } = await t.throwsAsync(nobody, { name: 'WorldFault' });
  t.regex(message, new RegExp(`127.0.0.1:${gone.port}: nobody listens there`));
  t.regex(message, new RegExp(`localhost:${gone.port}: nobody listens there`));
});

test('clients go on over new connections after theirs were cut, and find a cluster again by its first addresses', async t => {
  const proxy = await proxied(t);
  await using log = await openLog(`kafka://${proxy.address}`);
  await log.admin().createTopics([{ name: 't', partitions: 1 }]);
  const producer = log.producer();
  await producer.send('t', { value: 'before' });
  // The same cluster behind the same name, at another place: what was known is of no use.
  const other = await listener(t, proxy.port);
  proxy.targetPort = other.port;
  proxy.cut();
  await log.admin().createTopics([{ name: 't', partitions: 1 }]);
  await producer.send('t', { value: 'after' });
  const consumer = log.consumer({ topics: ['t'], autoOffsetReset: 'earliest' });
  t.deepEqual(
    (await consumer.poll({ waitMs: 10_000 })).map(({ value }) => value),
    ['after'],
  );
});

test('a bit that flips within a batch on its way is a corrupt message, never a record', async t => {
  const proxy = await proxied(t);
  const random = simulatedRandom('flips in batches');
  await using log = await openLog(`kafka://${proxy.address}`);
  await log.admin().createTopics([{ name: 't', partitions: 1 }]);
  const value = 'a value that is long enough to be found';
  await log.producer().send('t', { value });
  let flips = 0;
  proxy.mangle = answer => {
    const at = answer.frame.indexOf(value);
    const isHit = answer.index > 0 && at > 0;
    if (isHit) flipped(answer.frame, random, at, at + value.length);
    flips += isHit ? 1 : 0;
    return unchanged(answer);
  };
  for (let round = 0; round < 100; round++) {
    const consumer = log.consumer({ topics: ['t'], autoOffsetReset: 'earliest' });
    await t.throwsAsync(consumer.poll({ waitMs: 10_000 }), {
      message: new RegExp(
        `^CORRUPT_MESSAGE: the batch at offset 0 of t-0 came damaged from ${proxy.address}: poll again`,
      ),
    });
    await consumer.close();
  }
  t.is(flips, 100);
});

test('records reach their topic once each and in order, whatever happens to the answers', async t => {
  const proxy = await proxied(t);
  const random = simulatedRandom('trouble');
  const troubles = damages.filter(({ fate, name }) => fate === 'refused' && name !== 'after the next one');
  const met = new Map<string, number>();
  let isTroubled = false;
  await using log = await openLog(`kafka://${proxy.address}`, { requestTimeoutMs: 500 });
  await log.admin().createTopics([{ name: 't', partitions: 1 }]);
  proxy.mangle = answer => {
    if (!isTroubled || random.below(3) > 0) return unchanged(answer);
    const damage = troubles[random.below(troubles.length)]!;
    met.set(damage.name, (met.get(damage.name) ?? 0) + 1);
    return damage.plan(random, answer.index)(answer);
  };
  const producer = log.producer();
  await producer.send('t', { value: '0' });
  isTroubled = true;
  proxy.cut();
  for (let index = 1; index <= 300; index += 3) {
    await Promise.all([0, 1, 2].map(next => producer.send('t', { value: String(index + next) })));
  }
  isTroubled = false;
  proxy.cut();
  const consumer = log.consumer({ topics: ['t'], autoOffsetReset: 'earliest' });
  const read: string[] = [];
  while (read.length < 301) for (const { value } of await consumer.poll({ waitMs: 10_000 })) read.push(value!);
  t.deepEqual(
    read,
    Array.from({ length: 301 }, (_, index) => String(index)),
  );
  t.true([...met.values()].reduce((sum, count) => sum + count, 0) >= 20);
  t.log(Object.fromEntries(met));
});

test('a connection that the broker has closed while it was idle is made anew, and no request fails for it', async t => {
  const proxy = await proxied(t);
  await using log = await openLog(`kafka://${proxy.address}`);
  let latest: Connection | undefined;
  const place = { url: log.url, connect: async () => (latest = await log.connect()) };
  const nodes = new NodeConnections(place);
  for (const connections of [1, 2, 3]) {
    const { brokers } = await nodes.send(anyNode, metadata, metadata.request({ topics: [] }));
    t.is(brokers.length, 1);
    t.is(proxy.connectionCount, connections + 1, 'one was for opening the log');
    proxy.cut();
    while (latest?.isClosed !== true) await clock.sleep(5);
  }
  await nodes.close();
});

test('closing a log closes its connections, and rejects what comes later', async t => {
  const { url } = await listener(t);
  const log = await openLog(url);
  const connection = await log.connect();
  const poll = connection.send(fetch, fetch.request({ maxWaitMs: 10_000, minBytes: 1, maxBytes: 100 }));
  const answers = Promise.allSettled([poll]);
  await log.close();
  await log.close();
  await answers;
  await t.throwsAsync(connection.send(metadata, metadata.request({})), { name: 'WorldFault', message: /is closed/ });
  await t.throwsAsync(log.connect(), { name: 'WorldFault', message: new RegExp(`the log ${url} is closed`) });
});
