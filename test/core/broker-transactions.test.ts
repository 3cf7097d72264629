// Transactions at the level of requests, in every place.

import { kafkaErrorName } from '../../core/base/kafka-errors.js';
import { fetch } from '../../core/protocol/01-fetch.js';
import { listOffsets } from '../../core/protocol/02-list-offsets.js';
import { offsetFetch } from '../../core/protocol/09-offset-fetch.js';
import { findCoordinator } from '../../core/protocol/10-find-coordinator.js';
import { apiVersions } from '../../core/protocol/18-api-versions.js';
import { describeProducers } from '../../core/protocol/61-describe-producers.js';
import { describeTransactions } from '../../core/protocol/65-describe-transactions.js';
import { listTransactions } from '../../core/protocol/66-list-transactions.js';
import { testInEveryEmbeddedPlace } from './places.js';
import { Requests, textsOf } from './requests.js';
import { TransactionalRequests } from './transactional-requests.js';

const readCommitted = 1;

/** What a reader of committed records is handed by one fetch, before it drops the aborted ones. */
async function fetchCommitted(requests: Requests, topic: string, fetchOffset = 0, maxWaitMs = 0) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 30 }];
  const topics = [{ topic, topicId: await requests.topicId(topic), partitions }];
  const request = { maxWaitMs, minBytes: 1, maxBytes: 1 << 30, isolationLevel: readCommitted, topics };
  const { responses } = await requests.send(fetch, request);
  const { records, ...answer } = responses[0]!.partitions[0]!;
  return { ...answer, records, size: records.reduce((sum, each) => sum + each.length, 0) };
}

async function endOf(requests: Requests, topic: string, isolationLevel: number): Promise<number> {
  const { topics } = await requests.send(listOffsets, {
    isolationLevel,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  });
  return topics[0]!.partitions[0]!.offset;
}

async function offsetOf(requests: Requests, groupId: string, topic: string, requireStable = true) {
  const { groups } = await requests.send(offsetFetch, {
    groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }],
    requireStable,
  });
  const { committedOffset, errorCode } = groups[0]!.topics[0]!.partitions[0]!;
  return errorCode === 0 ? committedOffset : kafkaErrorName(errorCode);
}

/** Tries again until `found` likes it. */
async function until<T>(ask: () => Promise<T>, found: (answer: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const answer = await ask();
    if (found(answer) || attempt > 2_000) return answer;
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** As a client does it: what was left open is aborted first, which takes a while on a slow disk. */
function initialised(producer: TransactionalRequests): Promise<string> {
  return until(
    () => producer.init(),
    code => code !== 'CONCURRENT_TRANSACTIONS',
  );
}

testInEveryEmbeddedPlace('a reader of committed records waits for the end of a transaction', async (t, place) => {
  const log = await place.open();
  const requests = await Requests.on(log);
  await requests.createTopic('flights');
  await requests.produce('flights', 0, ['before']);
  const producer = new TransactionalRequests(requests, 'copier');
  await producer.mustBegin('flights', ['a', 'b']);
  t.deepEqual(await requests.fetchTexts('flights'), ['before', 'a', 'b']);
  const open = await fetchCommitted(requests, 'flights');
  t.deepEqual(textsOf(open.records), ['before']);
  t.deepEqual([open.lastStableOffset, open.highWatermark], [1, 3]);
  t.deepEqual([await endOf(requests, 'flights', 0), await endOf(requests, 'flights', readCommitted)], [3, 1]);
  const reader = await Requests.on(log);
  const waiting = fetchCommitted(reader, 'flights', 1, 10_000);
  t.is(await producer.end(true), 'none');
  const committed = await waiting;
  t.deepEqual(textsOf(committed.records).slice(0, 2), ['a', 'b']);
  t.deepEqual(committed.abortedTransactions, []);
  t.is(await endOf(requests, 'flights', readCommitted), 4, 'the marker has an offset');
});

testInEveryEmbeddedPlace('an aborted transaction is named to readers of committed records', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  const producer = new TransactionalRequests(requests, 'copier');
  await producer.mustBegin('flights', ['a']);
  const first = producer.producerId;
  t.is(await producer.end(false), 'none');
  await until(
    () => endOf(requests, 'flights', readCommitted),
    end => end === 2,
  );
  t.is(await producer.write('flights', ['b']), 'none');
  t.is(await producer.end(true), 'none');
  await until(
    () => endOf(requests, 'flights', readCommitted),
    end => end === 4,
  );
  const answer = await fetchCommitted(requests, 'flights');
  t.deepEqual(answer.abortedTransactions, [{ producerId: first, firstOffset: 0 }]);
  t.deepEqual((await fetchCommitted(requests, 'flights', 2)).abortedTransactions, []);
  t.is((await requests.fetchPartition('flights', 0, 0)).abortedTransactions, null);
});

testInEveryEmbeddedPlace(
  'a producer that is initialised again fences the one before, and aborts what it left',
  async (t, place) => {
    const requests = await Requests.on(await place.open());
    await requests.createTopic('flights');
    const zombie = new TransactionalRequests(requests, 'copier');
    await zombie.mustBegin('flights', ['lost']);
    const heir = new TransactionalRequests(requests, 'copier');
    t.is(await initialised(heir), 'none');
    t.is(heir.producerId, zombie.producerId);
    t.is(heir.producerEpoch, zombie.producerEpoch + 2, 'one epoch was used up to fence');
    t.is(await zombie.write('flights', ['late']), 'INVALID_PRODUCER_EPOCH');
    t.is(await zombie.end(true), 'PRODUCER_FENCED');
    t.is(await zombie.addPartition('flights'), 'PRODUCER_FENCED');
    const answer = await fetchCommitted(requests, 'flights');
    t.deepEqual(answer.abortedTransactions, [{ producerId: zombie.producerId, firstOffset: 0 }]);
    t.is(await heir.write('flights', ['mine']), 'none');
    t.is(await heir.end(true), 'none');
  },
);

testInEveryEmbeddedPlace('an end that is asked for twice happens once, and says the same', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  const producer = new TransactionalRequests(requests, 'copier');
  await producer.mustBegin('flights', ['a']);
  const { producerEpoch } = producer;
  t.is(await producer.end(true), 'none');
  const next = producer.producerEpoch;
  t.is(next, producerEpoch + 1, 'an epoch for each transaction');
  producer.producerEpoch = producerEpoch;
  t.is(await producer.end(true), 'none');
  t.is(producer.producerEpoch, next);
  producer.producerEpoch = producerEpoch;
  t.is(await producer.end(false), 'INVALID_TXN_STATE');
  t.is(await endOf(requests, 'flights', 0), 2, 'one marker');
});

