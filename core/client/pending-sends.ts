// The promises of the records of one batch. Each is made when its record is appended, and all are settled in one loop when the
// batch is answered: no timer, no closure and no callback for each of them.

import type { RecordMetadata } from './producer-options.js';

export interface Delivery {
  readonly topic: string;
  readonly partition: number;
  /** -1 where the broker does not tell. */
  readonly baseOffset: number;
  /** -1 where the topic keeps the producer's timestamps. */
  readonly logAppendTimeMs: number;
}

type Resolve = (metadata: RecordMetadata | PromiseLike<never>) => void;

// One executor for all promises, handing its function out through a variable: a closure for each would be half of the cost. `reject` is
// not kept: a promise is refused by resolving it with one that was.
let lastResolve: Resolve;
const handOut = (resolve: Resolve): void => {
  lastResolve = resolve;
};

export class PendingSends {
  /** Positions of the records in their batch, ascending. */
  readonly #indexes: number[] = [];
  readonly #timestamps: number[] = [];
  readonly #resolves: Resolve[] = [];

  get count(): number {
    return this.#indexes.length;
  }

  add(index: number, timestamp: number): Promise<RecordMetadata> {
    const promise = new Promise<RecordMetadata>(handOut);
    this.#indexes.push(index);
    this.#timestamps.push(timestamp);
    this.#resolves.push(lastResolve);
    return promise;
  }

  resolve(delivery: Delivery): void {
    const { topic, partition, baseOffset, logAppendTimeMs } = delivery;
    for (let at = 0; at < this.#indexes.length; at++) {
      const offset = baseOffset < 0 ? -1 : baseOffset + this.#indexes[at]!;
      const timestamp = logAppendTimeMs < 0 ? this.#timestamps[at]! : logAppendTimeMs;
      this.#resolves[at]!({ topic, partition, offset, timestamp });
    }
  }

  reject(error: unknown): void {
    const refused = Promise.reject(error instanceof Error ? error : new Error(String(error)));
    refused.catch(() => undefined); // there may be no promises to tell
    for (const resolve of this.#resolves) resolve(refused);
  }

  /** Those of the records in [from, to), numbered from 0. */
  slice(from: number, to: number): PendingSends {
    const part = new PendingSends();
    for (let at = 0; at < this.#indexes.length; at++) {
      const index = this.#indexes[at]!;
      if (index < from || index >= to) continue;
      part.#indexes.push(index - from);
      part.#timestamps.push(this.#timestamps[at]!);
      part.#resolves.push(this.#resolves[at]!);
    }
    return part;
  }
}
