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
  type TransactionState as LoggedTransaction,
} from '../protocol/records/transaction-state-record.js';
import type { TransactionState } from '../transactions/transaction-state.js';
import type { TransactionRecord, TransactionsRecord } from '../transactions/transactions-record.js';
import type { MachineRecordCodec } from './machine-log.js';

/** Cluster records are values without keys. */
export const clusterMetadataCodec: MachineRecordCodec<ClusterRecord> = {
  encode: record => ({ key: null, value: encodeClusterMetadataRecord(record) }),
  decode: (_key, value) => (value === null ? undefined : decodeClusterMetadataRecord(value)),
};

/** Offsets that are committed in a transaction are offset commits in a transactional batch; the marker behind them decides. */
export const consumerOffsetsCodec: MachineRecordCodec<GroupsRecord> = {
  encode(record) {
    if (record.kind === 'transaction-ended') throw new TypeError('a marker is a batch, not a record');
    return encodeConsumerOffsetsRecord(
      record.kind === 'pending-offset' ? { ...record, kind: 'offset-commit' } : record,
    );
  },
  decode(key, value, part) {
    const record = key === null ? undefined : decodeConsumerOffsetsRecord(key, value);
    return record?.kind === 'offset-commit' && part !== undefined
      ? { ...record, kind: 'pending-offset', ...part }
      : record;
  },
  batchOf([first]) {
    if (first?.kind === 'pending-offset') return { ...first, kind: 'part' };
    return first?.kind === 'transaction-ended' ? { ...first, kind: 'marker' } : undefined;
  },
  decodeMarker: marker => ({ kind: 'transaction-ended', ...marker }),
};

export const transactionStateCodec: MachineRecordCodec<TransactionsRecord> = {
  encode(record) {
    const { transactionalId } = record;
    if (record.kind === 'transaction-tombstone') {
      return encodeTransactionStateRecord({ kind: 'transactional-id-tombstone', transactionalId });
    }
    return encodeTransactionStateRecord(logged(record));
  },
  decode(key, value) {
    const record = key === null ? undefined : decodeTransactionStateRecord(key, value);
    if (record === undefined) return undefined;
    const { transactionalId } = record;
    return record.kind === 'transaction-state'
      ? remembered(record)
      : { kind: 'transaction-tombstone', transactionalId };
  },
};

/** Kafka's states as the log names them. Those that are missing are never written by Millrace. */
const stateNames = {
  empty: 'Empty',
  ongoing: 'Ongoing',
  'prepare-commit': 'PrepareCommit',
  'prepare-abort': 'PrepareAbort',
  'complete-commit': 'CompleteCommit',
  'complete-abort': 'CompleteAbort',
} as const satisfies Partial<Record<LoggedTransaction['state'], TransactionState>>;

type StateName = keyof typeof stateNames;

function logged(record: TransactionRecord): LoggedTransaction {
  const { state, partitions, lastUpdateMs, startMs, lastProducerEpoch: _volatile, ...rest } = record;
  return {
    ...rest,
    kind: 'transaction-state',
    state: (Object.keys(stateNames) as StateName[]).find(name => stateNames[name] === state)!,
    nextProducerEpoch: -1,
    partitions: partitions.map(({ topic, partitionIds }) => ({ topic, partitions: partitionIds })),
    lastUpdateTimestamp: lastUpdateMs,
    startTimestamp: startMs,
  };
}

function remembered(record: LoggedTransaction): TransactionRecord | undefined {
  const { state, partitions, lastUpdateTimestamp, startTimestamp, nextProducerEpoch: _unused, ...rest } = record;
  if (!(state in stateNames)) return undefined;
  return {
    ...rest,
    kind: 'transaction',
    state: stateNames[state as StateName],
    lastProducerEpoch: -1,
    partitions: partitions.map(each => ({ topic: each.topic, partitionIds: each.partitions })),
    lastUpdateMs: lastUpdateTimestamp,
    startMs: startTimestamp,
  };
}
