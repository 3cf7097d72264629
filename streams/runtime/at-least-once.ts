import {
  AssertionFailure,
  type Consumer,
  type Log,
  type OffsetToCommit,
  type Producer,
  type ProducerOptions,
} from '../../core/index.js';
import type { Delivery } from './delivery.js';

/** Records count when they are flushed, offsets when they are committed: what lies between is done again after a crash. */
export class AtLeastOnce implements Delivery {
  readonly isVisibleWhenFlushed = true;
  readonly #log: Log;
  readonly #consumer: Consumer;
  readonly #options: ProducerOptions;
  #producer: Producer | undefined;

  constructor(log: Log, consumer: Consumer, options: ProducerOptions) {
    this.#log = log;
    this.#consumer = consumer;
    this.#options = options;
  }

  get producer(): Producer {
    if (this.#producer === undefined) throw new AssertionFailure('there is no producer before open()');
    return this.#producer;
  }

  async open(): Promise<void> {
    this.#producer ??= this.#log.producer(this.#options);
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { failpoint } = this.#log.ports;
    const committed = this.#consumer.commit(offsets);
    failpoint('streams/offsets-sent');
    await committed;
  }

  async abort(): Promise<void> {
    // What was written stays written: it is done again.
  }

  async close(): Promise<void> {
    await this.#producer?.close();
  }
}
