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

type Resolve = (metadata: RecordMetadata) => void;
type Reject = (error: unknown) => void;

// One executor for all promises, handing its functions out through variables: a closure for each would be half of the cost.
let lastResolve: Resolve;
let lastReject: Reject;
const handOut = (resolve: Resolve, reject: Reject): void => {
  lastResolve = resolve;
  lastReject = reject;
};

export class PendingSends {
  /** Positions of the records in their batch, ascending. */
  readonly #indexes: number[] = [];
  readonly #timestamps: number[] = [];
  readonly #resolves: Resolve[] = [];
  readonly #rejects: Reject[] = [];

  get count(): number {
    return this.#indexes.length;
  }

  add(index: number, timestamp: number): Promise<RecordMetadata> {
    const promise = new Promise<RecordMetadata>(handOut);
    this.#indexes.push(index);
    this.#timestamps.push(timestamp);
    this.#resolves.push(lastResolve);
    this.#rejects.push(lastReject);
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
    for (const reject of this.#rejects) reject(error);
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
      part.#rejects.push(this.#rejects[at]!);
    }
    return part;
  }
}
