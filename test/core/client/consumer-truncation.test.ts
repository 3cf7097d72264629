// A log that lost what was read already (KIP-320), and answers that were damaged on the way. The broker is real; what happened to it, it
// is made to say.

import test from 'ava';
import { ProtocolError } from '../../../core/base/errors.js';
import { Consumer } from '../../../core/client/consumer.js';
import type { ConsumerOptions } from '../../../core/client/consumer-options.js';
import { FetchSession } from '../../../core/client/fetch-session.js';
import { LogTruncationError } from '../../../core/client/log-truncation-error.js';
import { PartitionState } from '../../../core/client/partition-state.js';
import type { Log } from '../../../core/open/log.js';
import type { fetch } from '../../../core/protocol/01-fetch.js';
import type { metadata } from '../../../core/protocol/03-metadata.js';
import { offsetForLeaderEpoch } from '../../../core/protocol/23-offset-for-leader-epoch.js';
import type { RequestOf, ResponseOf } from '../../../core/protocol/api.js';
import { batchSizeBytes } from '../../../core/records/batch-header.js';
import { testInEveryPlace } from '../places.js';
import { type Fault, FaultyPlace } from './faulty-place.js';
import { createTopic } from './reading.js';

const partition0 = { topic: 'texts', partition: 0 };
const needs = 'an embedded broker';
const notLeader = 6;

type Metadata = ResponseOf<typeof metadata>;
type Fetched = ResponseOf<typeof fetch>;

/** From `elected` on the partition has a leader of epoch 3, whose log of epoch 0 ends at `endOffset`. */
class Election {
  isElected = false;
  readonly place: FaultyPlace;
  readonly #endOffset: number;
  #isTold = false;

  constructor(log: Log, endOffset: number) {
    this.#endOffset = endOffset;
    this.place = new FaultyPlace(log, (api, request) => this.#fault(api.name, request));
  }

  #fault(api: string, request: never): Fault | undefined {
    if (!this.isElected) return undefined;
    if (api === 'Metadata') return { kind: 'answer-changed', change: (answer: never) => withEpoch(answer, 3) };
    if (api === 'OffsetForLeaderEpoch') return { kind: 'answer', answer: this.#epochEnd(request) };
    if (api !== 'Fetch') return undefined;
    // The broker knows nothing of the election.
    for (const { partitions } of (request as RequestOf<typeof fetch>).topics) {
      for (const partition of partitions) Object.assign(partition, { currentLeaderEpoch: -1 });
    }
    if (this.#isTold) return undefined;
    this.#isTold = true;
    return { kind: 'answer-changed', change: (answer: never) => refused(answer) };
  }

  #epochEnd(request: never): ResponseOf<typeof offsetForLeaderEpoch> {
    const asked = (request as RequestOf<typeof offsetForLeaderEpoch>).topics[0]!.partitions[0]!;
    const end = { partition: 0, leaderEpoch: asked.leaderEpoch, endOffset: this.#endOffset };
    return offsetForLeaderEpoch.response({ topics: [{ topic: 'texts', partitions: [end] }] });
  }
}

function withEpoch(answer: Metadata, leaderEpoch: number): Metadata {
  const topics = answer.topics.map(topic => ({
    ...topic,
    partitions: topic.partitions.map(partition => ({ ...partition, leaderEpoch })),
  }));
  return { ...answer, topics };
}

function refused(answer: Fetched): Fetched {
  const responses = answer.responses.map(topic => ({
    ...topic,
    partitions: topic.partitions.map(partition => ({ ...partition, errorCode: notLeader, records: [] })),
  }));
  return { ...answer, responses };
}

async function fill(log: Log, values: string): Promise<void> {
  const producer = log.producer();
  for (const value of values) await producer.send('texts', { value });
  await producer.close();
}

async function readAll(consumer: Consumer, count: number): Promise<string> {
  let values = '';
  while (values.length < count) for (const { value } of await consumer.poll({ waitMs: 100 })) values += value;
  return values;
}

function consumerOf(log: Log, election: Election, options: ConsumerOptions = {}): Consumer {
  const consumer = new Consumer(log.ports, election.place, { fetchMaxWaitMs: 20, ...options });
  consumer.assign([partition0]);
  consumer.seek(partition0, 0);
  return consumer;
}

testInEveryPlace(
  'a log that was cut below the position is read again from where it parts, if there is a policy',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    await fill(log, 'abcdefgh');
    const election = new Election(log, 5);
    await using consumer = consumerOf(log, election, { autoOffsetReset: 'latest' });
    t.is(await readAll(consumer, 8), 'abcdefgh');
    election.isElected = true;
    t.is(await readAll(consumer, 3), 'fgh');
    t.is(election.place.seen.get('OffsetForLeaderEpoch'), 1);
  },
  { needs },
);

testInEveryPlace(
  'without a policy a truncated log is told, with where it parts, until somebody seeks',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    await fill(log, 'abcdefgh');
    const election = new Election(log, 5);
    await using consumer = consumerOf(log, election, { autoOffsetReset: 'none' });
    t.is(await readAll(consumer, 8), 'abcdefgh');
    election.isElected = true;
    const { offset, divergentOffset, message } = await t.throwsAsync(readAll(consumer, 1), {
      instanceOf: LogTruncationError,
    });
    t.deepEqual({ offset, divergentOffset }, { offset: 8, divergentOffset: 5 });
    t.regex(message, /texts-0 was truncated .* seek to 5/);
    await t.throwsAsync(readAll(consumer, 1), { instanceOf: LogTruncationError });
    consumer.seek(partition0, 5);
    t.is(await readAll(consumer, 3), 'fgh');
  },
  { needs },
);

