// One node, its whole world simulated: the broker on a disk that fails, clients that use it, and invariants that hold however it goes.
// A run is its schedule and nothing else: the same schedule gives the same trace, byte for byte.

import { createHash } from 'node:crypto';
import { type Consumer, type Log, openLog, type Producer } from '../../core/index.js';
import { nodeCompression } from '../../core/platform/node-compression.js';
import type { Random } from '../../core/ports/random.js';
import { History, type Invariant, InvariantBroken, type PartitionView } from './history.js';
import { aProducerKeepsItsOrder } from './invariants/a-producer-keeps-its-order.js';
import { acknowledgedRecordsSurvive } from './invariants/acknowledged-records-survive.js';
import { committedOffsetsSurvive } from './invariants/committed-offsets-survive.js';
import { highWatermarkNeverRetreats } from './invariants/high-watermark-never-retreats.js';
import { logStartMovesOnlyWhenAsked } from './invariants/log-start-moves-only-when-asked.js';
import { offsetsHaveNoGaps } from './invariants/offsets-have-no-gaps.js';
import { onlySentRecordsAreServed, sentValue } from './invariants/only-sent-records-are-served.js';
import { whatWasReadIsNeverTakenBack } from './invariants/what-was-read-is-never-taken-back.js';
import { ForgetfulDisk, LyingDisk, type PlantedBug, skippingRecord } from './planted-bugs.js';
import { SimulatedClock } from './ports/clock.js';
import { type FaultName, SimulatedDisk } from './ports/disk.js';
import { simulatedRandom } from './ports/random.js';
import type { Schedule, Step } from './schedule.js';

export const invariants: readonly Invariant[] = [
  onlySentRecordsAreServed,
  offsetsHaveNoGaps,
  aProducerKeepsItsOrder,
  acknowledgedRecordsSurvive,
  whatWasReadIsNeverTakenBack,
  highWatermarkNeverRetreats,
  logStartMovesOnlyWhenAsked,
  committedOffsetsSurvive,
];

export interface SimulationOptions {
  readonly plantedBug?: PlantedBug;
  /** Default: all of them. */
  readonly invariants?: readonly Invariant[];
}

export interface SimulationReport {
  /** What was done and what came of it, a line a step. */
  readonly trace: readonly string[];
  readonly traceHash: string;
  readonly faults: ReadonlyMap<FaultName, number>;
  readonly acknowledgedCount: number;
  readonly readCount: number;
  readonly restartCount: number;
  /** The first invariant that did not hold, and the step at which it showed. */
  readonly broken?: { readonly step: number; readonly error: InvariantBroken };
}

const patienceMs = 10_000;

export class Simulation {
  private readonly clock = new SimulatedClock();
  private readonly random: Random;
  private readonly disk: SimulatedDisk;
  private readonly history = new History();
  private readonly trace: string[] = [];
  private readonly generations = new Map<string, number>();
  private log: Log | undefined;
  private producer: Producer | undefined;
  private readonly consumers = new Map<string, Consumer>();
  private sentCount = 0;
  private readCount = 0;
  private life = 0;

  private readonly schedule: Schedule;
  private readonly options: SimulationOptions;

  constructor(schedule: Schedule, options: SimulationOptions = {}) {
    this.schedule = schedule;
    this.options = options;
    this.random = simulatedRandom(schedule.seed);
    this.disk = this.makeDisk();
  }

  private makeDisk(): SimulatedDisk {
    const random = this.random.fork('disk');
    if (this.options.plantedBug === 'flush-does-nothing') return new LyingDisk(random, this.clock);
    if (this.options.plantedBug === 'old-segment-is-lost') return new ForgetfulDisk(random, this.clock);
    return new SimulatedDisk(random, this.clock);
  }

  async run(): Promise<SimulationReport> {
    try {
      await this.open();
      for (const [index, step] of this.schedule.steps.entries()) {
        const outcome = await this.take(step);
        this.trace.push(`${index} t=${this.clock.now()} ${JSON.stringify(step)} -> ${outcome}`);
      }
      await this.reopen(() => this.disk.crash());
    } catch (error) {
      if (!(error instanceof InvariantBroken)) throw error;
      this.trace.push(`broken: ${error.message}`);
      return this.report({ step: this.trace.length - 1, error });
    }
    return this.report();
  }

  private report(broken?: { step: number; error: InvariantBroken }): SimulationReport {
    return {
      trace: this.trace,
      traceHash: createHash('sha256').update(this.trace.join('\n')).digest('hex'),
      faults: this.disk.faults,
      acknowledgedCount: this.history.acknowledged.length,
      readCount: this.readCount,
      restartCount: this.life - 1,
      ...(broken !== undefined && { broken }),
    };
  }

