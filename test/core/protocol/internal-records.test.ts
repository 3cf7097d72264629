// The records of the internal topics, read by Kafka's own dump tool where it is there: MILLRACE_PEERS (default ../shared/peers/peers).

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { ProtocolError } from '../../../core/base/errors.js';
import type { GroupsRecord } from '../../../core/groups/groups-record.js';
import type { ClusterRecord } from '../../../core/metadata/cluster-record.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import {
  type ClusterMetadataRecord,
  decodeClusterMetadataRecord,
  encodeClusterMetadataRecord,
} from '../../../core/protocol/records/cluster-metadata-record.js';
import {
  type ConsumerOffsetsRecord,
  decodeConsumerOffsetsRecord,
  encodeConsumerOffsetsRecord,
} from '../../../core/protocol/records/consumer-offsets-record.js';
import {
  decodeTransactionStateRecord,
  encodeTransactionStateRecord,
  type TransactionStateRecord,
} from '../../../core/protocol/records/transaction-state-record.js';
import { BatchWriter } from '../../../core/records/batch-writer.js';
import { bytesSerde } from '../../../core/serdes/bytes-serde.js';
import { subscription } from '../groups/groups-shell.js';

const peers = process.env['MILLRACE_PEERS'] ?? resolve(import.meta.dirname, '../../../../../shared/peers/peers');
const topicId = Buffer.alloc(16, 7).toString('base64url');

const offsetsRecords: readonly PlainGroupsRecord[] = [
  {
    kind: 'group-metadata',
    groupId: 'g',
    protocolType: 'consumer',
    generation: 3,
    protocol: 'range',
    leader: 'm1',
    stateTimestamp: 1_700_000_000_000,
    members: [
      {
        memberId: 'm1',
        groupInstanceId: 'i1',
        clientId: 'c',
        clientHost: '/127.0.0.1',
        rebalanceTimeoutMs: 30_000,
        sessionTimeoutMs: 10_000,
        subscription: subscription('flights'),
        // A ConsumerProtocolAssignment of version 0: flights, partitions 0 and 1.
        assignment: Buffer.from('00000000000100076' + '66c69676874730000000200000000' + '00000001' + 'ffffffff', 'hex'),
      },
    ],
  },
  {
    kind: 'offset-commit',
    groupId: 'g',
    topic: 'flights',
    partition: 1,
    offset: 42,
    leaderEpoch: 5,
    metadata: 'where we are',
    commitTimestamp: 1_700_000_000_001,
    expireTimestamp: -1,
  },
  { kind: 'offset-tombstone', groupId: 'g', topic: 'gone', partition: 0 },
  { kind: 'group-tombstone', groupId: 'former' },
];

const clusterRecords: readonly ClusterRecord[] = [
  { kind: 'feature-level', name: 'metadata.version', featureLevel: 7 },
  {
    kind: 'register-broker',
    brokerId: 1,
    incarnationId: topicId,
    brokerEpoch: 1,
    endPoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 65_000 }],
    rack: null,
  },
  { kind: 'topic', name: 'flights', topicId },
  { kind: 'config', topic: 'flights', name: 'retention.ms', value: '1000' },
  {
    kind: 'partition',
    topicId,
    partitionId: 0,
    replicas: [1],
    isr: [1],
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
  },
  { kind: 'partition-change', topicId, partitionId: 0, leader: 1, isr: undefined },
  { kind: 'producer-ids', brokerId: 1, brokerEpoch: 1, nextProducerId: 1000 },
  { kind: 'config', topic: 'flights', name: 'retention.ms', value: null },
  { kind: 'remove-topic', topicId },
];

const transactionRecords: readonly TransactionStateRecord[] = [
  {
    kind: 'transaction-state',
    transactionalId: 'copy-1',
    producerId: 4000,
    previousProducerId: 3000,
    nextProducerId: 5000,
    producerEpoch: 7,
    nextProducerEpoch: 0,
    timeoutMs: 60_000,
    state: 'prepare-commit',
    partitions: [
      { topic: 'flights', partitions: [0, 3] },
      { topic: '__consumer_offsets', partitions: [17] },
    ],
    lastUpdateTimestamp: 1_700_000_000_002,
    startTimestamp: 1_700_000_000_001,
    clientTransactionVersion: 2,
  },
  {
    kind: 'transaction-state',
    transactionalId: 'idle',
    producerId: 4001,
    previousProducerId: -1,
    nextProducerId: -1,
    producerEpoch: 0,
    nextProducerEpoch: -1,
    timeoutMs: 1000,
    state: 'empty',
    partitions: [],
    lastUpdateTimestamp: 1_700_000_000_003,
    startTimestamp: -1,
    clientTransactionVersion: 0,
  },
  { kind: 'transactional-id-tombstone', transactionalId: 'forgotten' },
];

