// The parts of the client that decide without talking to anyone.

import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { ProtocolError, UsageError, WorldFault } from '../../../core/base/errors.js';
import { type KafkaErrorName, kafkaErrors } from '../../../core/base/kafka-errors.js';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../core/client/assignors/consumer-protocol.js';
import type { GroupAssignment, MemberSubscription } from '../../../core/client/assignors/partition-assignor.js';
import { rangeAssignor } from '../../../core/client/assignors/range-assignor.js';
import { endsProducer, isInDoubt, treatmentOf } from '../../../core/client/error-treatment.js';
import { FlushGroup } from '../../../core/client/flush-group.js';
import { murmur2, partitionOf } from '../../../core/client/murmur2.js';
import { PartitionQueue } from '../../../core/client/partition-queue.js';
import { PendingSends } from '../../../core/client/pending-sends.js';
import { outcomeOf } from '../../../core/client/produce-outcome.js';
import { readableBatches } from '../../../core/client/readable-batches.js';
import {
  bytesToSend,
  halve,
  identify,
  isAhead,
  type SealedBatch,
  sequenceAfter,
} from '../../../core/client/sealed-batch.js';
import {
  type TransactionState,
  transactionStateAfter,
  transactionTable,
} from '../../../core/client/transaction-states.js';
import { nodePorts } from '../../../core/platform/node-ports.js';
import * as header from '../../../core/records/batch-header.js';
import { BatchWriter } from '../../../core/records/batch-writer.js';
import { RecordCursor } from '../../../core/records/record-cursor.js';
import { stringSerde } from '../../../core/serdes/string-serde.js';

const { compression } = nodePorts();

test('the hash of a key is the one that Java’s clients use', t => {
  // From Kafka's own UtilsTest.
  const golden: readonly (readonly [string, number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [text, hash] of golden) {
    const bytes = Buffer.from(`..${text}..`);
    t.is(murmur2(bytes, 2, bytes.length - 2), hash, text);
  }
});

test('a negative hash gives a partition by dropping its sign bit', t => {
  const bytes = Buffer.from('foobar');
  t.is(partitionOf(bytes, 0, bytes.length, 10), (-790332482 & 0x7fffffff) % 10);
  t.is(partitionOf(Buffer.alloc(0), 0, 0, 1), 0);
});

const member = (
  memberId: string,
  topics: readonly string[],
  groupInstanceId: string | null = null,
): MemberSubscription => ({
  memberId,
  groupInstanceId,
  topics,
  owned: [],
  generationId: -1,
  rackId: null,
  userData: null,
});

function ranges(members: readonly MemberSubscription[], counts: Record<string, number>): Record<string, string> {
  const assigned = rangeAssignor.assign(new Map(Object.entries(counts)), members) as GroupAssignment;
  return Object.fromEntries(
    [...assigned].map(([id, { partitions }]) => [id, partitions.map(p => `${p.topic}${p.partition}`).join(' ')]),
  );
}

test('the range assignor gives the first members one partition more', t => {
  t.deepEqual(ranges([member('b', ['t']), member('a', ['t']), member('c', ['t'])], { t: 7 }), {
    a: 't0 t1 t2',
    b: 't3 t4',
    c: 't5 t6',
  });
});

test('the range assignor gives nobody a partition of a topic that it did not ask for', t => {
  const members = [member('a', ['t', 'u']), member('b', ['u'])];
  t.deepEqual(ranges(members, { t: 2, u: 3 }), { a: 't0 t1 u0 u1', b: 'u2' });
});

test('more members than partitions leave the last ones without', t => {
  t.deepEqual(ranges([member('a', ['t']), member('b', ['t'])], { t: 1 }), { a: 't0', b: '' });
});

test('static members keep their order when they come back under another member id', t => {
  const before = ranges([member('m1', ['t'], 'x'), member('m2', ['t'], 'y')], { t: 2 });
  const after = ranges([member('m9', ['t'], 'x'), member('m2', ['t'], 'y')], { t: 2 });
  t.is(before['m1'], after['m9']);
});

test('every partition is assigned exactly once', t => {
  const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(members, fc.nat(20), (ids, count) => {
      const assigned = rangeAssignor.assign(
        new Map([['t', count]]),
        ids.map(id => member(id, ['t'])),
      ) as GroupAssignment;
      const all = [...assigned.values()].flatMap(({ partitions }) => partitions.map(({ partition }) => partition));
      t.deepEqual(
        all.sort((a, b) => a - b),
        Array.from({ length: count }, (_, partition) => partition),
      );
    }),
  );
});

