// Long polls. A fetch that found too little is parked here under the partitions it reads, and tried again when one of their high
// watermarks has moved (or the partition is gone), until it has enough, its time is up, or its caller has left.
// All that moved during one run of the event loop wakes a fetch once. The number of parked fetches is bounded: one too many is
// told to answer with what it has.

import type { Clock, Timer } from '../ports/clock.js';
import type { Partition } from './partition.js';
import type { RequestContext } from './request-context.js';

export interface FetchToPark {
  readonly partitions: readonly Partition[];
  readonly maxWaitMs: number;
  /** True when there is now enough to answer. */
  readonly attempt: () => boolean;
  readonly context: RequestContext;
}

interface Parked {
  readonly fetch: FetchToPark;
  readonly end: () => void;
}

export class PendingFetches {
  readonly #clock: Clock;
  readonly #countMax: number;
  readonly #parked = new Set<Parked>();
  readonly #byPartition = new Map<Partition, Set<Parked>>();
  #woken = new Set<Parked>();

  constructor(clock: Clock, countMax: number) {
    this.#clock = clock;
    this.#countMax = countMax;
  }

  get count(): number {
    return this.#parked.size;
  }

  /** Resolves when the fetch should be answered. */
  park(fetch: FetchToPark): Promise<void> {
    const { signal, caller } = fetch.context;
    if (this.#parked.size >= this.#countMax || signal?.aborted || caller.closed.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const end = () => {
        timer.cancel();
        signal?.removeEventListener('abort', end);
        caller.closed.removeEventListener('abort', end);
        this.#remove(parked);
        resolve();
      };
      const parked: Parked = { fetch, end };
      const timer: Timer = this.#clock.setTimer(fetch.maxWaitMs, end);
      signal?.addEventListener('abort', end);
      caller.closed.addEventListener('abort', end);
      this.#add(parked);
    });
  }

  /** Records of the partition have become visible, or it is gone: whoever waits for it looks again, after this run of the event loop. */
  wake(partition: Partition): void {
    const waiting = this.#byPartition.get(partition);
    if (waiting === undefined) return;
    if (this.#woken.size === 0) this.#clock.defer(() => this.#attemptWoken());
    for (const parked of waiting) this.#woken.add(parked);
  }

  /** Everything parked is answered with what there is. */
  close(): void {
    for (const parked of [...this.#parked]) parked.end();
  }

  #attemptWoken(): void {
    const woken = this.#woken;
    this.#woken = new Set();
    for (const parked of woken) {
      if (this.#parked.has(parked) && parked.fetch.attempt()) parked.end();
    }
  }

  #add(parked: Parked): void {
    this.#parked.add(parked);
    for (const partition of parked.fetch.partitions) {
      const waiting = this.#byPartition.get(partition);
      if (waiting === undefined) this.#byPartition.set(partition, new Set([parked]));
      else waiting.add(parked);
    }
  }

  #remove(parked: Parked): void {
    this.#parked.delete(parked);
    for (const partition of parked.fetch.partitions) {
      const waiting = this.#byPartition.get(partition);
      waiting?.delete(parked);
      if (waiting?.size === 0) this.#byPartition.delete(partition);
    }
  }
}
