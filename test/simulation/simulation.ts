// One node, its whole world simulated: the broker on a disk that fails, clients that use it, and invariants that hold however it goes.
// A run is its schedule and nothing else: the same schedule gives the same trace, byte for byte.

import { createHash } from 'node:crypto';
import { type Log, openLog } from '../../core/index.js';
import type { Random } from '../../core/ports/random.js';
import { patienceMs, SimulatedClock } from '../../core/simulation/clock.js';
import type { SimulatedDisk } from '../../core/simulation/disk.js';
import { FaultCounts } from '../../core/simulation/faults.js';
import { simulatedRandom } from '../../core/simulation/random.js';
import { simulatedPorts } from '../../core/simulation/simulated-ports.js';
import { Clients } from './clients.js';
import { describe } from './describe-outcome.js';
import { History, type Invariant, InvariantBroken, type PartitionView } from './history.js';
import { aCommittedTransactionIsWhole } from './invariants/a-committed-transaction-is-whole.js';
import { aFencedProducerNeverWrites } from './invariants/a-fenced-producer-never-writes.js';
import { aGroupSkipsNothing } from './invariants/a-group-skips-nothing.js';
import { aProducerKeepsItsOrder } from './invariants/a-producer-keeps-its-order.js';
import { acknowledgedRecordsSurvive } from './invariants/acknowledged-records-survive.js';
import { committedOffsetsSurvive } from './invariants/committed-offsets-survive.js';
import { highWatermarkNeverRetreats } from './invariants/high-watermark-never-retreats.js';
import { lastStableOffsetNeverRetreats } from './invariants/last-stable-offset-never-retreats.js';
import { logStartMovesOnlyWhenAsked } from './invariants/log-start-moves-only-when-asked.js';
import { noAbortedRecordIsRead } from './invariants/no-aborted-record-is-read.js';
import { offsetsHaveNoGaps } from './invariants/offsets-have-no-gaps.js';
import { onlySentRecordsAreServed } from './invariants/only-sent-records-are-served.js';
import { topicsSurvive } from './invariants/topics-survive.js';
import { whatWasReadIsNeverTakenBack } from './invariants/what-was-read-is-never-taken-back.js';
import { type LedgerEvent, ledger } from './ledger.js';
import { type PlantedBug, plantedDisk, skippingRecord } from './planted-bugs.js';
import type { Damage, Ending, OpeningFault, Schedule, Step } from './schedule.js';

export const invariants: readonly Invariant[] = [
  topicsSurvive,
  onlySentRecordsAreServed,
  offsetsHaveNoGaps,
  aProducerKeepsItsOrder,
  acknowledgedRecordsSurvive,
  whatWasReadIsNeverTakenBack,
  highWatermarkNeverRetreats,
  logStartMovesOnlyWhenAsked,
  committedOffsetsSurvive,
  aGroupSkipsNothing,
  noAbortedRecordIsRead,
  aCommittedTransactionIsWhole,
  lastStableOffsetNeverRetreats,
  aFencedProducerNeverWrites,
];

export interface SimulationOptions {
  readonly plantedBug?: PlantedBug;
  /** Default: all of them. */
  readonly invariants?: readonly Invariant[];
  /** Errors bear their stacks: slow. */
  readonly hasStacks?: boolean;
}

export interface SimulationReport {
  /** What was done and what came of it, a line a step. */
  readonly trace: readonly string[];
  readonly traceHash: string;
  readonly faults: FaultCounts;
  /** What happened to transactions. */
  readonly ledger: ReadonlyMap<LedgerEvent, number>;
  readonly acknowledgedCount: number;
  readonly readCount: number;
  readonly restartCount: number;
  /** The first invariant that did not hold, and the step at which it showed. */
  readonly broken?: { readonly step: number; readonly error: InvariantBroken };
}

const directory = '/simulated/data';
const openingsMax = 5;

export class Simulation {
  private readonly clock = new SimulatedClock();
  private readonly faults = new FaultCounts();
  private readonly random: Random;
  private readonly disk: SimulatedDisk;
  private readonly history: History;
  private readonly trace: string[] = [];
  private log: Log | undefined;
  private clients: Clients | undefined;
  private life = 0;
  private step = 0;
  private readonly schedule: Schedule;
  private readonly options: SimulationOptions;

  constructor(schedule: Schedule, options: SimulationOptions = {}) {
    this.schedule = schedule;
    this.options = options;
    this.random = simulatedRandom(schedule.seed);
    this.history = new History(schedule.topics);
    const { clock, faults } = this;
    this.disk = plantedDisk(options.plantedBug, { random: this.random.fork('disk'), clock, faults });
    clock.isOver = () => this.disk.death !== undefined;
  }

