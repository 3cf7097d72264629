// Transactions where the process dies, the disk fails, or a partition cannot be written, on simulated ports.

import test from 'ava';
import type { Log } from '../../core/open/log.js';
import { openLog } from '../../core/open/open-log.js';
import { listOffsets } from '../../core/protocol/02-list-offsets.js';
import { offsetFetch } from '../../core/protocol/09-offset-fetch.js';
import { describeTransactions } from '../../core/protocol/65-describe-transactions.js';
import { SimulatedClock } from '../../core/simulation/clock.js';
import { SimulatedDisk } from '../../core/simulation/disk.js';
import { FaultCounts } from '../../core/simulation/faults.js';
import { simulatedRandom } from '../../core/simulation/random.js';
import { simulatedPorts } from '../../core/simulation/simulated-ports.js';
import { Requests } from './requests.js';
import { TransactionalRequests } from './transactional-requests.js';

/** Holds flushes of files whose path has `slowPath` in it back for ten seconds, and fails the next write to one with `failingPath`. */
class SlowDisk extends SimulatedDisk {
  slowPath: string | undefined;
  failingPath: string | undefined;

  override write(...args: Parameters<SimulatedDisk['write']>): void {
    if (this.failingPath !== undefined && args[0].includes(this.failingPath)) {
      this.failingPath = undefined;
      this.failNextWrite();
    }
    super.write(...args);
  }

  override flushMs(path: string): number {
    const isSlow = this.slowPath !== undefined && path.includes(this.slowPath);
    return super.flushMs(path) + (isSlow ? 10_000 : 0);
  }
}

class World {
  readonly clock = new SimulatedClock();
  readonly disk = new SlowDisk({ random: simulatedRandom('disk'), clock: this.clock, faults: new FaultCounts() });
  readonly reports: string[] = [];
  private life = 0;

  async run<T>(work: Promise<T>): Promise<T> {
    const outcome = await this.clock.drive(work, 120_000);
    if (outcome.kind === 'done') return outcome.value;
    throw outcome.kind === 'failed' ? outcome.error : new Error('it was never settled');
  }

  async open(): Promise<Requests> {
    const { clock, disk } = this;
    const ports = simulatedPorts({ clock, disk, random: simulatedRandom(`life ${++this.life}`) });
    const broker = { report: (problem: Error) => void this.reports.push(problem.message) };
    const log: Log = await this.run(openLog('file:/sim/data', { ports, broker }));
    return await this.run(Requests.on(log));
  }

  /** Power is lost, and comes back. */
  async crash(): Promise<Requests> {
    this.clock.forgetTimers();
    this.disk.crash();
    return await this.open();
  }

  async stableEnd(requests: Requests, topic: string, partition = 0): Promise<number> {
    const partitions = [{ partitionIndex: partition, timestamp: -1 }];
    const answer = await this.run(
      requests.send(listOffsets, { isolationLevel: 1, topics: [{ name: topic, partitions }] }),
    );
    return answer.topics[0]!.partitions[0]!.offset;
  }

  async stateOf(requests: Requests, transactionalId: string): Promise<string> {
    const answer = await this.run(requests.send(describeTransactions, { transactionalIds: [transactionalId] }));
    return answer.transactionStates[0]!.transactionState;
  }

  async committed(requests: Requests, groupId: string, topic: string): Promise<number> {
    const groups = [{ groupId, topics: [{ name: topic, partitionIndexes: [0] }] }];
    const answer = await this.run(requests.send(offsetFetch, { groups, requireStable: true }));
    return answer.groups[0]!.topics[0]!.partitions[0]!.committedOffset;
  }
}

