// The clients of one life of the simulated process, and what they note down in the history.

import { Consumer, type Log, Producer, type TopicPartition } from '../../core/index.js';
import { patienceMs, type SimulatedClock } from '../../core/simulation/clock.js';
import type { FaultCounts } from '../../core/simulation/faults.js';
import { describe } from './describe-outcome.js';
import { type History, InvariantBroken, type PartitionHistory, type PartitionView } from './history.js';
import { sentValue } from './invariants/only-sent-records-are-served.js';
import { LedgerClients } from './ledger-clients.js';
import { LossyPlace } from './lossy-place.js';
import type { PlantedBug } from './planted-bugs.js';
import { groups, readers } from './readers.js';
import type { Schedule, Step } from './schedule.js';

type StepOf<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

export interface ClientsParts {
  readonly log: Log;
  readonly clock: SimulatedClock;
  readonly history: History;
  readonly faults: FaultCounts;
  readonly topics: Schedule['topics'];
  /** Which life of the process this is: part of the values that are sent. */
  readonly life: number;
  readonly bug: PlantedBug | undefined;
}

export class Clients {
  /** Those that work in transactions. */
  readonly ledger: LedgerClients;
  private readonly parts: ClientsParts;
  private readonly lossy: LossyPlace;
  private readonly producers: readonly Producer[];
  private readonly consumers = new Map<string, Consumer>();
  private readonly members = new Map<number, Consumer>();
  private viewer: Consumer | undefined;
  private sentCount = 0;

  constructor(parts: ClientsParts) {
    this.parts = parts;
    const { log, faults } = parts;
    this.lossy = new LossyPlace(log, faults);
    this.ledger = new LedgerClients(parts, this.lossy);
    this.producers = [
      new Producer(log.ports, this.lossy, { deliveryTimeoutMs: 5_000 }),
      new Producer(log.ports, this.lossy, { deliveryTimeoutMs: 5_000, compression: 'gzip' }),
    ];
  }

  loseNext({ what, count }: StepOf<'lose-next'>): string {
    this.lossy.loseNext(what, count);
    return 'set';
  }

