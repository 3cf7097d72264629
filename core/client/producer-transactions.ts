// The transactions of one producer: its state (`transaction-states.ts`), what belongs to the open transaction, and what the coordinator has
// been told. The dispatcher asks it whether a batch may be sent, and tells it when one failed.
// Rule: nothing is written to a partition that the coordinator does not know to be part of the transaction.

import { ProtocolError } from '../base/errors.js';
import type { Ports } from '../ports/ports.js';
import { endsProducer } from './error-treatment.js';
import type { GroupMetadata } from './group-metadata.js';
import { noIdentity, type ProducerIdentity } from './producer-identity.js';
import type { OffsetToSend } from './producer-options.js';
import { isTransient } from './refusal.js';
import type { TopicPartition } from './topic.js';
import type { TransactionRequests } from './transaction-requests.js';
import {
  type TransactionEvent,
  type TransactionState,
  transactionMistake,
  transactionStateAfter,
} from './transaction-states.js';

/** What the transactions have to do with the records of the producer. */
export interface RecordsOfTransaction {
  /** Under this identity from now on. Nothing is in flight. */
  identify(identity: ProducerIdentity): void;
  /** Partitions may have been admitted. */
  pump(): void;
  /** Sends all; rejects when something could not be written. */
  flush(): Promise<void>;
  /** Gives up what was not sent, and waits for what was. True when something of it may have been written. */
  discard(error: unknown): Promise<boolean>;
}

export class ProducerTransactions {
  state: TransactionState = 'uninitialized';
  readonly #ports: Ports;
  readonly #requests: TransactionRequests;
  readonly #records: RecordsOfTransaction;
  #identity: ProducerIdentity = noIdentity;
  #initializing: Promise<void> | undefined;
  /** Why the transaction, or the producer, has failed. */
  #failure: Error | undefined;
  /** The coordinator may know of the transaction, so that it has to be ended. */
  #isStarted = false;
  readonly #added = new Set<TopicPartition>();
  readonly #wanted = new Set<TopicPartition>();
  #adding: Promise<void> | undefined;
  #offsetsSent: Promise<void> = Promise.resolve();

  constructor(ports: Ports, requests: TransactionRequests, records: RecordsOfTransaction) {
    this.#ports = ports;
    this.#requests = requests;
    this.#records = records;
  }

  /** Batches may be sent. */
  get isOpen(): boolean {
    return this.state === 'in-transaction' || this.state === 'committing';
  }

  /** A batch may begin an epoch of its own for a partition: every transaction has another epoch. */
  get hasEpochPerTransaction(): boolean {
    return this.#requests.hasEpochPerTransaction;
  }

  get hasTransaction(): boolean {
    return this.state !== 'uninitialized' && this.state !== 'ready' && this.state !== 'fatal';
  }

