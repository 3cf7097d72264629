import type { GroupsRecord } from '../groups/groups-record.js';
import type { ClusterRecord } from '../metadata/cluster-record.js';
import {
  decodeClusterMetadataRecord,
  encodeClusterMetadataRecord,
} from '../protocol/records/cluster-metadata-record.js';
import {
  decodeConsumerOffsetsRecord,
  encodeConsumerOffsetsRecord,
} from '../protocol/records/consumer-offsets-record.js';
import {
  decodeTransactionStateRecord,
  encodeTransactionStateRecord,
  type TransactionStateRecord,
} from '../protocol/records/transaction-state-record.js';
import type { MachineRecordCodec } from './machine-log.js';

/** Cluster records are values without keys. */
export const clusterMetadataCodec: MachineRecordCodec<ClusterRecord> = {
  encode: record => ({ key: null, value: encodeClusterMetadataRecord(record) }),
  decode: (_key, value) => (value === null ? undefined : decodeClusterMetadataRecord(value)),
};

export const consumerOffsetsCodec: MachineRecordCodec<GroupsRecord> = {
  encode: encodeConsumerOffsetsRecord,
  decode: (key, value) => (key === null ? undefined : decodeConsumerOffsetsRecord(key, value)),
};

export const transactionStateCodec: MachineRecordCodec<TransactionStateRecord> = {
  encode: encodeTransactionStateRecord,
  decode: (key, value) => (key === null ? undefined : decodeTransactionStateRecord(key, value)),
};
