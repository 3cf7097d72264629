// The transactional clients of one life of the simulated process.

import type { Place } from '../../core/client/place.js';
import { Consumer, Producer } from '../../core/index.js';
import { type Outcome, patienceMs } from '../../core/simulation/clock.js';
import type { ClientsParts } from './clients.js';
import { describe } from './describe-outcome.js';
import { InvariantBroken } from './history.js';
import { sentValue } from './invariants/only-sent-records-are-served.js';
import { type LedgerTransaction, type LedgerView, ledger, ledgerGroup, ledgerPartitionCount } from './ledger.js';
import type { Step } from './schedule.js';

type StepOf<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

/** Longer than this no transaction stays open. */
const transactionTimeoutMs = 1_000;
const endsWithinMs = 30_000;

export class LedgerClients {
  private readonly parts: ClientsParts;
  private readonly place: Place;
  /** By transactional id. */
  private readonly owners = new Map<number, Producer>();
  private reader: Consumer | undefined;
  private sentCount = 0;

  constructor(parts: ClientsParts, place: Place) {
    this.parts = parts;
    this.place = place;
  }

  async transact(step: StepOf<'transact'>): Promise<string> {
    const { history, clock } = this.parts;
    if (step.takesOver) await this.takeOver(step.producer);
    const owner = this.ownerOf(step.producer);
    const transaction = history.ledger.begins();
    const outcome = await clock.drive(this.run(step, owner, transaction), patienceMs);
    if (outcome.kind === 'done' && step.ending !== 'leave-open') return `${step.ending} done`;
    if (outcome.kind === 'done') history.ledger.count('left open');
    if (outcome.kind !== 'done' && transaction.outcome === 'unknown') history.ledger.count('commit without an answer');
    // What comes of it is the next owner's, or the timeout's.
    this.owners.delete(step.producer);
    return describe(outcome);
  }

  /** A producer that another one takes the id from goes on as if nothing had happened. */
  async haunt({ producer }: StepOf<'haunt'>): Promise<string> {
    const zombie = this.ownerOf(producer);
    // One that has written nothing yet would take the id back.
    const begun = await this.parts.clock.drive(zombie.initTransactions(), patienceMs);
    const isFenced = begun.kind === 'done' && (await this.takeOver(producer));
    if (!isFenced) return 'no zombie';
    const { history, clock, bug, log } = this.parts;
    const value = this.nextValue('z', 10);
    history.ledger.fencedValues.add(value);
    const transaction = history.ledger.begins();
    transaction.values.push({ partition: 0, value });
    const outcome = await clock.drive(this.write(zombie, value), patienceMs);
    if (outcome.kind !== 'done') history.ledger.count('fenced producer refused');
    if (bug === 'zombie-writes-anyway') {
      const plain = new Producer(log.ports, this.place, { deliveryTimeoutMs: 5_000 });
      await clock.drive(plain.send(ledger, { value, partition: 0 }), patienceMs);
    }
    return describe(outcome);
  }

  async readCommitted({ partition }: StepOf<'read-committed'>): Promise<string> {
    const { history, clock, log, bug } = this.parts;
    if (this.reader === undefined) {
      const isolationLevel = bug === 'reader-ignores-aborts' ? 'read_uncommitted' : 'read_committed';
      this.reader = new Consumer(log.ports, this.place, { autoOffsetReset: 'earliest', isolationLevel });
      const all = Array.from({ length: ledgerPartitionCount }, (_, index) => ({ topic: ledger, partition: index }));
      this.reader.assign(partition === 0 ? all : all.toReversed());
    }
    const outcome = await clock.drive(this.reader.poll({ waitMs: 50 }), patienceMs);
    if (outcome.kind !== 'done') return describe(outcome);
    for (const { value } of outcome.value) history.ledger.readCommitted.add(value ?? '');
    history.ledger.count('read by a reader of committed records', outcome.value.length);
    return `read ${outcome.value.length}`;
  }