  private async take(step: Step): Promise<string> {
    switch (step.kind) {
      case 'produce':
        return await this.produce(step);
      case 'consume':
        return await this.consume(step.topic, step.partition);
      case 'commit':
        return await this.commit(step);
      case 'delete-records':
        return await this.deleteRecords(step);
      case 'recreate-topic':
        return await this.recreate(step.topic);
      case 'wait':
        await this.clock.advance(step.ms);
        return 'waited';
      case 'fail-flush':
        this.disk.failNextFlush();
        return 'set';
      case 'fail-write':
        this.disk.failNextWrite();
        return 'set';
      case 'fill-disk':
        this.disk.limitTo(this.disk.usedBytes() + this.random.below(2000));
        return 'set';
      case 'crash':
        return await this.reopen(() => this.disk.crash());
      case 'kill':
        return await this.reopen(() => this.disk.kill());
      case 'restart':
        return await this.restart();
    }
  }

  private async produce(step: Extract<Step, { kind: 'produce' }>): Promise<string> {
    const { topic, partition } = step;
    const generation = this.generations.get(topic);
    const sends = Array.from({ length: step.count }, async () => {
      const value = this.nextValue(step.paddingBytes);
      const copies = this.options.plantedBug === 'client-sends-twice' ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const { offset } = await this.producer!.send(topic, { value, partition });
        if (this.generations.get(topic) === generation)
          this.history.acknowledged.push({ topic, partition, offset, value });
      }
    });
    const all = Promise.allSettled(sends);
    if (!step.awaited) return 'sent';
    const outcome = await this.clock.drive(all, patienceMs);
    if (outcome.kind !== 'done') return outcome.kind;
    return `${outcome.value.filter(send => send.status === 'fulfilled').length} of ${step.count} acknowledged`;
  }

  private nextValue(paddingBytes: number): string {
    const value = sentValue(`p${this.life}`, this.sentCount++, paddingBytes);
    return this.options.plantedBug === 'value-is-garbled' && this.sentCount % 7 === 0
      ? value.replace(/\d$/, 'z')
      : value;
  }

  private async consume(topic: string, partition: number): Promise<string> {
    const key = `${topic}-${partition}`;
    let consumer = this.consumers.get(key);
    if (consumer === undefined) {
      consumer = this.log!.consumer({ autoOffsetReset: 'earliest' });
      consumer.assign([{ topic, partition }]);
      this.consumers.set(key, consumer);
    }
    const outcome = await this.clock.drive(consumer.poll({ waitMs: 50 }), patienceMs);
    if (outcome.kind !== 'done') return describe(outcome);
    for (const { offset, value } of outcome.value) this.history.sawRecord(topic, partition, offset, value ?? '');
    this.readCount += outcome.value.length;
    return `read ${outcome.value.length}`;
  }

  private async commit(step: Extract<Step, { kind: 'commit' }>): Promise<string> {
    const key = `${step.group}/${step.topic}-${step.partition}`;
    const commits = this.history.commits.get(key) ?? [];
    this.history.commits.set(key, commits);
    const commit = { offset: step.offset, isAcknowledged: false };
    commits.push(commit);
    const consumer = this.log!.consumer({ groupId: step.group });
    consumer.assign([{ topic: step.topic, partition: step.partition }]);
    const outcome = await this.clock.drive(consumer.commit([step]), patienceMs);
    commit.isAcknowledged = outcome.kind === 'done';
    await this.clock.drive(consumer.close(), patienceMs);
    return describe(outcome);
  }

  private async deleteRecords(step: Extract<Step, { kind: 'delete-records' }>): Promise<string> {
    const key = `${step.topic}-${step.partition}`;
    const start = this.history.logStarts.get(key) ?? 0;
    const end = this.history.highWatermarks.get(key) ?? 0;
    const offset = start + Math.floor((end - start) * step.fraction);
    this.history.deletionsAsked.set(key, Math.max(offset, this.history.deletionsAsked.get(key) ?? 0));
    const admin = this.log!.admin();
    const outcome = await this.clock.drive(
      admin.deleteRecords([{ topic: step.topic, partition: step.partition, offset }]),
      patienceMs,
    );
    if (outcome.kind === 'done') this.history.logStarts.set(key, offset);
    return `${offset} ${describe(outcome)}`;
  }

  private async recreate(topic: string): Promise<string> {
    this.history.topicMayBeGone(topic);
    this.generations.set(topic, (this.generations.get(topic) ?? 0) + 1);
    for (const key of [...this.consumers.keys()]) if (key.startsWith(`${topic}-`)) this.consumers.delete(key);
    const admin = this.log!.admin();
    const deleted = await this.clock.drive(admin.deleteTopics([topic]), patienceMs);
    if (deleted.kind === 'done') this.history.topicIsGone(topic);
    const created = await this.clock.drive(this.createTopics(), patienceMs);
    return `deleted: ${describe(deleted)}, created: ${describe(created)}`;
  }

  /** A clean stop; where a disk fault forbids one, the process is gone all the same. */
  private async restart(): Promise<string> {
    const closed = await this.clock.drive(this.log!.close(), patienceMs);
    return `${describe(closed)}, ${await this.reopen(() => this.disk.kill())}`;
  }

  private async reopen(die: () => void): Promise<string> {
    this.clock.forgetTimers();
    die();
    this.disk.limitTo(Number.POSITIVE_INFINITY);
    this.consumers.clear();
    await this.open();
    return await this.checkAll();
  }

  private async open(): Promise<void> {
    this.life++;
    const ports = {
      clock: this.clock,
      disk: this.disk,
      random: this.random.fork(`life ${this.life}`),
      compression: nodeCompression,
      failpoint: () => undefined,
    };
    const opened = await this.clock.drive(
      openLog('file:/simulated/data', { ports, broker: { report: () => undefined } }),
      60_000,
    );
    if (opened.kind !== 'done') throw new InvariantBroken('a-log-opens-after-every-crash', describe(opened));
    this.log = opened.value;
    this.producer = this.log.producer({ deliveryTimeoutMs: 5_000 });
    const created = await this.clock.drive(this.createTopics(), patienceMs);
    if (created.kind !== 'done')
      throw new InvariantBroken('a-log-opens-after-every-crash', `no topics: ${describe(created)}`);
  }

  private async createTopics(): Promise<void> {
    const topics = this.schedule.topics.map(({ name, partitionCount, configs }) => ({
      name,
      partitions: partitionCount,
      configs,
    }));
    await this.log!.admin().createTopics(topics, { ifNotExists: true });
  }

  private async checkAll(): Promise<string> {
    const sizes: string[] = [];
    for (const { name: topic, partitionCount } of this.schedule.topics) {
      for (let partition = 0; partition < partitionCount; partition++) {
        const view = await this.viewOf(topic, partition);
        for (const invariant of this.options.invariants ?? invariants) invariant.check(view, this.history);
        sizes.push(`${topic}-${partition}: ${view.logStartOffset}..${view.highWatermark}`);
      }
    }
    return sizes.join(' ');
  }

  /** Reads the whole partition, as any consumer could. */
  private async viewOf(topic: string, partition: number): Promise<PartitionView> {
    const place = { topic, partition };
    const consumer = this.log!.consumer({ autoOffsetReset: 'earliest' });
    consumer.assign([place]);
    consumer.seek(place, 'start');
    const [start] = await this.require(consumer.beginningOffsets([place]));
    const [end] = await this.require(consumer.endOffsets([place]));
    const records: { offset: number; value: string }[] = [];
    while ((records.at(-1)?.offset ?? start!.offset - 1) + 1 < end!.offset) {
      const polled = await this.require(consumer.poll({ waitMs: 1000 }));
      if (polled.length === 0) break;
      for (const { offset, value } of polled) records.push({ offset, value: value ?? '' });
    }
    for (const { offset, value } of records) this.history.sawRecord(topic, partition, offset, value);
    const committed = await this.committedBy(place);
    await this.require(consumer.close());
    const view = { ...place, logStartOffset: start!.offset, highWatermark: end!.offset, records, committed };
    return this.options.plantedBug === 'reader-skips-a-record' ? skippingRecord(view) : view;
  }

  private async committedBy(place: { topic: string; partition: number }): Promise<Map<string, number | undefined>> {
    const committed = new Map<string, number | undefined>();
    for (const groupId of ['group-0', 'group-1']) {
      const consumer = this.log!.consumer({ groupId });
      consumer.assign([place]);
      const [found] = await this.require(consumer.committed([place]));
      committed.set(groupId, found?.offset);
      await this.require(consumer.close());
    }
    return committed;
  }

  private async require<T>(promise: Promise<T>): Promise<T> {
    const outcome = await this.clock.drive(promise, 60_000);
    if (outcome.kind === 'done') return outcome.value;
    throw new InvariantBroken('a-reopened-log-can-be-read', describe(outcome));
  }
}

function describe(outcome: { kind: string; error?: Error }): string {
  return outcome.error === undefined ? outcome.kind : `${outcome.kind}: ${outcome.error.message}`;
}