testInEveryEmbeddedPlace('offsets committed in a transaction count when it commits', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  const producer = new TransactionalRequests(requests, 'copier');
  t.is(await producer.init(), 'none');
  t.is(await producer.commitOffset('readers', 'flights', 7), 'none');
  t.is(await offsetOf(requests, 'readers', 'flights'), 'UNSTABLE_OFFSET_COMMIT');
  t.is(await offsetOf(requests, 'readers', 'flights', false), -1);
  t.is(await producer.end(true), 'none');
  t.is(
    await until(
      () => offsetOf(requests, 'readers', 'flights'),
      each => each === 7,
    ),
    7,
  );
  t.is(await producer.commitOffset('readers', 'flights', 9), 'none');
  t.is(await producer.end(false), 'none');
  t.is(
    await until(
      () => offsetOf(requests, 'readers', 'flights'),
      each => each === 7,
    ),
    7,
  );
});

testInEveryEmbeddedPlace(
  'a client from before KIP-890 adds its partitions first, and keeps its epoch',
  async (t, place) => {
    const requests = await Requests.on(await place.open());
    await requests.createTopic('flights', 2);
    const producer = new TransactionalRequests(requests, 'copier', { isOld: true });
    t.is(await producer.init(), 'none');
    t.is(await producer.write('flights', ['x']), 'TRANSACTION_ABORTABLE', 'not added');
    t.is(await producer.commitOffset('readers', 'flights', 3), 'INVALID_TXN_STATE', 'not added');
    t.is(await producer.end(true), 'INVALID_TXN_STATE', 'nothing to end');
    for (const commits of [true, false, true]) {
      t.is(await producer.addPartition('flights'), 'none');
      t.is(await producer.addPartition('flights'), 'none', 'again');
      t.is(await producer.write('flights', [`${commits}`]), 'none');
      t.is(await producer.write('flights', ['x'], 1), 'TRANSACTION_ABORTABLE', 'only the other partition is added');
      t.is(await producer.addOffsets('readers'), 'none');
      t.is(await producer.commitOffset('readers', 'flights', 3), 'none');
      t.is(await producer.end(commits), 'none');
      t.is(producer.producerEpoch, 0);
      t.is(
        await until(
          () => producer.end(commits),
          error => error === 'none',
        ),
        'none',
        'again',
      );
      t.is(await producer.end(!commits), 'INVALID_TXN_STATE');
    }
    t.is(await endOf(requests, 'flights', readCommitted), 6);
    t.is(await offsetOf(requests, 'readers', 'flights'), 3);
  },
);