test('subscriptions and assignments are written as Java’s consumers write them', t => {
  const owned = [{ topic: 'ab', partition: 3 }];
  const subscription = encodeSubscription({ topics: ['ab'], owned, generationId: 7 });
  t.is(
    Buffer.from(subscription).toString('hex'),
    [
      '0003',
      '00000001',
      '00026162',
      'ffffffff',
      '00000001',
      '00026162',
      '00000001',
      '00000003',
      '00000007',
      'ffff',
    ].join(''),
  );
  const assignment = encodeAssignment({ partitions: owned });
  t.is(
    Buffer.from(assignment).toString('hex'),
    ['0003', '00000001', '00026162', '00000001', '00000003', 'ffffffff'].join(''),
  );
});

test('a subscription of version 0, and one with fields of later versions, can be read', t => {
  const version0 = Buffer.from('0000000000010002616200000000', 'hex');
  const blank = { topics: ['ab'], userData: new Uint8Array(0), owned: [], generationId: -1, rackId: null };
  t.deepEqual(decodeSubscription(version0), blank);
  const version4 = Buffer.from('000400000001000261620000000000000000000000050001ffcafe', 'hex');
  t.deepEqual(decodeSubscription(version4), { ...blank, generationId: 5, rackId: '\ufffd' });
});

test('no bytes are an assignment of nothing', t => {
  t.deepEqual(decodeAssignment(new Uint8Array(0)), { partitions: [], userData: null });
});

test('what a member sends is never taken at its word: cut or blown up, it is refused', t => {
  const whole = encodeSubscription({ topics: ['flights'], owned: [{ topic: 'flights', partition: 1 }] });
  for (let length = 0; length < whole.length; length++) {
    t.throws(() => decodeSubscription(whole.subarray(0, length)), { instanceOf: ProtocolError });
  }
  const huge = Buffer.from('00017fffffff', 'hex');
  t.throws(() => decodeSubscription(huge), { instanceOf: ProtocolError });
});

const facts = { attempts: 1, recordCount: 2, isBehindFailure: false };
const outcome = (kind: keyof typeof kafkaErrors, change: Partial<typeof facts> = {}) =>
  outcomeOf(kafkaErrors[kind].code, { ...facts, ...change });

test('every error of a produce answer has an outcome', t => {
  t.is(outcomeOf(0, facts), 'written');
  t.is(outcome('DUPLICATE_SEQUENCE_NUMBER'), 'written');
  t.is(outcome('NOT_LEADER_OR_FOLLOWER'), 'retry');
  t.is(outcome('REQUEST_TIMED_OUT'), 'retry');
  t.is(outcome('TOPIC_AUTHORIZATION_FAILED'), 'abandon');
  t.is(outcome('INVALID_RECORD'), 'abandon');
  t.is(outcome('MESSAGE_TOO_LARGE'), 'split');
  t.is(outcome('MESSAGE_TOO_LARGE', { recordCount: 1 }), 'abandon');
  t.is(outcome('UNKNOWN_PRODUCER_ID'), 'renew');
  t.is(outcome('OUT_OF_ORDER_SEQUENCE_NUMBER'), 'renew');
  t.is(outcome('OUT_OF_ORDER_SEQUENCE_NUMBER', { isBehindFailure: true }), 'retry');
  t.is(outcome('KAFKA_STORAGE_ERROR'), 'retry');
  t.is(outcome('KAFKA_STORAGE_ERROR', { attempts: 5 }), 'abandon');
  t.is(outcomeOf(-1, facts), 'abandon');
  t.is(outcomeOf(9999, facts), 'abandon');
});

test('only what may have been written is in doubt', t => {
  t.true(isInDoubt(new WorldFault('connection lost', { isRetriable: true })));
  t.true(isInDoubt(new ProtocolError('REQUEST_TIMED_OUT')));
  t.false(isInDoubt(new ProtocolError('NOT_LEADER_OR_FOLLOWER')));
});

function sealed(values: readonly string[], baseSequence = 7): SealedBatch {
  const writer = new BatchWriter({ compression });
  const sends = new PendingSends();
  values.forEach((value, at) => {
    writer.append(at % 2 === 0 ? null : `k${at}`, stringSerde, value, stringSerde, 1_000 + at, [
      { key: 'h', value: Buffer.from([at]) },
    ]);
    sends.add(at, 1_000 + at).catch(() => undefined);
  });
  const identity = { producerId: 42, producerEpoch: 1, baseSequence };
  const bytes = writer.finish(identity);
  const group = new FlushGroup();
  return {
    bytes,
    recordCount: values.length,
    identity,
    sends,
    group,
    sealedAtMs: 0,
    attempts: 0,
    mayBeWritten: false,
    isGivenUp: false,
    ordinal: 0,
  };
}