  /** Waits until every transaction has come to its end, and reads all that is committed. */
  async view(): Promise<LedgerView> {
    const { log, history, clock, bug } = this.parts;
    const isolationLevel = bug === 'reader-ignores-aborts' ? 'read_uncommitted' : 'read_committed';
    const stable = log.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' });
    const latest = log.consumer({ autoOffsetReset: 'earliest' });
    const places = Array.from({ length: ledgerPartitionCount }, (_, partition) => ({ topic: ledger, partition }));
    let ends = await this.require(stable.endOffsets(places));
    const startedMs = clock.now();
    for (;;) {
      const highWatermarks = await this.require(latest.endOffsets(places));
      if (highWatermarks.every(({ offset }, index) => offset === ends[index]!.offset)) break;
      if (clock.now() - startedMs > endsWithinMs) {
        throw new InvariantBroken('every-transaction-ends', `open after ${endsWithinMs} ms: ${JSON.stringify(ends)}`);
      }
      await clock.advance(200);
      ends = await this.require(stable.endOffsets(places));
    }
    const partitions: { lastStableOffset: number; committed: { offset: number; value: string }[] }[] = [];
    for (const [index, place] of places.entries()) {
      const reader = log.consumer({ autoOffsetReset: 'earliest', isolationLevel });
      reader.assign([place]);
      const committed: { offset: number; value: string }[] = [];
      for (;;) {
        const polled = await this.require(reader.poll({ waitMs: 300 }));
        if (polled.length === 0) break;
        for (const { offset, value } of polled) committed.push({ offset, value: value ?? '' });
      }
      await this.require(reader.close());
      partitions.push({ lastStableOffset: ends[index]!.offset, committed });
    }
    return { history: history.ledger, partitions };
  }

  /** True when the producer before, if there was one, is fenced. */
  private async takeOver(id: number): Promise<boolean> {
    const { history, clock } = this.parts;
    const hadOwner = this.owners.delete(id);
    const outcome = await clock.drive(this.ownerOf(id).initTransactions(), patienceMs);
    if (outcome.kind !== 'done') this.owners.delete(id);
    else if (hadOwner) history.ledger.count('fenced');
    return outcome.kind === 'done';
  }

  private ownerOf(id: number): Producer {
    const known = this.owners.get(id);
    if (known !== undefined) return known;
    const owner = new Producer(this.parts.log.ports, this.place, {
      transactionalId: `ledger-${id}`,
      transactionTimeoutMs,
      deliveryTimeoutMs: 5_000,
    });
    this.owners.set(id, owner);
    return owner;
  }

  private async run(step: StepOf<'transact'>, owner: Producer, transaction: LedgerTransaction): Promise<void> {
    const { history } = this.parts;
    owner.beginTransaction();
    for (const [partition, count] of step.counts.entries()) {
      for (let index = 0; index < count; index++) {
        const value = this.nextValue(`${step.producer}`, step.paddingBytes);
        transaction.values.push({ partition, value });
        // What fails, fails the commit.
        owner.send(ledger, { value, partition }).catch(() => undefined);
      }
    }
    const ofGroup = history.of(ledger, 0);
    if (step.ending !== 'commit') {
      if (step.offset !== undefined)
        await owner.sendOffsets([{ topic: ledger, partition: 0, offset: step.offset }], ledgerGroup);
      if (step.ending === 'leave-open') return await owner.flush();
      await owner.abortTransaction();
      history.ledger.count('aborted');
      return;
    }
    if (step.offset !== undefined) {
      await owner.sendOffsets([{ topic: ledger, partition: 0, offset: step.offset }], ledgerGroup);
    }
    transaction.outcome = 'unknown';
    const commit = step.offset === undefined ? undefined : ofGroup.sendsCommit(ledgerGroup, step.offset);
    await owner.commitTransaction();
    if (commit !== undefined) commit.isAcknowledged = true;
    transaction.outcome = 'committed';
    history.ledger.count('committed');
  }

  private async write(zombie: Producer, value: string): Promise<void> {
    try {
      zombie.beginTransaction();
    } catch {
      // It has one open.
    }
    const sent = zombie.send(ledger, { value, partition: 0 });
    sent.catch(() => undefined);
    await zombie.commitTransaction();
  }

  private nextValue(producer: string, paddingBytes: number): string {
    return sentValue(`t${this.parts.life}.${producer}`, this.sentCount++, paddingBytes);
  }

  private async require<T>(promise: Promise<T>): Promise<T> {
    const outcome: Outcome<T> = await this.parts.clock.drive(promise, patienceMs);
    if (outcome.kind === 'done') return outcome.value;
    throw new InvariantBroken('a-reopened-log-can-be-read', describe(outcome));
  }
}