testInEveryPlace(
  'a new leader that has everything is read on from the position',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    await fill(log, 'abcd');
    const election = new Election(log, 6);
    await using consumer = consumerOf(log, election, { autoOffsetReset: 'none' });
    t.is(await readAll(consumer, 4), 'abcd');
    election.isElected = true;
    await fill(log, 'ef');
    t.is(await readAll(consumer, 2), 'ef');
    t.is(election.place.seen.get('OffsetForLeaderEpoch'), 1);
  },
  { needs },
);

testInEveryPlace('a position that was committed says which epoch it was read in', async (t, place) => {
  const log = await place.open();
  await createTopic(log, 'texts', 1);
  await fill(log, 'abcd');
  await using consumer = log.consumer({ groupId: 'readers', topics: ['texts'], autoOffsetReset: 'earliest' });
  t.is(await readAll(consumer, 4), 'abcd');
  await consumer.commit();
  const [committed] = await consumer.committed([partition0]);
  t.is(committed!.offset, 4);
  t.true(committed!.leaderEpoch >= 0);
});

testInEveryPlace(
  'a batch that was damaged on the way is told, and fetched anew by the next poll',
  async (t, place) => {
    const log = await place.open();
    await createTopic(log, 'texts', 1);
    await fill(log, 'abcd');
    let flips = 1;
    const faulty = new FaultyPlace(log, api => {
      return api.name === 'Fetch' && flips-- > 0 ? { kind: 'answer-changed', change: flipped } : undefined;
    });
    await using consumer = new Consumer(log.ports, faulty, { checkCrcs: true });
    consumer.assign([partition0]);
    consumer.seek(partition0, 0);
    const error = await t.throwsAsync(readAll(consumer, 1), { instanceOf: ProtocolError });
    t.is(error.kind, 'CORRUPT_MESSAGE');
    t.regex(error.message, /offset 0 of texts-0/);
    t.is(await readAll(consumer, 4), 'abcd');
    t.is(faulty.struck['answer-changed'], 1);
  },
  { needs },
);

/** One bit of the last byte of the first batch: copied, as an embedded log hands out its own. */
function flipped(answer: Fetched): Fetched {
  const responses = answer.responses.map(topic => ({
    ...topic,
    partitions: topic.partitions.map(partition => {
      const records = partition.records.map(piece => new Uint8Array(piece));
      records[0]![batchSizeBytes(records[0]!, 0) - 1]! ^= 1;
      return { ...partition, records };
    }),
  }));
  return { ...answer, responses };
}

function stateAt(partition: number, offset: number): PartitionState {
  const state = new PartitionState('texts', partition, 'start');
  state.jumpTo(offset, 0);
  return state;
}

/** What a request says: `ID/EPOCH PARTITION@OFFSET... -FORGOTTEN...` */
function said(session: FetchSession, states: readonly PartitionState[]): string {
  const { sessionId, sessionEpoch, topics, forgottenTopicsData } = session.next(states, () => 'id', 1);
  const asked = topics.flatMap(({ partitions }) => partitions as { partition: number; fetchOffset: number }[]);
  const forgotten = forgottenTopicsData.flatMap(({ partitions }) => partitions);
  const words = [...asked.map(one => `${one.partition}@${one.fetchOffset}`), ...forgotten.map(one => `-${one}`)];
  return [`${sessionId}/${sessionEpoch}`, ...words].join(' ');
}

test('in a fetch session only what has changed is said', t => {
  const session = new FetchSession();
  const [a, b] = [stateAt(0, 5), stateAt(1, 7)];
  t.is(said(session, [a, b]), '0/0 0@5 1@7');
  session.answered(9);
  t.is(said(session, [a, b]), '9/1');
  session.answered(9);
  a.fetchOffset = 6;
  t.is(said(session, [a, b]), '9/2 0@6');
  session.answered(9);
  t.is(said(session, [b]), '9/3 -0');
  session.answered(9);
  t.is(said(session, [a, b]), '9/4 0@6');
});

test('a session that ended, or whose state is in doubt, begins again with a whole request', t => {
  const session = new FetchSession();
  const a = stateAt(0, 5);
  said(session, [a]);
  session.answered(9);
  said(session, [a]);
  session.restart(); // no answer came
  t.is(said(session, [a]), '9/0 0@5');
  session.answered(10);
  t.is(said(session, [a]), '10/1');
  session.forget(); // the broker does not know it
  t.is(said(session, [a]), '0/0 0@5');
  session.answered(0); // it keeps none
  t.is(said(session, [a]), '0/0 0@5');
});
