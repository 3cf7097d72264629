// The life of topics at the level of requests, in every place.

import { kafkaErrorName } from '../../core/base/kafka-errors.js';
import { fetch } from '../../core/protocol/01-fetch.js';
import { metadata } from '../../core/protocol/03-metadata.js';
import { createTopics } from '../../core/protocol/19-create-topics.js';
import { deleteTopics } from '../../core/protocol/20-delete-topics.js';
import { describeConfigs } from '../../core/protocol/32-describe-configs.js';
import { alterConfigs } from '../../core/protocol/33-alter-configs.js';
import { createPartitions } from '../../core/protocol/37-create-partitions.js';
import { incrementalAlterConfigs } from '../../core/protocol/44-incremental-alter-configs.js';
import { describeCluster } from '../../core/protocol/60-describe-cluster.js';
import { testInEveryEmbeddedPlace } from './places.js';
import { Requests } from './requests.js';

const name = (code: number | undefined) => (code === 0 ? 'none' : kafkaErrorName(code ?? 0));
const topicResource = 2;

async function deleteTopic(requests: Requests, topic: string): Promise<string> {
  const { responses } = await requests.send(deleteTopics, { topics: [{ name: topic }] });
  return name(responses[0]!.errorCode);
}

async function configValue(requests: Requests, topic: string, config: string): Promise<string | null> {
  const resources = [{ resourceType: topicResource, resourceName: topic, configurationKeys: [config] }];
  const { results } = await requests.send(describeConfigs, { resources });
  return results[0]!.configs[0]!.value;
}

async function alterConfig(requests: Requests, topic: string, config: string, value: string | null): Promise<string> {
  const configs = [{ name: config, configOperation: value === null ? 1 : 0, value }];
  const resources = [{ resourceType: topicResource, resourceName: topic, configs }];
  const { responses } = await requests.send(incrementalAlterConfigs, { resources });
  return name(responses[0]!.errorCode);
}

testInEveryEmbeddedPlace('a topic that is created is listed, described, and known by its id', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights', 3);
  await requests.createTopic('airports');
  const { topics, brokers, controllerId } = await requests.send(metadata, { topics: null });
  t.deepEqual(
    topics.map(topic => [topic.name, topic.partitions.length, topic.isInternal]),
    [
      ['airports', 1, false],
      ['flights', 3, false],
    ],
  );
  t.deepEqual(
    topics[1]!.partitions.map(each => each.partitionIndex),
    [0, 1, 2],
  );
  t.is(topics[1]!.partitions[2]!.leaderId, brokers[0]!.nodeId);
  t.is(controllerId, brokers[0]!.nodeId);
  const byId = await requests.send(metadata, { topics: [{ name: null, topicId: topics[1]!.topicId }] });
  t.is(byId.topics[0]!.name, 'flights');
  const cluster = await requests.send(describeCluster, {});
  t.is(cluster.brokers.length, 1);
  t.truthy(cluster.clusterId);
});

testInEveryEmbeddedPlace('what cannot be created is refused with its reason', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  const refusal = async (topic: object) => {
    const { topics } = await requests.send(createTopics, {
      topics: [{ name: 'x', numPartitions: 1, replicationFactor: 1, ...topic }],
    });
    return name(topics[0]!.errorCode);
  };
  t.is(await refusal({ name: 'flights' }), 'TOPIC_ALREADY_EXISTS');
  t.is(await refusal({ name: 'a/b' }), 'INVALID_TOPIC_EXCEPTION');
  t.is(await refusal({ name: '__cluster_metadata' }), 'INVALID_TOPIC_EXCEPTION');
  t.is(await refusal({ numPartitions: 0 }), 'INVALID_PARTITIONS');
  t.is(await refusal({ replicationFactor: 2 }), 'INVALID_REPLICATION_FACTOR');
  t.is(await refusal({ configs: [{ name: 'retention.sm', value: '1' }] }), 'INVALID_CONFIG');
  const validated = await requests.send(createTopics, {
    topics: [{ name: 'maybe', numPartitions: 2, replicationFactor: 1 }],
    validateOnly: true,
  });
  t.is(validated.topics[0]!.errorCode, 0);
  const { topics } = await requests.send(metadata, { topics: null });
  t.deepEqual(
    topics.map(topic => topic.name),
    ['flights'],
  );
});

testInEveryEmbeddedPlace('metadata creates what is missing, if the client lets it', async (t, place) => {
  const requests = await Requests.on(await place.open());
  const ask = async (allowAutoTopicCreation: boolean) => {
    const { topics } = await requests.send(metadata, { topics: [{ name: 'fresh' }], allowAutoTopicCreation });
    return [name(topics[0]!.errorCode), topics[0]!.partitions.length];
  };
  t.deepEqual(await ask(false), ['UNKNOWN_TOPIC_OR_PARTITION', 0]);
  t.deepEqual(await ask(true), ['none', 1]);
  t.deepEqual(await ask(false), ['none', 1]);
  t.is(await requests.produce('fresh', 0, ['a']), 0);
});

testInEveryEmbeddedPlace('a broker that creates no topics by itself says so', async (t, place) => {
  const requests = await Requests.on(await place.open({ broker: { autoCreateTopics: false } }));
  const { topics } = await requests.send(metadata, { topics: [{ name: 'fresh' }], allowAutoTopicCreation: true });
  t.is(name(topics[0]!.errorCode), 'UNKNOWN_TOPIC_OR_PARTITION');
});