testInEveryEmbeddedPlace('a batch is refused that belongs to no open transaction', async (t, place) => {
  const requests = await Requests.on(await place.open());
  await requests.createTopic('flights');
  const stranger = new TransactionalRequests(requests, 'stranger');
  stranger.producerId = 4711;
  stranger.producerEpoch = 0;
  t.is(await stranger.write('flights', ['x']), 'INVALID_PRODUCER_ID_MAPPING');
  const producer = new TransactionalRequests(requests, 'copier');
  await producer.mustBegin('flights', ['a']);
  t.is(await producer.write('flights', ['b'], 0, false), 'INVALID_TXN_STATE', 'outside of the open transaction');
  t.is(await producer.addPartition('nowhere'), 'UNKNOWN_TOPIC_OR_PARTITION');
  t.is(await new TransactionalRequests(requests, '').init(), 'INVALID_REQUEST');
  t.is(await new TransactionalRequests(requests, 'slow').init(16 * 60_000), 'INVALID_TRANSACTION_TIMEOUT');
});

testInEveryEmbeddedPlace('a transaction that takes too long is aborted, and its producer fenced', async (t, place) => {
  const requests = await Requests.on(await place.open({ broker: { transactionTimeoutCheckIntervalMs: 20 } }));
  await requests.createTopic('flights');
  const producer = new TransactionalRequests(requests, 'copier');
  t.is(await producer.init(1_500), 'none');
  t.is(await producer.write('flights', ['a']), 'none');
  t.is(
    await until(
      () => endOf(requests, 'flights', readCommitted),
      end => end === 2,
    ),
    2,
  );
  t.is(await producer.write('flights', ['b']), 'INVALID_PRODUCER_EPOCH');
  t.is((await fetchCommitted(requests, 'flights')).abortedTransactions?.length, 1);
});

testInEveryEmbeddedPlace('transactions are described, listed, and outlive the broker', async (t, place) => {
  const log = await place.open();
  const requests = await Requests.on(log);
  await requests.createTopic('flights');
  const producer = new TransactionalRequests(requests, 'copier');
  await producer.mustBegin('flights', ['a']);
  await new TransactionalRequests(requests, 'idle').init();
  const describe = async (on: Requests) => {
    const { transactionStates } = await on.send(describeTransactions, { transactionalIds: ['copier', 'nobody'] });
    return transactionStates.map(({ errorCode, transactionState, topics }) => [
      errorCode === 0 ? transactionState : kafkaErrorName(errorCode),
      topics,
    ]);
  };
  const ongoing = ['Ongoing', [{ topic: 'flights', partitions: [0] }]];
  t.deepEqual(await describe(requests), [ongoing, ['TRANSACTIONAL_ID_NOT_FOUND', []]]);
  const listed = await requests.send(listTransactions, { stateFilters: ['Ongoing', 'Strange'] });
  t.deepEqual(
    [listed.transactionStates.map(each => each.transactionalId), listed.unknownStateFilters],
    [['copier'], ['Strange']],
  );
  const byPattern = await requests.send(listTransactions, { transactionalIdPattern: 'i.*' });
  t.deepEqual(
    byPattern.transactionStates.map(each => each.transactionalId),
    ['idle'],
  );
  const { topics } = await requests.send(describeProducers, { topics: [{ name: 'flights', partitionIndexes: [0] }] });
  const [active] = topics[0]!.partitions[0]!.activeProducers;
  t.like(active, { producerId: producer.producerId, producerEpoch: 0, lastSequence: 0, currentTxnStartOffset: 0 });
  await log.close();
  const again = await Requests.on(await place.open());
  t.deepEqual(await describe(again), [ongoing, ['TRANSACTIONAL_ID_NOT_FOUND', []]]);
  t.is(await endOf(again, 'flights', readCommitted), 0, 'still open');
  const heir = new TransactionalRequests(again, 'copier');
  t.is(await initialised(heir), 'none');
  t.is(await endOf(again, 'flights', readCommitted), 2);
});

testInEveryEmbeddedPlace('the broker coordinates transactions, and says which version', async (t, place) => {
  const requests = await Requests.on(await place.open());
  const { coordinators } = await requests.send(findCoordinator, { keyType: 1, coordinatorKeys: ['copier'] });
  t.deepEqual([coordinators[0]!.errorCode, coordinators[0]!.nodeId], [0, 1]);
  const { finalizedFeatures } = await requests.send(apiVersions, {
    clientSoftwareName: 'test',
    clientSoftwareVersion: '1',
  });
  t.deepEqual(finalizedFeatures, [{ name: 'transaction.version', minVersionLevel: 2, maxVersionLevel: 2 }]);
});