for (const commits of [true, false]) {
  const end = commits ? 'committed' : 'aborted';
  test(`what was ${end} before power was lost is ${end} after it, though no marker was on disk`, async t => {
    const world = new World();
    const requests = await world.open();
    await world.run(requests.createTopic('flights', 2));
    const producer = new TransactionalRequests(requests, 'copier');
    t.is(await world.run(producer.init()), 'none');
    t.is(await world.run(producer.write('flights', ['a'])), 'none');
    t.is(await world.run(producer.write('flights', ['b'], 1)), 'none');
    t.is(await world.run(producer.commitOffset('readers', 'flights', 5)), 'none');
    world.disk.slowPath = 'flights-';
    t.is(await world.run(producer.end(commits)), 'none', 'answered before the markers are on disk');
    t.is(await world.stableEnd(requests, 'flights'), 0);
    t.is(await world.stateOf(requests, 'copier'), commits ? 'PrepareCommit' : 'PrepareAbort');
    world.disk.slowPath = undefined;
    const again = await world.crash();
    await world.clock.advance(1_000);
    t.is(await world.stateOf(again, 'copier'), commits ? 'CompleteCommit' : 'CompleteAbort');
    for (const partition of [0, 1]) {
      const { lastStableOffset, highWatermark } = await world.run(again.fetchPartition('flights', partition, 0));
      t.is(lastStableOffset, highWatermark);
      // A marker that the power cut has spared is followed by another.
      t.true(highWatermark === 2 || highWatermark === 3);
    }
    t.is(await world.committed(again, 'readers', 'flights'), commits ? 5 : -1);
  });
}

test('a transaction that is open when power is lost is aborted once its time is up', async t => {
  const world = new World();
  const requests = await world.open();
  await world.run(requests.createTopic('flights'));
  const producer = new TransactionalRequests(requests, 'copier');
  t.is(await world.run(producer.init(5_000)), 'none');
  t.is(await world.run(producer.write('flights', ['a'])), 'none');
  t.is(await world.run(producer.commitOffset('readers', 'flights', 5)), 'none');
  const again = await world.crash();
  await world.clock.advance(1_000);
  t.is(await world.stateOf(again, 'copier'), 'Ongoing');
  t.is(await world.stableEnd(again, 'flights'), 0);
  await world.clock.advance(10_000);
  t.is(await world.stateOf(again, 'copier'), 'CompleteAbort');
  t.is(await world.stableEnd(again, 'flights'), 2);
  t.is(await world.committed(again, 'readers', 'flights'), -1);
});

test('a partition whose disk is slow keeps its transaction undecided, and nobody is told otherwise', async t => {
  const world = new World();
  const requests = await world.open();
  await world.run(requests.createTopic('flights', 2));
  const producer = new TransactionalRequests(requests, 'copier');
  t.is(await world.run(producer.init()), 'none');
  t.is(await world.run(producer.write('flights', ['a'])), 'none');
  t.is(await world.run(producer.write('flights', ['b'], 1)), 'none');
  world.disk.slowPath = 'flights-1';
  t.is(await world.run(producer.end(true)), 'none');
  await world.clock.advance(500);
  t.is(await world.stableEnd(requests, 'flights'), 2, 'its marker is on disk');
  t.is(await world.stableEnd(requests, 'flights', 1), 0);
  t.is(await world.stateOf(requests, 'copier'), 'PrepareCommit');
  t.is(await world.run(producer.write('flights', ['c'])), 'CONCURRENT_TRANSACTIONS', 'not before the last one is over');
  await world.clock.advance(20_000);
  t.is(await world.stateOf(requests, 'copier'), 'CompleteCommit');
  t.is(await world.stableEnd(requests, 'flights', 1), 2);
  t.is(await world.run(producer.write('flights', ['c'])), 'none');
});

test('a marker that cannot be written is tried again, and said', async t => {
  const world = new World();
  const requests = await world.open();
  await world.run(requests.createTopic('flights'));
  const producer = new TransactionalRequests(requests, 'copier');
  t.is(await world.run(producer.init()), 'none');
  t.is(await world.run(producer.write('flights', ['a'])), 'none');
  world.disk.failingPath = 'flights-0';
  t.is(await world.run(producer.end(true)), 'none');
  await world.clock.advance(5_000);
  t.is(await world.stateOf(requests, 'copier'), 'CompleteCommit');
  t.is(await world.stableEnd(requests, 'flights'), 2);
  t.regex(world.reports.join('\n'), /transaction of "copier" cannot be ended in flights-0: it is tried again/);
});
