// The records of `__consumer_offsets`, as Kafka writes them: the key is the number of its kind and then the key's fields, the value its
// version and then the value's fields; a null value takes back what the key names. Read by `kafka-dump-log --offsets-decoder`.

import { ProtocolError } from '../../base/errors.js';
import { MessageReader } from '../message-reader.js';
import { MessageWriter } from '../message-writer.js';
import type { Schema } from '../schema.js';
import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from './consumer-offsets-schemas.js';

export interface OffsetCommit {
  readonly kind: 'offset-commit';
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestamp: number;
  readonly expireTimestamp: number;
}

export interface GroupMetadata {
  readonly kind: 'group-metadata';
  readonly groupId: string;
  readonly protocolType: string;
  readonly generation: number;
  readonly protocol: string | null;
  readonly leader: string | null;
  readonly stateTimestamp: number;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly clientId: string;
    readonly clientHost: string;
    readonly rebalanceTimeoutMs: number;
    readonly sessionTimeoutMs: number;
    readonly subscription: Uint8Array;
    readonly assignment: Uint8Array;
  }[];
}

/** The same shapes as the records of the groups machine, which knows no bytes. */
export type ConsumerOffsetsRecord =
  | OffsetCommit
  | GroupMetadata
  | { readonly kind: 'offset-tombstone'; readonly groupId: string; readonly topic: string; readonly partition: number }
  | { readonly kind: 'group-tombstone'; readonly groupId: string };

const oldOffsetCommitKind = 0;
const offsetCommitKind = 1;
const groupMetadataKind = 2;
const valueVersion = 3;
/** The only version that has an expire timestamp, and then no leader epoch. */
const expiringValueVersion = 1;

export function encodeConsumerOffsetsRecord(record: ConsumerOffsetsRecord): {
  key: Uint8Array;
  value: Uint8Array | null;
} {
  switch (record.kind) {
    case 'offset-commit':
    case 'offset-tombstone': {
      const { groupId: group, topic, partition } = record;
      const key = framed(offsetCommitKey, { group, topic, partition }, { number: offsetCommitKind, version: 0 });
      return { key, value: record.kind === 'offset-commit' ? encodeCommit(record) : null };
    }
    case 'group-metadata':
    case 'group-tombstone': {
      const key = framed(groupMetadataKey, { group: record.groupId }, { number: groupMetadataKind, version: 0 });
      return { key, value: record.kind === 'group-metadata' ? encodeGroup(record) : null };
    }
  }
}

/** undefined: a kind of record that Millrace does not know. Throws ProtocolError for a malformed one. */
export function decodeConsumerOffsetsRecord(
  key: Uint8Array,
  value: Uint8Array | null,
): ConsumerOffsetsRecord | undefined {
  const reader = new MessageReader(key, 'key of __consumer_offsets');
  const number = reader.int16();
  if (number === oldOffsetCommitKind || number === offsetCommitKind) {
    const { group: groupId, topic, partition } = offsetCommitKey.read(0, reader);
    if (value === null) return { kind: 'offset-tombstone', groupId, topic, partition };
    return { kind: 'offset-commit', groupId, topic, partition, ...unframed(offsetCommitValue, value) };
  }
  if (number !== groupMetadataKind) return undefined;
  const { group: groupId } = groupMetadataKey.read(0, reader);
  return value === null ? { kind: 'group-tombstone', groupId } : decodeGroup(groupId, value);
}

function encodeCommit(record: OffsetCommit): Uint8Array {
  const version = record.expireTimestamp < 0 ? valueVersion : expiringValueVersion;
  return framed(offsetCommitValue, record, { number: version, version });
}

function encodeGroup({ stateTimestamp: currentStateTimestamp, members, ...group }: GroupMetadata): Uint8Array {
  const encoded = members.map(
    ({ rebalanceTimeoutMs: rebalanceTimeout, sessionTimeoutMs: sessionTimeout, ...member }) => ({
      ...member,
      rebalanceTimeout,
      sessionTimeout,
    }),
  );
  const message = { ...group, currentStateTimestamp, members: encoded };
  return framed(groupMetadataValue, message, { number: valueVersion, version: valueVersion });
}

function decodeGroup(groupId: string, value: Uint8Array): GroupMetadata {
  const { currentStateTimestamp: stateTimestamp, members, ...group } = unframed(groupMetadataValue, value);
  const decoded = members.map(
    ({ rebalanceTimeout: rebalanceTimeoutMs, sessionTimeout: sessionTimeoutMs, ...member }) => ({
      ...member,
      // Version 0 has no rebalance timeout: then it is the session's.
      rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? sessionTimeoutMs : rebalanceTimeoutMs,
      sessionTimeoutMs,
    }),
  );
  return { kind: 'group-metadata', groupId, ...group, stateTimestamp, members: decoded };
}

function framed<V>(
  schema: Schema<V>,
  message: V,
  { number, version }: { number: number; version: number },
): Uint8Array {
  const out = new MessageWriter();
  out.int16(number);
  schema.write(message, version, out);
  return out.finish();
}

function unframed<V>(schema: Schema<V>, value: Uint8Array): V {
  const reader = new MessageReader(value, schema.title);
  const version = reader.int16();
  const [min, max] = schema.versions;
  if (version < min || version > max) throw new ProtocolError('UNSUPPORTED_VERSION', `${schema.title} v${version}`);
  const message = schema.read(version, reader);
  reader.requireEnd();
  return message;
}