  async run(): Promise<SimulationReport> {
    // Thousands of errors are made on purpose, and few of their stacks are ever looked at.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = this.options.hasStacks === true ? stackTraceLimit : 0;
    try {
      await this.open();
      for (const [index, step] of this.schedule.steps.entries()) {
        this.step = index;
        let outcome = await this.take(step);
        if (this.disk.death !== undefined) outcome += `, dead: ${await this.reopen({ kind: this.disk.death })}`;
        this.trace.push(`${index} t=${this.clock.now()} ${JSON.stringify(step)} -> ${outcome}`);
      }
      this.trace.push(await this.reopen({ kind: 'crash' }));
    } catch (error) {
      if (!(error instanceof InvariantBroken)) throw error;
      this.trace.push(`broken: ${error.message}`);
      return this.report({ step: this.step, error });
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    return this.report();
  }

  private report(broken?: { step: number; error: InvariantBroken }): SimulationReport {
    return {
      trace: this.trace,
      traceHash: createHash('sha256').update(this.trace.join('\n')).digest('hex'),
      faults: this.faults,
      ledger: this.history.ledger.counts,
      acknowledgedCount: this.history.acknowledgedCount,
      readCount: this.history.readCount,
      restartCount: this.life - 1,
      ...(broken !== undefined && { broken }),
    };
  }

  private async take(step: Step): Promise<string> {
    const clients = this.clients!;
    switch (step.kind) {
      case 'produce':
        return await clients.produce(step);
      case 'consume':
        return await clients.consume(step);
      case 'poll-group':
        return await clients.pollGroup(step);
      case 'leave-group':
        return await clients.leaveGroup(step);
      case 'commit':
        return await clients.commit(step);
      case 'transact':
        return await clients.ledger.transact(step);
      case 'haunt':
        return await clients.ledger.haunt(step);
      case 'read-committed':
        return await clients.ledger.readCommitted(step);
      case 'lose-next':
        return clients.loseNext(step);
      case 'delete-records':
        return await this.deleteRecords(step);
      case 'recreate-topic':
        return await this.recreate(step.topic);
      case 'wait':
        await this.clock.advance(step.ms);
        return 'waited';
      case 'crash':
      case 'kill':
      case 'restart':
        return await this.reopen(step);
      default:
        this.setFault(step);
        return 'set';
    }
  }

  private setFault(
    step: Extract<Step, { kind: 'die-soon' | 'fail-flush' | 'fail-write' | 'fail-read' | 'fill-disk' }>,
  ) {
    const { disk } = this;
    if (step.kind === 'die-soon') disk.dieAfter(step.afterOperations, step.how);
    else if (step.kind === 'fail-flush') disk.failNextFlush();
    else if (step.kind === 'fail-write') disk.failNextWrite();
    else if (step.kind === 'fail-read') disk.failNextRead();
    else disk.limitTo(disk.usedBytes() + this.random.below(2000));
  }

  private async deleteRecords(step: Extract<Step, { kind: 'delete-records' }>): Promise<string> {
    const { topic, partition } = step;
    const history = this.history.of(topic, partition);
    const start = history.logStartOffset;
    const offset = start + Math.floor((history.highWatermark - start) * step.fraction);
    history.deletionAsked = Math.max(offset, history.deletionAsked);
    const deletion = this.log!.admin().deleteRecords([{ topic, partition, offset }]);
    const outcome = await this.clock.drive(deletion, patienceMs);
    if (outcome.kind === 'done') history.logStartOffset = Math.max(offset, start);
    history.logStartMax = Math.max(offset, history.logStartMax);
    return `${offset} ${describe(outcome)}`;
  }

  private async recreate(topic: string): Promise<string> {
    this.history.topics.get(topic)!.isDeletionAsked = true;
    await this.clients!.leaveAll();
    const deleted = await this.clock.drive(this.log!.admin().deleteTopics([topic]), patienceMs);
    const created = await this.clock.drive(this.createTopics(), patienceMs);
    if (created.kind === 'done') await this.learnTopics();
    return `deleted: ${describe(deleted)}, created: ${describe(created)}`;
  }

  /** Ends this life and begins the next, or the one after it where that one dies or fails as it opens; then everything is looked at. */
  private async reopen(ending: Pick<Ending, 'kind'> & Partial<Ending>): Promise<string> {
    if (ending.kind === 'restart') await this.clock.drive(this.log!.close(), patienceMs);
    // A close that ran into its death, or into a fault, leaves the process to be killed all the same.
    this.die(this.disk.death ?? (ending.kind === 'crash' ? 'crash' : 'kill'));
    for (const what of ending.damage ?? []) this.trace.push(`damaged: ${this.damage(what)}`);
    if (ending.during !== undefined) this.setOpeningFault(ending.during);
    const failures: string[] = [];
    for (let opening = 0; opening < openingsMax; opening++) {
      try {
        await this.open();
        return [...failures, await this.checkAll()].join(', ');
      } catch (error) {
        const isFirst = opening === 0 && ending.during !== undefined;
        if (!(error instanceof InvariantBroken) || (this.disk.death === undefined && !isFirst)) throw error;
        // A fault on the way may keep a log from opening, or from being read, but must not do harm: the next life finds all.
        if (!isExcusable(error)) throw error;
        failures.push(`(${error.message})`);
        this.die(this.disk.death ?? 'kill');
      }
    }
    throw new InvariantBroken(opens, `not in ${openingsMax} lives: ${failures.join(', ')}`);
  }

  private die(how: 'kill' | 'crash'): void {
    this.clock.forgetTimers();
    if (how === 'crash') this.disk.crash();
    else this.disk.kill();
  }

  private damage(what: Damage): string | undefined {
    const suffixes = { index: ['.index', '.timeindex'], snapshot: ['.snapshot'], checkpoint: ['-checkpoint'] }[what];
    const path = this.disk.damage(`damaged ${what}`, path => suffixes.some(suffix => path.endsWith(suffix)));
    if (path?.endsWith('log-start-offset-checkpoint')) this.history.forgetLogStarts();
    return path;
  }

  private setOpeningFault(fault: OpeningFault): void {
    if (fault.kind === 'die') this.disk.dieAfter(fault.afterOperations, fault.how);
    else if (fault.what === 'flush') this.disk.failNextFlush();
    else if (fault.what === 'write') this.disk.failNextWrite();
    else this.disk.failNextRead();
  }

  private async open(): Promise<void> {
    this.life++;
    const { clock, disk, faults, history, life } = this;
    const ports = simulatedPorts({ clock, disk, random: this.random.fork(`life ${life}`) });
    const intervals = {
      retentionCheckIntervalMs: 1_000,
      checkpointIntervalMs: 500,
      transactionTimeoutCheckIntervalMs: 200,
    };
    const broker = { report: () => undefined, autoCreateTopics: false, ...intervals };
    const opened = await clock.drive(openLog(`file:${directory}`, { ports, broker }), patienceMs);
    if (opened.kind !== 'done') throw new InvariantBroken(opens, describe(opened));
    this.log = opened.value;
    const { topics } = this.schedule;
    const bug = this.options.plantedBug;
    this.clients = new Clients({ log: this.log, clock, history, faults, topics, life, bug });
    const created = await clock.drive(this.createTopics(), patienceMs);
    if (created.kind !== 'done') throw new InvariantBroken(opens, `no topics: ${describe(created)}`);
    await this.learnTopics();
  }

  private async createTopics(): Promise<void> {
    const topics = this.schedule.topics.map(({ name, partitionCount, configs }) => ({
      name,
      partitions: partitionCount,
      configs,
    }));
    await this.log!.admin().createTopics(topics, { ifNotExists: true });
  }

  private async learnTopics(): Promise<Map<string, string>> {
    const names = this.schedule.topics.map(({ name }) => name);
    const described = await this.clock.drive(this.log!.admin().describeTopics(names), patienceMs);
    if (described.kind !== 'done') throw new InvariantBroken(isReadable, describe(described));
    for (const { name, topicId } of described.value) this.history.topics.get(name)!.is(topicId);
    return new Map(described.value.map(({ name, topicId }) => [name, topicId]));
  }

  private async checkAll(): Promise<string> {
    const sizes: string[] = [];
    const topicIds = await this.learnTopics();
    const places = this.schedule.topics.flatMap(({ name: topic, partitionCount }) =>
      Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition })),
    );
    const ledgerView = topicIds.has(ledger) ? await this.clients!.ledger.view() : undefined;
    const committed = await this.clients!.committed(places);
    for (const [index, place] of places.entries()) {
      const ofGroups = new Map([...committed].map(([group, offsets]) => [group, offsets[index]]));
      const found = await this.clients!.view(place);
      const { logStartOffset, highWatermark } = found;
      const view = { ...place, ...found, topicId: topicIds.get(place.topic)!, committed: ofGroups };
      this.check({ ...view, ledger: place.topic === ledger ? ledgerView : undefined });
      sizes.push(`${place.topic}-${place.partition}: ${logStartOffset}..${highWatermark}`);
    }
    if (ledgerView !== undefined) this.history.ledger.settle(ledgerView);
    return sizes.join(' ');
  }

  private check(seen: PartitionView): void {
    const view = this.options.plantedBug === 'reader-skips-a-record' ? skippingRecord(seen) : seen;
    const topic = this.history.topics.get(view.topic)!;
    const known = this.history.of(view.topic, view.partition);
    for (const invariant of this.options.invariants ?? invariants) invariant.check(view, known, topic);
    known.logStartMax = Math.max(known.logStartMax, view.logStartOffset);
  }
}

const opens = 'a-log-opens-after-every-crash';
const isReadable = 'a-reopened-log-can-be-read';

function isExcusable({ invariant }: InvariantBroken): boolean {
  return invariant === opens || invariant === isReadable;
}