test('a batch that is too large is halved: the same records, sequences that follow, promises that go along', t => {
  const halves = halve(sealed(['a', 'b', 'c', 'd', 'e']), compression);
  t.deepEqual(
    halves.map(half => [half.recordCount, half.identity.baseSequence, half.sends?.count]),
    [
      [2, 7, 2],
      [3, 9, 3],
    ],
  );
  const values: string[] = [];
  for (const { bytes } of halves) {
    t.true(header.isWholeBatch(bytes, 0, bytes.length));
    const cursor = new RecordCursor().open(bytes, 0, compression);
    for (let at = 0; at < cursor.count; at++) {
      const value = stringSerde.read(cursor.bytes, cursor.valueStart(at), cursor.valueEnd(at));
      values.push(`${value}${cursor.timestamp(at)}${cursor.headers(at)[0]!.value![0]}`);
    }
  }
  t.deepEqual(values, ['a10000', 'b10011', 'c10022', 'd10033', 'e10044']);
});

test('a batch is sent again as a copy without the offset that a broker may have stamped into it', t => {
  const batch = sealed(['a']);
  const first = bytesToSend(batch);
  header.stampBaseOffset(first, 0, 1234);
  const second = bytesToSend(batch);
  t.not(second, first);
  t.is(header.baseOffset(second, 0), 0);
  t.is(header.baseOffset(first, 0), 1234);
  t.true(header.isWholeBatch(second, 0, second.length));
});

test('a batch that is known to be written late does not take the sequence back', t => {
  const queue = new PartitionQueue({ topic: 't', partition: 0 }, new BatchWriter({ compression }));
  const identity = { producerId: 7, producerEpoch: 0 };
  const next = (): SealedBatch => {
    queue.writer.append(null, stringSerde, 'x', stringSerde, 1);
    queue.seal(identity, new FlushGroup(), 0);
    return queue.takeReady();
  };
  const [first, second] = [next(), next()];
  queue.failed(first, new WorldFault('the answer was lost', { isRetriable: true }));
  first.mayBeWritten = true;
  queue.written(second);
  queue.recover(identity);
  t.is(queue.takeReady(), first);
  queue.written(first);
  const third = next();
  t.is(third.identity.baseSequence, 2);
  queue.failed(third, new ProtocolError('NOT_LEADER_OR_FOLLOWER'));
  queue.recover(identity);
  t.is(queue.takeReady().identity.baseSequence, 2); // 0 and 1 are in the log
});

test('sequences are compared across their wrap', t => {
  t.true(isAhead(2, 1));
  t.false(isAhead(1, 2));
  t.true(isAhead(3, 0x7fffffff));
  t.false(isAhead(0x7ffffff0, 5));
});

test('a batch gets another place in the sequence, and its CRC stays right', t => {
  const batch = sealed(['a', 'b']);
  identify(batch, { producerId: 43, producerEpoch: 0, baseSequence: 0x7fffffff });
  t.is(header.producerId(batch.bytes, 0), 43);
  t.is(header.baseSequence(batch.bytes, 0), 0x7fffffff);
  t.true(header.isWholeBatch(batch.bytes, 0, batch.bytes.length));
  t.is(sequenceAfter(0x7fffffff, 2), 1);
});

test('a batch that the broker cut off at the end of an answer is left for the next fetch', t => {
  const batch = sealed(['a', 'b']).bytes;
  const piece = Buffer.concat([batch, batch.subarray(0, batch.length - 1)]);
  const { batches, nextOffset } = readableBatches([piece], 0);
  t.deepEqual(
    batches.map(({ length }) => length),
    [batch.length],
  );
  t.is(nextOffset, 2);
  t.like(readableBatches([batch.subarray(0, 30)], 5), { batches: [], nextOffset: 5, isCorruptBehind: true });
});

test('every error has the code that Kafka gives it, and is retriable where Kafka’s is', t => {
  const lines = readFileSync('test/core/client/kafka-errors.txt', 'utf8').trim().split('\n');
  t.is(lines.length, Object.keys(kafkaErrors).length);
  for (const line of lines) {
    const [code, name, retriable] = line.split(' ') as [string, KafkaErrorName, string];
    t.like(kafkaErrors[name], { code: Number(code), isRetriable: retriable === 'retriable' }, name);
  }
});