  initialize(): Promise<void> {
    if (this.state === 'fatal') return Promise.reject(this.#refused());
    this.#initializing ??= this.#initialize();
    return this.#initializing;
  }

  begin(): void {
    this.#turn('begun');
    this.#failure = undefined;
    this.#isStarted = false;
    this.#added.clear();
    if (this.#initializing === undefined) this.initialize().catch(() => undefined); // the transaction knows
  }

  /** Throws when nothing may be written now. */
  requireOpen(): void {
    if (this.state !== 'in-transaction') throw this.#refused();
  }

  /** True when batches of this partition may be sent; otherwise the dispatcher is asked to pump when they may. */
  admits(partition: TopicPartition): boolean {
    if (!this.isOpen) return false;
    if (this.#added.has(partition)) return true;
    if (this.#requests.hasEpochPerTransaction) {
      this.#added.add(partition);
      this.#isStarted = true;
      return true;
    }
    this.#wanted.add(partition);
    this.#adding ??= this.#addWanted();
    return false;
  }

  /** A batch could not be written, or the coordinator refused something. */
  failed(error: unknown, origin: 'leader' | 'coordinator'): void {
    const isFatal = endsProducer(error, origin);
    const before = this.state;
    this.#turn(isFatal ? 'failed-fatally' : 'failed-abortably');
    if (this.#failure !== undefined && !(isFatal && before !== 'fatal')) return;
    const failure = error instanceof Error ? error : new Error(String(error));
    this.#failure = isFatal ? fatal(failure) : failure;
    // What is not sent yet would wait for ever.
    if (before !== 'aborting') void this.#records.discard(this.#failure);
  }

  async sendOffsets(offsets: readonly OffsetToSend[], group: GroupMetadata): Promise<void> {
    this.requireOpen();
    if (offsets.length === 0) return;
    const sent = this.#offsetsSent.then(() => this.#sendOffsets(offsets, group));
    this.#offsetsSent = sent.catch(() => undefined); // the transaction knows
    await sent;
  }

  async commit(): Promise<void> {
    if (this.state === 'failed') throw this.#refused();
    this.#turn('commit-requested');
    try {
      await this.#records.flush();
    } catch (error) {
      if (this.isOpen) this.failed(error, 'leader');
    }
    await this.#settled();
    if (!this.isOpen) throw this.#refused();
    this.#ports.failpoint('producer/transaction-flushed');
    await this.#end(true);
    this.#ports.failpoint('producer/transaction-committed');
  }

  async abort(): Promise<void> {
    this.#turn('abort-requested');
    const aborted = new ProtocolError('TRANSACTION_ABORTABLE', 'the transaction was aborted');
    if (await this.#records.discard(aborted)) this.#failure ??= aborted;
    await this.#settled();
    await this.#end(false);
    this.#ports.failpoint('producer/transaction-aborted');
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }

  async #initialize(): Promise<void> {
    try {
      this.#identify(await this.#requests.initialize());
      this.#turn('initialized');
    } catch (error) {
      this.#initializing = undefined;
      this.failed(error, 'coordinator');
      throw this.#failure ?? error;
    }
  }

  /** All partitions that are wanted by now, in one request; then those that came to it meanwhile. */
  async #addWanted(): Promise<void> {
    try {
      await this.#initializing; // and the dispatcher has asked for the others
      while (this.#wanted.size > 0 && this.isOpen) {
        const partitions = [...this.#wanted];
        this.#wanted.clear();
        await this.#requests.addPartitions(this.#identity, partitions);
        this.#isStarted = true;
        for (const partition of partitions) this.#added.add(partition);
        this.#ports.failpoint('producer/partitions-added');
        this.#records.pump();
      }
    } catch (error) {
      this.failed(error, 'coordinator');
    } finally {
      this.#adding = undefined;
      this.#wanted.clear();
    }
  }

  async #sendOffsets(offsets: readonly OffsetToSend[], group: GroupMetadata): Promise<void> {
    try {
      await this.initialize();
      if (!this.isOpen) throw this.#refused();
      if (!this.#requests.hasEpochPerTransaction) await this.#requests.addOffsets(this.#identity, group.groupId);
      this.#isStarted = true;
      this.#ports.failpoint('producer/offsets-added');
      await this.#requests.commitOffsets(this.#identity, group, offsets);
      this.#ports.failpoint('producer/offsets-sent');
    } catch (error) {
      if (this.isOpen) this.failed(error, 'coordinator');
      throw this.state === 'fatal' ? this.#failure : error;
    }
  }

  /** Nothing of the transaction is under way any more. */
  async #settled(): Promise<void> {
    await this.#initializing?.catch(() => undefined); // the transaction knows
    await this.#adding;
    await this.#offsetsSent;
  }

  async #end(isCommit: boolean): Promise<void> {
    try {
      if (isCommit) await this.#tellEnd(true);
      else await this.#tellAbort();
      this.#isStarted = false;
      if (isForgotten(this.#failure)) await this.#renew(noIdentity);
      // Which sequences the brokers count after a failure is not known. An epoch per transaction begins anew by itself.
      else if (this.#failure !== undefined && !this.#requests.hasEpochPerTransaction) await this.#renew(this.#identity);
    } catch (error) {
      // What is to be aborted can only be aborted, if need be at the next attempt.
      const mayTryAgain = isTransient(error) || (!isCommit && !endsProducer(error, 'coordinator'));
      if (mayTryAgain) this.#turn('timed-out');
      else this.failed(error, 'coordinator');
      throw this.state === 'fatal' ? this.#failure : error;
    }
    this.#turn('ended');
  }

  async #tellEnd(isCommit: boolean): Promise<void> {
    if (this.#isStarted) this.#identify(await this.#requests.end(this.#identity, isCommit));
  }

  /** A coordinator that has forgotten the id, as nobody used it for days, knows of nothing to abort. */
  async #tellAbort(): Promise<void> {
    try {
      if (!isForgotten(this.#failure)) await this.#tellEnd(false);
    } catch (error) {
      if (!isForgotten(error)) throw error;
      this.#failure = error;
    }
  }

  async #renew(identity: ProducerIdentity): Promise<void> {
    if (this.#initializing === undefined) return; // there never was one
    this.#identify(await this.#requests.renew(identity));
  }

  #identify(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#records.identify(identity);
  }

  #turn(event: TransactionEvent): void {
    if (this.state === 'fatal' && this.#failure !== undefined && !event.startsWith('failed')) throw this.#failure;
    this.state = transactionStateAfter(this.state, event, this.#failure);
  }

  #refused(): Error {
    const hasFailed = this.state === 'fatal' || this.state === 'failed';
    return hasFailed && this.#failure !== undefined ? this.#failure : transactionMistake(this.state, this.#failure);
  }
}

function isForgotten(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && error.kind === 'INVALID_PRODUCER_ID_MAPPING';
}

function fatal(error: Error): Error {
  if (!(error instanceof ProtocolError)) return error;
  // To the coordinator an old epoch is one that somebody has fenced.
  const kind = error.kind === 'INVALID_PRODUCER_EPOCH' ? 'PRODUCER_FENCED' : error.kind;
  const what = error.message.slice(error.kind.length + 2);
  return new ProtocolError(kind, `${what}. This producer can write no more: close it and make a new one`, {
    cause: error,
  });
}
