// `for await` over a consumer. Asking for the next record says that the one before has been dealt with: only then is it counted
// as consumed, so what is committed never runs ahead of the loop, and a `break` leaves the record at hand uncommitted.

import type { ConsumerRecord } from './consumer-record.js';

export interface RecordSource<K, V> {
  /**
   * At least one record, or undefined when the consumer was closed. What was handed out has been dealt with; `unread` goes
   * back to where it came from.
   */
  next(unread: readonly ConsumerRecord<K, V>[]): Promise<readonly ConsumerRecord<K, V>[] | undefined>;
  /** A seek, or another assignment: what was polled before may not be what comes next. */
  hasJumped(): boolean;
  /** What was handed out before `record` has been dealt with. */
  handOut(record: ConsumerRecord<K, V>): void;
  /** The loop has ended; `unread` were never handed out. */
  ended(unread: readonly ConsumerRecord<K, V>[]): Promise<void>;
}

export class RecordIterator<K, V> implements AsyncIterableIterator<ConsumerRecord<K, V>> {
  readonly #source: RecordSource<K, V>;
  #records: readonly ConsumerRecord<K, V>[] = [];
  #next = 0;
  #isOver = false;

  constructor(source: RecordSource<K, V>) {
    this.#source = source;
  }

  next(): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    const record = this.#records[this.#next];
    if (record === undefined || this.#isOver || this.#source.hasJumped()) return this.#fetch();
    return Promise.resolve({ done: false, value: this.#handOut(record) });
  }

  async return(): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    if (!this.#isOver) {
      this.#isOver = true;
      await this.#source.ended(this.#records.slice(this.#next));
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #fetch(): Promise<IteratorResult<ConsumerRecord<K, V>>> {
    if (this.#isOver) return { done: true, value: undefined };
    const unread = this.#records.slice(this.#next);
    this.#records = [];
    const records = await this.#source.next(unread);
    if (records === undefined) return this.return();
    this.#records = records;
    this.#next = 0;
    return { done: false, value: this.#handOut(records[0]!) };
  }

  #handOut(record: ConsumerRecord<K, V>): ConsumerRecord<K, V> {
    this.#next++;
    this.#source.handOut(record);
    return record;
  }
}
