// What a slow or failing disk lets others see: nothing that it could take back. On simulated ports, where a flush takes the time it is told to.

import test, { type ExecutionContext } from 'ava';
import { kafkaErrorName } from '../../core/base/kafka-errors.js';
import type { Log } from '../../core/open/log.js';
import { openLog } from '../../core/open/open-log.js';
import type { OpenLogOptions } from '../../core/open/open-options.js';
import { metadata } from '../../core/protocol/03-metadata.js';
import { offsetCommit } from '../../core/protocol/08-offset-commit.js';
import { offsetFetch } from '../../core/protocol/09-offset-fetch.js';
import { joinGroup } from '../../core/protocol/11-join-group.js';
import { heartbeat } from '../../core/protocol/12-heartbeat.js';
import { syncGroup } from '../../core/protocol/14-sync-group.js';
import { createTopics } from '../../core/protocol/19-create-topics.js';
import { deleteTopics } from '../../core/protocol/20-delete-topics.js';
import { SimulatedClock } from '../../core/simulation/clock.js';
import { SimulatedDisk } from '../../core/simulation/disk.js';
import { FaultCounts } from '../../core/simulation/faults.js';
import { simulatedRandom } from '../../core/simulation/random.js';
import { simulatedPorts } from '../../core/simulation/simulated-ports.js';
import { batchOf, Requests } from './requests.js';

const name = (code: number | undefined) => (code === 0 ? 'none' : kafkaErrorName(code ?? 0));

/** Holds flushes of files whose path has `slowPath` in it back for a second. */
class SlowDisk extends SimulatedDisk {
  slowPath: string | undefined;

  constructor(clock: SimulatedClock) {
    super({ random: simulatedRandom('disk'), clock, faults: new FaultCounts() });
  }

  override flushMs(path: string): number {
    const isSlow = this.slowPath !== undefined && path.includes(this.slowPath);
    return super.flushMs(path) + (isSlow ? 1000 : 0);
  }
}

interface World {
  readonly clock: SimulatedClock;
  readonly disk: SlowDisk;
  readonly reports: string[];
  open(options?: OpenLogOptions): Promise<Log>;
  /** Lets time go by until it is settled. */
  run<T>(work: Promise<T>): Promise<T>;
}

function world(): World {
  const clock = new SimulatedClock();
  const disk = new SlowDisk(clock);
  const reports: string[] = [];
  let life = 0;
  const run = async <T>(work: Promise<T>): Promise<T> => {
    const outcome = await clock.drive(work, 60_000);
    if (outcome.kind === 'done') return outcome.value;
    if (outcome.kind === 'failed') throw outcome.error;
    throw new Error('it was never settled');
  };
  const open = (options: OpenLogOptions = {}): Promise<Log> => {
    const random = simulatedRandom(`life ${++life}`);
    const ports = simulatedPorts({ clock, disk, random });
    const report = (problem: Error) => void reports.push(problem.message);
    return run(openLog('file:/sim/data', { ...options, ports, broker: { report, ...options.broker } }));
  };
  return { clock, disk, reports, open, run };
}

/** The work, and whether it is settled by now. */
function watch<T>(work: Promise<T>): { readonly work: Promise<T>; isSettled(): boolean } {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  work.then(settled, settled);
  return { work, isSettled: () => isSettled };
}

async function check(
  t: ExecutionContext,
  body: (w: World, log: Log, requests: Requests) => Promise<void>,
): Promise<void> {
  for (const connection of ['direct', 'encoded'] as const) {
    t.log(connection);
    const w = world();
    const log = await w.open({ connection });
    await body(w, log, await w.run(Requests.on(log)));
  }
}

test('a record that is not flushed is not acknowledged, not read, and not counted', t =>
  check(t, async ({ clock, disk, run }, log, requests) => {
    await run(requests.createTopic('flights'));
    await run(requests.produce('flights', 0, ['safe']));
    disk.slowPath = 'flights-0';
    const produced = watch(requests.produce('flights', 0, ['at risk']));
    await clock.advance(500);
    const reader = await run(Requests.on(log));
    t.false(produced.isSettled());
    t.deepEqual(await run(reader.fetchTexts('flights')), ['safe']);
    t.is(await run(reader.offsetAt('flights', -1)), 1);
    t.is(await run(reader.offsetAt('flights', -3)), 0);
    const { highWatermark, errorCode } = await run(reader.fetchPartition('flights', 0, 2));
    t.deepEqual([highWatermark, errorCode], [1, 0], 'at the end of the log, but nothing to read');
    const waiting = watch(reader.fetchTexts('flights', 0, 1, { maxWaitMs: 10_000 }));
    await clock.advance(100);
    t.false(waiting.isSettled());
    t.is(await run(produced.work), 1);
    t.deepEqual(await run(waiting.work), ['at risk']);
  }));

