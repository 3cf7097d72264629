import { array, bool, type Fields, int8, int16, int32, int64, string, uint16, uuid } from '../field.js';
import { schema } from '../schema.js';

// Kafka's records of `__cluster_metadata`, in the versions that Millrace writes and all before.

function record<F extends Fields>(title: string, maxVersion: number, fields: F) {
  return schema({ title, versions: [0, maxVersion], flexibleFrom: 0 }, fields);
}

export const registerBrokerRecord = record('RegisterBrokerRecord', 1, {
  brokerId: int32('0+'),
  incarnationId: uuid('0+'),
  brokerEpoch: int64('0+'),
  endPoints: array('0+', {
    name: string('0+'),
    host: string('0+'),
    port: uint16('0+'),
    securityProtocol: int16('0+'),
  }),
  features: array('0+', { name: string('0+'), minSupportedVersion: int16('0+'), maxSupportedVersion: int16('0+') }),
  rack: string('0+', { nullable: '0+' }),
  fenced: bool('0+', { default: true }),
  inControlledShutdown: bool('1+'),
});

export const topicRecord = record('TopicRecord', 0, { name: string('0+'), topicId: uuid('0+') });

export const partitionRecord = record('PartitionRecord', 1, {
  partitionId: int32('0+', { default: -1 }),
  topicId: uuid('0+'),
  replicas: array('0+', 'int32'),
  isr: array('0+', 'int32'),
  removingReplicas: array('0+', 'int32'),
  addingReplicas: array('0+', 'int32'),
  leader: int32('0+', { default: -1 }),
  leaderRecoveryState: int8('0+', { tag: 0 }),
  leaderEpoch: int32('0+', { default: -1 }),
  partitionEpoch: int32('0+', { default: -1 }),
  directories: array('1+', 'uuid'),
});

export const configRecord = record('ConfigRecord', 0, {
  resourceType: int8('0+'),
  resourceName: string('0+'),
  name: string('0+'),
  value: string('0+', { nullable: '0+' }),
});

/** The default: the leader stays. */
export const noLeaderChange = -2;

export const partitionChangeRecord = record('PartitionChangeRecord', 1, {
  partitionId: int32('0+', { default: -1 }),
  topicId: uuid('0+'),
  isr: array('0+', 'int32', { nullable: '0+', default: null, tag: 0 }),
  leader: int32('0+', { default: noLeaderChange, tag: 1 }),
  replicas: array('0+', 'int32', { nullable: '0+', default: null, tag: 2 }),
  removingReplicas: array('0+', 'int32', { nullable: '0+', default: null, tag: 3 }),
  addingReplicas: array('0+', 'int32', { nullable: '0+', default: null, tag: 4 }),
  leaderRecoveryState: int8('0+', { default: -1, tag: 5 }),
  directories: array('1+', 'uuid', { nullable: '1+', default: null, tag: 8 }),
});

export const removeTopicRecord = record('RemoveTopicRecord', 0, { topicId: uuid('0+') });

export const featureLevelRecord = record('FeatureLevelRecord', 0, { name: string('0+'), featureLevel: int16('0+') });

export const producerIdsRecord = record('ProducerIdsRecord', 0, {
  brokerId: int32('0+'),
  brokerEpoch: int64('0+', { default: -1 }),
  nextProducerId: int64('0+'),
});