testInEveryEmbeddedPlace('a deleted topic is gone, and one of the same name is another one', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights', 2);
  await requests.produce('flights', 0, ['old']);
  const oldId = await requests.topicId('flights');
  t.is(await deleteTopic(requests, 'flights'), 'none');
  t.is(await deleteTopic(requests, 'flights'), 'UNKNOWN_TOPIC_OR_PARTITION');
  await requests.createTopic('flights', 1);
  t.not(await requests.topicId('flights'), oldId);
  t.deepEqual(await requests.fetchTexts('flights'), []);
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
  const { responses } = await requests.send(fetch, { topics: [{ topicId: oldId, partitions }] });
  t.is(name(responses[0]!.partitions[0]!.errorCode), 'UNKNOWN_TOPIC_ID');
  t.is(await requests.produce('flights', 0, ['new']), 0);
});

testInEveryEmbeddedPlace('deleting a topic wakes who waits for its records', async (t, place) => {
  const log = await place.open();
  const [reader, writer] = [await Requests.on(log), await Requests.on(log)];
  await writer.createTopic('flights');
  const waiting = reader.fetchPartition('flights', 0, 0, { maxWaitMs: 30_000 });
  await log.ports.clock.sleep(10);
  await deleteTopic(writer, 'flights');
  t.is(name((await waiting).errorCode), 'UNKNOWN_TOPIC_ID');
});

testInEveryEmbeddedPlace('partitions are added, never taken away', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights', 1);
  const grow = async (count: number) => {
    const { results } = await requests.send(createPartitions, {
      topics: [{ name: 'flights', count, assignments: null }],
    });
    return name(results[0]!.errorCode);
  };
  t.is(await grow(3), 'none');
  t.is(await grow(2), 'INVALID_PARTITIONS');
  t.is(await requests.produce('flights', 2, ['a']), 0);
  t.deepEqual(await requests.fetchTexts('flights', 2), ['a']);
});

testInEveryEmbeddedPlace(
  'configs are described with their defaults, altered, and in force at once',
  async (t, place) => {
    const requests = await Requests.on(await place.open());
    await requests.createTopic('flights', 1, { 'retention.ms': '1000' });
    t.is(await configValue(requests, 'flights', 'retention.ms'), '1000');
    t.is(await configValue(requests, 'flights', 'cleanup.policy'), 'delete');
    t.is(await alterConfig(requests, 'flights', 'max.message.bytes', '100'), 'none');
    await t.throwsAsync(requests.produce('flights', 0, ['x'.repeat(200)]), { message: /MESSAGE_TOO_LARGE/ });
    t.is(await alterConfig(requests, 'flights', 'max.message.bytes', null), 'none');
    t.is(await requests.produce('flights', 0, ['x'.repeat(200)]), 0);
    t.is(await alterConfig(requests, 'flights', 'cleanup.policy', 'compact'), 'none');
    await t.throwsAsync(requests.produce('flights', 0, ['x'], { key: null }), { message: /INVALID_RECORD/ });
    t.is(await alterConfig(requests, 'flights', 'cleanup.polcy', 'compact'), 'INVALID_CONFIG');
    t.is(await alterConfig(requests, 'flighst', 'cleanup.policy', 'compact'), 'UNKNOWN_TOPIC_OR_PARTITION');
  },
);

testInEveryEmbeddedPlace('old clients replace all configs of a topic at once', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights', 1, { 'retention.ms': '1000', 'cleanup.policy': 'compact' });
  const replace = async (topic: string, config: string, value: string | null, validateOnly = false) => {
    const resources = [{ resourceType: topicResource, resourceName: topic, configs: [{ name: config, value }] }];
    const { responses } = await requests.send(alterConfigs, { resources, validateOnly });
    return name(responses[0]!.errorCode);
  };
  t.is(await replace('flights', 'max.message.bytes', '100', true), 'none');
  t.is(await configValue(requests, 'flights', 'retention.ms'), '1000');
  t.is(await replace('flights', 'max.message.bytes', '100'), 'none');
  await t.throwsAsync(requests.produce('flights', 0, ['x'.repeat(200)]), { message: /MESSAGE_TOO_LARGE/ });
  t.is(await configValue(requests, 'flights', 'retention.ms'), '604800000');
  t.is(await configValue(requests, 'flights', 'cleanup.policy'), 'delete');
  t.is(await replace('flights', 'max.mesage.bytes', '100'), 'INVALID_CONFIG');
  t.is(await replace('flights', 'retention.ms', null), 'INVALID_CONFIG');
  t.is(await replace('flighst', 'retention.ms', '1'), 'UNKNOWN_TOPIC_OR_PARTITION');
  t.is(await configValue(requests, 'flights', 'max.message.bytes'), '100');
});

testInEveryEmbeddedPlace('old segments go by retention', async (t, place) => {
  const log = await place.open({ broker: { retentionCheckIntervalMs: 20 } });
  const requests = await Requests.on(log);
  await requests.createTopic('flights', 1, { 'segment.bytes': '200', 'retention.bytes': '400', 'retention.ms': '-1' });
  for (let index = 0; index < 10; index++) await requests.produce('flights', 0, ['x'.repeat(80)]);
  // A segment holds one batch of some 150 bytes: three of them are the fewest that reach 400.
  for (let tries = 0; tries < 1000 && (await requests.offsetAt('flights', -2)) < 7; tries++) {
    await log.ports.clock.sleep(10);
  }
  t.is(await requests.offsetAt('flights', -2), 7);
  t.is(name((await requests.fetchPartition('flights', 0, 0)).errorCode), 'OFFSET_OUT_OF_RANGE');
  t.is((await requests.fetchTexts('flights', 0, 7)).length, 3);
});