test('an unflushed commit of offsets is told to nobody', t =>
  check(t, async ({ clock, disk, run }, log, requests) => {
    await run(requests.createTopic('flights'));
    const commit = (committedOffset: number) =>
      requests.send(offsetCommit, {
        groupId: 'g',
        topics: [{ name: 'flights', partitions: [{ partitionIndex: 0, committedOffset }] }],
      });
    await run(commit(1));
    disk.slowPath = '__consumer_offsets';
    const committed = watch(commit(2));
    await clock.advance(300);
    const reader = await run(Requests.on(log));
    const fetched = watch(
      reader.send(offsetFetch, { groups: [{ groupId: 'g', topics: [{ name: 'flights', partitionIndexes: [0] }] }] }),
    );
    await clock.advance(300);
    t.deepEqual([committed.isSettled(), fetched.isSettled()], [false, false]);
    const { groups } = await run(fetched.work);
    t.is(groups[0]!.topics[0]!.partitions[0]!.committedOffset, 2);
    t.true(committed.isSettled());
  }));

test('a disk slower than a session expels no member that waits for its answer', t =>
  check(t, async ({ clock, disk, run }, _log, requests) => {
    const member = {
      groupId: 'g',
      memberId: '',
      sessionTimeoutMs: 500,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
    };
    const join = () => run(requests.send(joinGroup, { ...member, protocols: [{ name: 'range' }] }));
    member.memberId = (await join()).memberId;
    const { generationId } = await join();
    disk.slowPath = '__consumer_offsets';
    const { memberId } = member;
    const synced = await run(requests.send(syncGroup, { groupId: 'g', generationId, memberId }));
    t.is(name(synced.errorCode), 'none');
    const beat = async () =>
      name((await run(requests.send(heartbeat, { groupId: 'g', generationId, memberId }))).errorCode);
    await clock.advance(400);
    t.is(await beat(), 'none');
    await clock.advance(1600);
    t.is(await beat(), 'UNKNOWN_MEMBER_ID');
  }));

test('an unflushed topic is there for nobody, yet cannot be created twice', t =>
  check(t, async ({ clock, disk, run }, log, requests) => {
    disk.slowPath = '__cluster_metadata';
    const create = (from: Requests) =>
      watch(from.send(createTopics, { topics: [{ name: 'flights', numPartitions: 1, replicationFactor: 1 }] }));
    const first = create(requests);
    await clock.advance(300);
    const [other, reader] = [await run(Requests.on(log)), await run(Requests.on(log))];
    const second = create(other);
    const { topics } = await run(reader.send(metadata, { topics: null }));
    t.deepEqual(topics, []);
    t.deepEqual([first.isSettled(), second.isSettled()], [false, false]);
    const answers = [await run(first.work), await run(second.work)].map(each => name(each.topics[0]!.errorCode));
    t.deepEqual(answers, ['none', 'TOPIC_ALREADY_EXISTS']);
  }));

test('after a failed flush the partition refuses everything, says so once, and the others go on', t =>
  check(t, async ({ disk, reports, run }, _log, requests) => {
    await run(requests.createTopic('flights', 2));
    await run(requests.produce('flights', 0, ['safe']));
    disk.failNextFlush();
    const answer = await run(requests.produceBatch('flights', 0, batchOf(['lost'])));
    t.is(name(answer!.errorCode), 'KAFKA_STORAGE_ERROR');
    t.regex(answer!.errorMessage!, /fdatasync has failed/);
    const again = await run(requests.produceBatch('flights', 0, batchOf(['refused'])));
    t.is(name(again!.errorCode), 'KAFKA_STORAGE_ERROR');
    t.is(name((await run(requests.fetchPartition('flights', 0, 0))).errorCode), 'KAFKA_STORAGE_ERROR');
    t.is(await run(requests.produce('flights', 1, ['fine'])), 0);
    t.is(reports.length, 1);
    t.regex(reports[0]!, /flights-0.*mend the disk/);
  }));

test('who reads a failed partition in the same process is told, as no other broker takes it over', t =>
  check(t, async ({ disk, run }, log, requests) => {
    await run(requests.createTopic('flights'));
    await run(requests.produce('flights', 0, ['safe']));
    disk.failNextFlush();
    await run(requests.produceBatch('flights', 0, batchOf(['lost'])));
    const warnings: Error[] = [];
    const consumer = log.consumer({ topics: ['flights'], onWarning: warning => void warnings.push(warning) });
    await t.throwsAsync(run(consumer.poll({ waitMs: 50_000 })), {
      message: /the log of the partition cannot be written/,
    });
    t.deepEqual(warnings, []);
    await run(consumer.close());
  }));

test('a long poll learns of a failed partition at once', t =>
  check(t, async ({ clock, disk, run }, log, requests) => {
    await run(requests.createTopic('flights'));
    await run(requests.produce('flights', 0, ['before']));
    const waiting = watch(requests.fetchPartition('flights', 0, 1, { maxWaitMs: 30_000 }));
    await clock.advance(10);
    disk.failNextFlush();
    const writer = await run(Requests.on(log));
    await run(writer.produceBatch('flights', 0, batchOf(['lost'])));
    await clock.advance(1);
    t.true(waiting.isSettled());
    t.is(name((await waiting.work).errorCode), 'KAFKA_STORAGE_ERROR');
  }));