const kafkasErrors = (): readonly (readonly string[])[] =>
  readFileSync('test/core/client/kafka-errors.txt', 'utf8')
    .trim()
    .split('\n')
    .map(line => line.split(' '));

test('what Kafka’s clients retry is retried, and what makes them ask for metadata does so here', t => {
  for (const [, name, retriable, metadata] of kafkasErrors()) {
    const treatment = treatmentOf(name as KafkaErrorName);
    t.is(treatment.isRetriable, retriable === 'retriable', name);
    t.is(treatment.refreshesMetadata, metadata === 'metadata', name);
    const isSettled = ['written', 'split', 'renew'].includes(treatment.produceOutcome);
    if (!isSettled) t.is(treatment.produceOutcome, treatment.isRetriable ? 'retry' : 'abandon', name);
    // What may be sent again does not end a producer, and what moves away is not final.
    if (treatment.isRetriable) t.is(treatment.transaction, 'abort', name);
    if (treatment.refreshesCoordinator || treatment.refreshesMetadata) t.true(treatment.isRetriable, name);
  }
});

test('what ends a transactional producer is what Kafka’s producer calls fatal', t => {
  const fatal = ['PRODUCER_FENCED', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'] as const;
  for (const kind of fatal) {
    t.true(endsProducer(new ProtocolError(kind), 'leader'), kind);
    t.true(endsProducer(new ProtocolError(kind), 'coordinator'), kind);
  }
  for (const kind of ['INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE'] as const) {
    t.false(endsProducer(new ProtocolError(kind), 'leader'), kind);
    t.true(endsProducer(new ProtocolError(kind), 'coordinator'), kind);
  }
  const abortable = [
    'TRANSACTION_ABORTABLE',
    'TOPIC_AUTHORIZATION_FAILED',
    'GROUP_AUTHORIZATION_FAILED',
    'UNKNOWN_MEMBER_ID',
    'ILLEGAL_GENERATION',
    'FENCED_INSTANCE_ID',
    'INVALID_PRODUCER_ID_MAPPING',
    'REQUEST_TIMED_OUT',
  ] as const;
  for (const kind of abortable) t.false(endsProducer(new ProtocolError(kind), 'coordinator'), kind);
  t.false(endsProducer(new WorldFault('cut', { isRetriable: true }), 'coordinator'));
});

const transactionStates = Object.keys(transactionTable) as TransactionState[];
const transactionEvents = ['begun', 'commit-requested', 'abort-requested', 'ended', 'timed-out'] as const;

/** Which of the events each state takes, and where they lead: the whole table, to be read beside Kafka's TransactionManager. */
const transactionMoves: Readonly<Record<TransactionState, string>> = {
  uninitialized: 'begun>in-transaction',
  ready: 'begun>in-transaction',
  'in-transaction': 'commit-requested>committing abort-requested>aborting',
  committing: 'ended>ready timed-out>commit-in-doubt',
  'commit-in-doubt': 'commit-requested>committing',
  failed: 'abort-requested>aborting',
  aborting: 'ended>ready timed-out>abort-in-doubt',
  'abort-in-doubt': 'abort-requested>aborting',
  fatal: '',
};

test('a transaction takes each event where it makes sense, and says elsewhere what to do', t => {
  for (const state of transactionStates) {
    const moves = transactionEvents.flatMap(event => {
      const next = transactionTable[state][event];
      if (next !== undefined) {
        t.is(transactionStateAfter(state, event), next);
        return [`${event}>${next}`];
      }
      const error = t.throws(() => transactionStateAfter(state, event), { instanceOf: UsageError });
      t.regex(error.message, /call |await |close it|commit or abort/);
      return [];
    });
    t.is(moves.join(' '), transactionMoves[state], state);
  }
});

test('from no state does a failure go unnoticed, and nothing leads out of the fatal one', t => {
  for (const state of transactionStates) {
    t.is(transactionStateAfter(state, 'failed-fatally'), 'fatal', state);
    const after = transactionStateAfter(state, 'failed-abortably');
    t.is(after, state === 'in-transaction' || state === 'committing' ? 'failed' : state, state);
  }
  for (const next of Object.values(transactionTable.fatal)) t.is(next, 'fatal');
});
