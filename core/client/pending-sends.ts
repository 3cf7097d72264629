// The promises of the records of one batch. Each is made when its record is appended, and all are settled in one loop when the
// batch is answered: no timer, no closure and no callback for each of them. Records of one `sendAll` that follow each other are one part.

import type { RecordMetadata } from './producer-options.js';
import type { SendGroup } from './send-group.js';

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

/** Records of one group, at the positions [from, to) of their batch. */
interface GroupPart {
  readonly group: SendGroup;
  readonly from: number;
  to: number;
  lastTimestamp: number;
}

export class PendingSends {
  /** Positions of the records in their batch, ascending. */
  readonly #indexes: number[] = [];
  readonly #timestamps: number[] = [];
  readonly #resolves: Resolve[] = [];
  readonly #parts: GroupPart[] = [];

  /** Of records whose fate somebody is told. */
  get count(): number {
    return this.#parts.reduce((sum, { from, to }) => sum + to - from, this.#indexes.length);
  }

  add(index: number, timestamp: number): Promise<RecordMetadata> {
    const promise = new Promise<RecordMetadata>(handOut);
    this.#indexes.push(index);
    this.#timestamps.push(timestamp);
    this.#resolves.push(lastResolve);
    return promise;
  }

  /** As `add`, told by the group. */
  join(group: SendGroup, index: number, timestamp: number): void {
    const last = this.#parts.at(-1);
    if (last?.group === group && last.to === index) {
      last.to = index + 1;
      last.lastTimestamp = timestamp;
      return;
    }
    group.open();
    this.#parts.push({ group, from: index, to: index + 1, lastTimestamp: timestamp });
  }

  resolve(delivery: Delivery): void {
    for (let at = 0; at < this.#indexes.length; at++) {
      this.#resolves[at]!(metadataOf(delivery, this.#indexes[at]!, this.#timestamps[at]!));
    }
    for (const { group, to, lastTimestamp } of this.#parts) group.landed(metadataOf(delivery, to - 1, lastTimestamp));
  }

  reject(error: unknown): void {
    const refused = Promise.reject(error instanceof Error ? error : new Error(String(error)));
    refused.catch(() => undefined); // there may be no promises to tell
    for (const resolve of this.#resolves) resolve(refused);
    for (const { group } of this.#parts) group.failed(error);
  }

  /** Those of the records in [from, to), numbered from 0. Each is given to one slice. */
  slice(from: number, to: number): PendingSends {
    const part = new PendingSends();
    for (let at = 0; at < this.#indexes.length; at++) {
      const index = this.#indexes[at]!;
      if (index < from || index >= to) continue;
      part.#indexes.push(index - from);
      part.#timestamps.push(this.#timestamps[at]!);
      part.#resolves.push(this.#resolves[at]!);
    }
    for (const ofGroup of this.#parts) part.#takeOver(ofGroup, from, to);
    return part;
  }

  /** What of a part lies in [from, to). A part that is cut is open once more. */
  #takeOver({ group, from: partFrom, to: partTo, lastTimestamp }: GroupPart, from: number, to: number): void {
    const first = Math.max(partFrom, from);
    const end = Math.min(partTo, to);
    if (first >= end) return;
    if (first > partFrom) group.open();
    this.#parts.push({ group, from: first - from, to: end - from, lastTimestamp });
  }
}

function metadataOf(delivery: Delivery, index: number, timestamp: number): RecordMetadata {
  const { topic, partition, baseOffset, logAppendTimeMs } = delivery;
  const offset = baseOffset < 0 ? -1 : baseOffset + index;
  return { topic, partition, offset, timestamp: logAppendTimeMs < 0 ? timestamp : logAppendTimeMs };
}
