// The records of `__cluster_metadata`, as KRaft writes them: no key; the value is the version of this framing (1), the number of the
// record's type, its version, and then its fields. Read by `kafka-dump-log --cluster-metadata-decoder`.

import { ProtocolError } from '../../base/errors.js';
import { MessageReader } from '../message-reader.js';
import { MessageWriter } from '../message-writer.js';
import type { Schema } from '../schema.js';
import {
  configRecord,
  featureLevelRecord,
  noLeaderChange,
  partitionChangeRecord,
  partitionRecord,
  producerIdsRecord,
  registerBrokerRecord,
  removeTopicRecord,
  topicRecord,
} from './cluster-metadata-schemas.js';

/** The same shapes as the records of the cluster machine, which knows no bytes. */
export type ClusterMetadataRecord =
  | { readonly kind: 'feature-level'; readonly name: string; readonly featureLevel: number }
  | {
      readonly kind: 'register-broker';
      readonly brokerId: number;
      readonly incarnationId: string;
      readonly brokerEpoch: number;
      readonly endPoints: readonly { readonly name: string; readonly host: string; readonly port: number }[];
      readonly rack: string | null;
    }
  | { readonly kind: 'topic'; readonly name: string; readonly topicId: string }
  | {
      readonly kind: 'partition';
      readonly topicId: string;
      readonly partitionId: number;
      readonly replicas: readonly number[];
      readonly isr: readonly number[];
      readonly leader: number;
      readonly leaderEpoch: number;
      readonly partitionEpoch: number;
    }
  | {
      readonly kind: 'partition-change';
      readonly topicId: string;
      readonly partitionId: number;
      readonly leader: number | undefined;
      readonly isr: readonly number[] | undefined;
    }
  | { readonly kind: 'config'; readonly topic: string; readonly name: string; readonly value: string | null }
  | { readonly kind: 'remove-topic'; readonly topicId: string }
  | {
      readonly kind: 'producer-ids';
      readonly brokerId: number;
      readonly brokerEpoch: number;
      readonly nextProducerId: number;
    };

type Kind = ClusterMetadataRecord['kind'];
type RecordOf<K extends Kind> = Extract<ClusterMetadataRecord, { kind: K }>;

const frameVersion = 1;
const topicResource = 2;

/** How one kind of record goes to and from its message. `version`: the one written. */
interface RecordCodec<K extends Kind, V> {
  readonly apiKey: number;
  readonly version: number;
  readonly schema: Schema<V>;
  toMessage(record: RecordOf<K>): V;
  /** undefined: a message that says nothing to Millrace. */
  toRecord(message: V): RecordOf<K> | undefined;
}

function codec<K extends Kind, V>(_kind: K, declared: RecordCodec<K, V>): RecordCodec<Kind, unknown> {
  // Found by kind and apiKey only, so that each is given the records it is for.
  return declared as unknown as RecordCodec<Kind, unknown>;
}

const codecs: Readonly<Record<Kind, RecordCodec<Kind, unknown>>> = {
  'register-broker': codec('register-broker', {
    apiKey: 0,
    version: 1,
    schema: registerBrokerRecord,
    toMessage: broker => registerBrokerRecord({ ...broker, fenced: false }),
    toRecord: ({ brokerId, incarnationId, brokerEpoch, endPoints, rack }) => ({
      kind: 'register-broker',
      brokerId,
      incarnationId,
      brokerEpoch,
      endPoints: endPoints.map(({ name, host, port }) => ({ name, host, port })),
      rack,
    }),
  }),
  topic: codec('topic', {
    apiKey: 2,
    version: 0,
    schema: topicRecord,
    toMessage: record => topicRecord(record),
    toRecord: message => ({ kind: 'topic', ...message }),
  }),
  partition: codec('partition', {
    apiKey: 3,
    version: 0,
    schema: partitionRecord,
    toMessage: record => partitionRecord(record),
    toRecord: ({ topicId, partitionId, replicas, isr, leader, leaderEpoch, partitionEpoch }) => ({
      kind: 'partition',
      topicId,
      partitionId,
      replicas,
      isr,
      leader,
      leaderEpoch,
      partitionEpoch,
    }),
  }),
  config: codec('config', {
    apiKey: 4,
    version: 0,
    schema: configRecord,
    toMessage: ({ topic, name, value }) => ({ resourceType: topicResource, resourceName: topic, name, value }),
    toRecord({ resourceType, resourceName: topic, name, value }) {
      return resourceType === topicResource ? { kind: 'config', topic, name, value } : undefined;
    },
  }),
  'partition-change': codec('partition-change', {
    apiKey: 5,
    version: 0,
    schema: partitionChangeRecord,
    toMessage: ({ topicId, partitionId, leader, isr }) =>
      partitionChangeRecord({ topicId, partitionId, leader: leader ?? noLeaderChange, isr: isr ?? null }),
    toRecord: ({ topicId, partitionId, leader, isr }) => ({
      kind: 'partition-change',
      topicId,
      partitionId,
      leader: leader === noLeaderChange ? undefined : leader,
      isr: isr ?? undefined,
    }),
  }),
  'remove-topic': codec('remove-topic', {
    apiKey: 9,
    version: 0,
    schema: removeTopicRecord,
    toMessage: record => removeTopicRecord(record),
    toRecord: message => ({ kind: 'remove-topic', ...message }),
  }),
  'feature-level': codec('feature-level', {
    apiKey: 12,
    version: 0,
    schema: featureLevelRecord,
    toMessage: record => featureLevelRecord(record),
    toRecord: message => ({ kind: 'feature-level', ...message }),
  }),
  'producer-ids': codec('producer-ids', {
    apiKey: 15,
    version: 0,
    schema: producerIdsRecord,
    toMessage: record => producerIdsRecord(record),
    toRecord: message => ({ kind: 'producer-ids', ...message }),
  }),
};

const codecByKey = new Map(Object.values(codecs).map(each => [each.apiKey, each]));

/** The value of the record; its key is null. */
export function encodeClusterMetadataRecord(record: ClusterMetadataRecord): Uint8Array {
  const { apiKey, version, schema, toMessage } = codecs[record.kind];
  const out = new MessageWriter();
  out.unsignedVarint(frameVersion);
  out.unsignedVarint(apiKey);
  out.unsignedVarint(version);
  schema.write(toMessage(record), version, out);
  return out.finish();
}

/** undefined: a record that Millrace does not know. Throws ProtocolError for a malformed one. */
export function decodeClusterMetadataRecord(value: Uint8Array): ClusterMetadataRecord | undefined {
  const reader = new MessageReader(value, 'record of __cluster_metadata');
  const frame = reader.unsignedVarint();
  if (frame !== frameVersion) throw reader.malformed(`a frame of version ${frame}`);
  const found = codecByKey.get(reader.unsignedVarint());
  const version = reader.unsignedVarint();
  if (found === undefined) return undefined;
  const { title, versions } = found.schema;
  if (version > versions[1]) throw new ProtocolError('UNSUPPORTED_VERSION', `${title} v${version}`);
  const message = found.schema.read(version, reader);
  reader.requireEnd();
  return found.toRecord(message);
}
