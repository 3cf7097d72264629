// Outputs, changelogs and offsets in one transaction. Two things keep a zombie (an instance that was thought dead and goes on) from adding to what
// its successors do: the group's generation, which rides on the offsets (KIP-447), and the transactional id, of which only the newest
// producer may write.

import {
  AssertionFailure,
  type Consumer,
  type GroupMetadata,
  type Log,
  type OffsetToCommit,
  type Producer,
  ProtocolError,
  WorldFault,
} from '../../core/index.js';
import type { Delivery } from './delivery.js';

export interface ExactlyOnceOptions {
  readonly clientId: string;
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
  readonly maxBlockMs: number;
}

export class ExactlyOnce implements Delivery {
  readonly isVisibleWhenFlushed = false;
  readonly #log: Log;
  protected readonly consumer: Consumer;
  readonly #options: ExactlyOnceOptions;
  #producer: Producer | undefined;
  #mustOpen = true;

  constructor(log: Log, consumer: Consumer, options: ExactlyOnceOptions) {
    this.#log = log;
    this.consumer = consumer;
    this.#options = options;
  }

  get producer(): Producer {
    if (this.#producer === undefined) throw new AssertionFailure('there is no producer before open()');
    return this.#producer;
  }

  async open(): Promise<void> {
    if (!this.#mustOpen) return;
    await this.#discard();
    this.#producer = this.#log.producer(this.#options);
    await this.#producer.initTransactions();
    this.#log.ports.failpoint('streams/transactions-initialized');
    this.#producer.beginTransaction();
    this.#mustOpen = false;
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { failpoint } = this.#log.ports;
    const producer = this.producer;
    await producer.sendOffsets(offsets, this.group());
    failpoint('streams/offsets-in-transaction');
    const committed = producer.commitTransaction();
    failpoint('streams/offsets-sent');
    await committed;
    producer.beginTransaction();
  }

  /** Offsets of nobody's generation would be taken from anybody: a member that is out of its group commits nothing. */
  protected group(): GroupMetadata | string {
    const group = this.consumer.groupMetadata();
    if (group.generationId >= 0) return group;
    throw new ProtocolError('UNKNOWN_MEMBER_ID', `this instance is out of the group "${group.groupId}"`);
  }

  async abort(): Promise<void> {
    if (this.#mustOpen) return;
    try {
      await this.producer.abortTransaction();
      this.producer.beginTransaction();
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof WorldFault)) throw error;
      // Fenced, or timed out and aborted by the broker already: a new producer begins where this one ended.
      this.#mustOpen = true;
    }
  }

  async close(): Promise<void> {
    await this.#discard();
  }

  /** What an open transaction holds does not count; a producer that cannot even say so any more is let go. */
  async #discard(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer === undefined) return;
    try {
      if (!this.#mustOpen) await producer.abortTransaction();
    } catch {
      // aborted by the broker when the time of the transaction is over, or by the next producer of this id
    }
    try {
      await producer.close();
    } catch {
      // its records were of a transaction that is aborted
    }
  }
}