/** What Kafka's tool says of a log that holds these records. */
function dump(records: readonly { key: Uint8Array | null; value: Uint8Array | null }[], decoder: string): string {
  const { compression } = nodePorts();
  const writer = new BatchWriter({ compression });
  for (const { key, value } of records) writer.append(key, bytesSerde, value, bytesSerde, 1_700_000_000_000);
  const directory = mkdtempSync(join(tmpdir(), 'millrace-dump-'));
  try {
    const file = join(directory, '00000000000000000000.log');
    writeFileSync(file, writer.finish({ leaderEpoch: 0 }));
    return execFileSync(peers, ['tool', 'kafka-dump-log', decoder, '--files', file], {
      encoding: 'utf8',
      timeout: 120_000,
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Whether Kafka's tools can run here; if not, the log of the test says what was left out. */
function hasKafka(t: ExecutionContext): boolean {
  const missing = existsSync(peers) ? (hasJava() ? undefined : 'java') : peers;
  if (missing === undefined) return true;
  t.log(`left out: reading these records with kafka-dump-log, as there is no ${missing}`);
  t.pass();
  return false;
}

function hasJava(): boolean {
  return spawnSync('java', ['-version']).status === 0;
}

/** That the machines and the codecs mean the same records is checked by the compiler. */
/** What is part of a transaction is told by the batch, not by the record. */
type PlainGroupsRecord = Exclude<GroupsRecord, { readonly kind: 'pending-offset' | 'transaction-ended' }>;

const toBytes = {
  offsets: (record: PlainGroupsRecord) => encodeConsumerOffsetsRecord(record satisfies ConsumerOffsetsRecord),
  cluster: (record: ClusterRecord) => encodeClusterMetadataRecord(record satisfies ClusterMetadataRecord),
};

test('records of __consumer_offsets come back as they were', t => {
  for (const record of offsetsRecords) {
    const { key, value } = toBytes.offsets(record);
    const decoded: GroupsRecord | undefined = decodeConsumerOffsetsRecord(key, value);
    t.deepEqual(normal(decoded), normal(record));
  }
  const expiring = { ...offsetsRecords[1], leaderEpoch: -1, expireTimestamp: 9 } as ConsumerOffsetsRecord;
  const { key, value } = encodeConsumerOffsetsRecord(expiring);
  t.is(Buffer.from(value!).readInt16BE(), 1, 'the one version that has an expire timestamp');
  t.deepEqual(decodeConsumerOffsetsRecord(key, value), expiring);
});

test('records of __transaction_state come back as they were', t => {
  for (const record of transactionRecords) {
    const { key, value } = encodeTransactionStateRecord(record);
    t.deepEqual(decodeTransactionStateRecord(key, value), record);
  }
  const { key, value } = encodeTransactionStateRecord(transactionRecords[0]!);
  for (let length = 0; length < value!.length; length++) {
    t.throws(() => decodeTransactionStateRecord(key, value!.subarray(0, length)), { instanceOf: ProtocolError });
  }
  const unknown = Buffer.from(encodeTransactionStateRecord(transactionRecords[1]!).value!);
  unknown[2 + 8 + 2 + 4] = 9;
  t.throws(() => decodeTransactionStateRecord(key, unknown), { message: /a transaction in state 9/ });
  t.is(decodeTransactionStateRecord(Buffer.from('00010000', 'hex'), null), undefined, 'a key of another kind');
  // Version 0, as brokers before transaction.version 1 write it: no tagged fields, and null for no partitions.
  const fields = [
    '0000',
    '0000000000000fa1',
    '0000',
    '000003e8',
    '00',
    'ffffffff',
    '0000018bcfe56803',
    'ffffffffffffffff',
  ];
  t.like(decodeTransactionStateRecord(key, Buffer.from(fields.join(''), 'hex')), { producerId: 4001, state: 'empty' });
});

test('records of __cluster_metadata come back as they were', t => {
  for (const record of clusterRecords) {
    const decoded: ClusterRecord | undefined = decodeClusterMetadataRecord(toBytes.cluster(record));
    t.deepEqual(decoded, record);
  }
});

test('records of other kinds are passed over, malformed ones refused', t => {
  t.is(decodeConsumerOffsetsRecord(Buffer.from('0003000167', 'hex'), null), undefined);
  t.is(decodeClusterMetadataRecord(Buffer.from('011400', 'hex')), undefined);
  t.throws(() => decodeClusterMetadataRecord(Buffer.from('020000', 'hex')), { name: 'ProtocolError' });
  t.throws(() => decodeClusterMetadataRecord(Buffer.from('010209', 'hex')), { message: /UNSUPPORTED_VERSION/ });
  const offsets = offsetsRecords.map(toBytes.offsets);
  for (const bytes of [...offsets.flatMap(({ key, value }) => [key, value ?? key])]) {
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      t.throws(
        () => decodeConsumerOffsetsRecord(cut, offsets[1]!.value) ?? decodeConsumerOffsetsRecord(offsets[0]!.key, cut),
        {
          instanceOf: ProtocolError,
        },
      );
    }
  }
});

test('garbage is never more than refused', t => {
  let refused = 0;
  const decoders = [
    (bytes: Uint8Array) => decodeClusterMetadataRecord(bytes),
    (bytes: Uint8Array) => decodeConsumerOffsetsRecord(bytes, bytes),
    (bytes: Uint8Array) => decodeConsumerOffsetsRecord(toBytes.offsets(offsetsRecords[0]!).key, bytes),
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(...decoders), (bytes, decode) => {
      try {
        decode(bytes);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        refused++;
      }
    }),
    { numRuns: 1_000 },
  );
  t.true(refused > 100);
});

test('Kafka’s dump tool reads records of __consumer_offsets', t => {
  if (!hasKafka(t)) return;
  const text = dump(offsetsRecords.map(toBytes.offsets), '--offsets-decoder');
  for (const part of [
    '"group":"g"',
    '"topic":"flights"',
    '"partition":1',
    '"offset":42',
    '"metadata":"where we are"',
  ]) {
    t.true(text.includes(part), `${part} in ${text}`);
  }
  for (const part of ['"generation":3', '"memberId":"m1"', '"protocol":"range"', '"group":"former"']) {
    t.true(text.includes(part), `${part} in ${text}`);
  }
});

test('Kafka’s dump tool reads records of __transaction_state', t => {
  if (!hasKafka(t)) return;
  const text = dump(transactionRecords.map(encodeTransactionStateRecord), '--transaction-log-decoder');
  for (const part of [
    '"transactionalId":"copy-1"',
    '"producerId":4000',
    '"previousProducerId":3000',
    '"nextProducerId":5000',
    '"producerEpoch":7',
    '"transactionTimeoutMs":60000',
    '"topic":"flights","partitionIds":[0,3]',
    '"transactionStartTimestampMs":1700000000001',
    '"clientTransactionVersion":2',
    '"transactionalId":"idle"',
    '"transactionalId":"forgotten"',
  ]) {
    t.true(text.includes(part), `${part} in ${text}`);
  }
});

test('Kafka’s dump tool reads records of __cluster_metadata', t => {
  if (!hasKafka(t)) return;
  const records = clusterRecords.map(record => ({ key: null, value: toBytes.cluster(record) }));
  const text = dump(records, '--cluster-metadata-decoder');
  const types = 'FEATURE_LEVEL REGISTER_BROKER TOPIC CONFIG PARTITION PARTITION_CHANGE PRODUCER_IDS REMOVE_TOPIC';
  for (const type of types.split(' ')) t.true(text.includes(`"type":"${type}_RECORD"`), `${type} in ${text}`);
  for (const part of ['"port":65000', '"name":"retention.ms","value":"1000"', '"nextProducerId":1000', topicId]) {
    t.true(text.includes(part), `${part} in ${text}`);
  }
});

function normal(record: GroupsRecord | undefined): unknown {
  return JSON.parse(
    JSON.stringify(record, (_, value) => (value?.type === 'Buffer' ? value.data : bytesToArray(value))),
  );
}

function bytesToArray(value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value;
}