test('a write that fails refuses its batch alone', t =>
  check(t, async ({ disk, run }, _log, requests) => {
    await run(requests.createTopic('flights'));
    await run(requests.produce('flights', 0, ['before']));
    disk.failNextWrite();
    t.is(name((await run(requests.produceBatch('flights', 0, batchOf(['lost']))))!.errorCode), 'KAFKA_STORAGE_ERROR');
    t.is(await run(requests.produce('flights', 0, ['after'])), 1);
    t.deepEqual(await run(requests.fetchTexts('flights')), ['before', 'after']);
  }));

test('a failed write of the cluster metadata leaves the catalogue as it was', t =>
  check(t, async ({ disk, run }, _log, requests) => {
    await run(requests.createTopic('flights'));
    const create = () =>
      run(requests.send(createTopics, { topics: [{ name: 'airports', numPartitions: 1, replicationFactor: 1 }] }));
    disk.failNextWrite();
    t.is(name((await create()).topics[0]!.errorCode), 'KAFKA_STORAGE_ERROR');
    t.is(name((await create()).topics[0]!.errorCode), 'none', 'nothing of the first try is left');
    disk.failNextWrite();
    const { responses } = await run(requests.send(deleteTopics, { topics: [{ name: 'flights' }] }));
    t.is(name(responses[0]!.errorCode), 'KAFKA_STORAGE_ERROR');
    await run(requests.createTopic('another'));
    t.is(await run(requests.produce('flights', 0, ['a'])), 0, 'the topic that was not deleted is in use again');
  }));

test('a topic of which nobody knows whether it was deleted acknowledges nothing', t =>
  check(t, async ({ disk, run }, _log, requests) => {
    await run(requests.createTopic('flights'));
    disk.failNextFlush();
    const { responses } = await run(requests.send(deleteTopics, { topics: [{ name: 'flights' }] }));
    t.is(name(responses[0]!.errorCode), 'KAFKA_STORAGE_ERROR');
    const answer = await run(requests.produceBatch('flights', 0, batchOf(['a'])));
    t.is(name(answer!.errorCode), 'KAFKA_STORAGE_ERROR');
  }));

test('a failed write of the offsets log refuses the commit, and the next one counts', t =>
  check(t, async ({ disk, run }, _log, requests) => {
    await run(requests.createTopic('flights'));
    const commit = async (committedOffset: number) => {
      const { topics } = await run(
        requests.send(offsetCommit, {
          groupId: 'g',
          topics: [{ name: 'flights', partitions: [{ partitionIndex: 0, committedOffset }] }],
        }),
      );
      return name(topics[0]!.partitions[0]!.errorCode);
    };
    t.is(await commit(1), 'none');
    disk.failNextWrite();
    t.is(await commit(2), 'COORDINATOR_NOT_AVAILABLE');
    t.is(await commit(3), 'none');
    const { groups } = await run(requests.send(offsetFetch, { groups: [{ groupId: 'g', topics: null }] }));
    t.is(groups[0]!.topics[0]!.partitions[0]!.committedOffset, 3);
  }));

test('a power cut takes back nothing that was acknowledged, and a deletion half done is finished at the next start', t =>
  check(t, async ({ clock, disk, run, open }, _log, requests) => {
    await run(requests.createTopic('flights', 2));
    await run(requests.createTopic('doomed'));
    for (let index = 0; index < 5; index++) await run(requests.produce('flights', index % 2, [String(index)]));
    await run(requests.send(deleteTopics, { topics: [{ name: 'doomed' }] }));
    void requests.produce('flights', 0, ['at risk']).catch(() => undefined);
    clock.forgetTimers();
    disk.crash();
    const again = await run(Requests.on(await open()));
    const texts = await run(again.fetchTexts('flights', 0));
    t.deepEqual(texts.slice(0, 3), ['0', '2', '4']);
    t.deepEqual(await run(again.fetchTexts('flights', 1)), ['1', '3']);
    t.deepEqual(
      disk.list('/sim/data').filter(entry => entry.startsWith('doomed')),
      [],
    );
    const { topics } = await run(again.send(metadata, { topics: null }));
    t.deepEqual(
      topics.map(topic => topic.name),
      ['flights'],
    );
  }));

test('with flush os a record is acknowledged and read before it is on disk', async t => {
  const { disk, open, run } = world();
  const requests = await run(Requests.on(await open({ flush: 'os' })));
  await run(requests.createTopic('flights'));
  disk.slowPath = 'flights-0';
  const produced = watch(requests.produce('flights', 0, ['a']));
  await Promise.resolve();
  t.deepEqual(await run(requests.fetchTexts('flights')), ['a']);
  t.true(produced.isSettled());
});