  async produce(step: StepOf<'produce'>): Promise<string> {
    const { topic, partition } = step;
    const { history, clock } = this.parts;
    const ofPartition = history.of(topic, partition);
    const sends = Array.from({ length: step.count }, async () => {
      const value = this.nextValue(step);
      const copies = this.parts.bug === 'client-sends-twice' ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const { offset } = await this.producers[step.producer]!.send(topic, { value, partition });
        ofPartition.acknowledged.push({ offset, value });
        history.acknowledgedCount++;
      }
    });
    const all = Promise.allSettled(sends);
    if (!step.awaited) return 'sent';
    const outcome = await clock.drive(all, patienceMs);
    if (outcome.kind !== 'done') return outcome.kind;
    return `${outcome.value.filter(send => send.status === 'fulfilled').length} of ${step.count} acknowledged`;
  }

  private nextValue({ producer, paddingBytes }: StepOf<'produce'>): string {
    const value = sentValue(`p${this.parts.life}.${producer}`, this.sentCount++, paddingBytes);
    const isGarbled = this.parts.bug === 'value-is-garbled' && this.sentCount % 7 === 0;
    return isGarbled ? value.replace(/\d$/, 'z') : value;
  }

  async consume({ topic, partition }: StepOf<'consume'>): Promise<string> {
    const key = `${topic}-${partition}`;
    let consumer = this.consumers.get(key);
    if (consumer === undefined) {
      consumer = this.parts.log.consumer({ autoOffsetReset: 'earliest' });
      consumer.assign([{ topic, partition }]);
      this.consumers.set(key, consumer);
    }
    const { history, clock } = this.parts;
    const outcome = await clock.drive(consumer.poll({ waitMs: 50 }), patienceMs);
    if (outcome.kind !== 'done') return describe(outcome);
    for (const { offset, value } of outcome.value) history.of(topic, partition).sawRecord(offset, value ?? '');
    history.readCount += outcome.value.length;
    return `read ${outcome.value.length}`;
  }

  async commit({ group, topic, partition, offset }: StepOf<'commit'>): Promise<string> {
    const { log, clock, history } = this.parts;
    const commit = history.of(topic, partition).sendsCommit(group, offset);
    const consumer = log.consumer({ groupId: group });
    consumer.assign([{ topic, partition }]);
    const outcome = await clock.drive(consumer.commit([{ topic, partition, offset }]), patienceMs);
    commit.isAcknowledged = outcome.kind === 'done';
    await clock.drive(consumer.close(), patienceMs);
    return describe(outcome);
  }

  async pollGroup({ member, commits }: StepOf<'poll-group'>): Promise<string> {
    let consumer = this.members.get(member);
    const { log, clock, history, topics, bug } = this.parts;
    if (consumer === undefined) {
      consumer = new Consumer(log.ports, this.lossy, {
        groupId: readers,
        topics: topics.map(({ name }) => name),
        autoOffsetReset: 'earliest',
        sessionTimeoutMs: 2_000,
        heartbeatIntervalMs: 500,
      });
      this.members.set(member, consumer);
    }
    const outcome = await clock.drive(consumer.poll({ waitMs: 200 }), patienceMs);
    if (outcome.kind !== 'done') return describe(outcome);
    const next = new Map<PartitionHistory, { topic: string; partition: number; offset: number }>();
    for (const [index, { topic, partition, offset, value }] of outcome.value.entries()) {
      const ofPartition = history.of(topic, partition);
      ofPartition.sawRecord(offset, value ?? '');
      if (bug !== 'member-drops-a-record' || index > 0) ofPartition.readByGroup.add(offset);
      next.set(ofPartition, { topic, partition, offset: offset + 1 });
    }
    const read = `read ${outcome.value.length}`;
    if (!commits || next.size === 0) return read;
    const sent = [...next].map(([ofPartition, { offset }]) => ofPartition.sendsCommit(readers, offset));
    const committed = await clock.drive(consumer.commit([...next.values()]), patienceMs);
    for (const commit of sent) commit.isAcknowledged = committed.kind === 'done';
    return `${read}, commit ${describe(committed)}`;
  }

  async leaveGroup({ member }: StepOf<'leave-group'>): Promise<string> {
    const consumer = this.members.get(member);
    this.members.delete(member);
    return consumer === undefined ? 'no member' : describe(await this.parts.clock.drive(consumer.close(), patienceMs));
  }

  /** What they have fetched of a topic would come out still after another of its name has taken its place: so all begin anew. */
  async leaveAll(): Promise<void> {
    const all = [...this.consumers.values(), ...this.members.values()];
    this.consumers.clear();
    this.members.clear();
    for (const consumer of all) await this.parts.clock.drive(consumer.close(), patienceMs);
  }

  /** Reads the whole partition, as any consumer could; once more where retention has taken from it meanwhile. */
  async view(place: TopicPartition): Promise<Pick<PartitionView, 'logStartOffset' | 'highWatermark' | 'records'>> {
    const { log, history } = this.parts;
    this.viewer ??= log.consumer({ autoOffsetReset: 'earliest' });
    this.viewer.assign([place]);
    const logStart = async (): Promise<number> =>
      (await this.require(this.viewer!.beginningOffsets([place])))[0]!.offset;
    for (let logStartOffset = await logStart(); ; ) {
      const { records, highWatermark } = await this.readAll(this.viewer, place, logStartOffset);
      const ofPartition = history.of(place.topic, place.partition);
      for (const { offset, value } of records) ofPartition.sawRecord(offset, value);
      const before = logStartOffset;
      logStartOffset = await logStart();
      if (logStartOffset === before) return { logStartOffset, highWatermark, records };
    }
  }

  private async readAll(consumer: Consumer, place: TopicPartition, from: number) {
    consumer.seek(place, from);
    const [end] = await this.require(consumer.endOffsets([place]));
    const records: { offset: number; value: string }[] = [];
    while ((records.at(-1)?.offset ?? from - 1) + 1 < end!.offset) {
      const polled = await this.require(consumer.poll({ waitMs: 1000 }));
      if (polled.length === 0) break;
      for (const { offset, value } of polled) records.push({ offset, value: value ?? '' });
    }
    return { records, highWatermark: end!.offset };
  }

  /** What each group has committed, in the order of `places`. */
  async committed(places: readonly TopicPartition[]): Promise<Map<string, readonly (number | undefined)[]>> {
    const committed = new Map<string, readonly (number | undefined)[]>();
    for (const groupId of groups) {
      const consumer = this.parts.log.consumer({ groupId });
      const found = await this.require(consumer.committed(places));
      committed.set(
        groupId,
        found.map(each => each?.offset),
      );
      await this.require(consumer.close());
    }
    return committed;
  }

  private async require<T>(promise: Promise<T>): Promise<T> {
    const outcome = await this.parts.clock.drive(promise, patienceMs);
    if (outcome.kind === 'done') return outcome.value;
    throw new InvariantBroken('a-reopened-log-can-be-read', describe(outcome));
  }
}
