// One poll: prepare, take what is there, fetch ahead, and wait when there is nothing. One at a time.

import { UsageError } from '../base/errors.js';
import { isTickable, tickMs, untilSharedTick } from '../base/shared-tick.js';
import type { Clock } from '../ports/clock.js';
import type { PollOptions } from './consumer-options.js';
import type { PollEnd } from './errand.js';
import type { GroupNews } from './place.js';
import type { Wakeup } from './wakeup.js';

/** A loop over direct connections never leaves the microtasks by itself: after so much work timers and sockets get their turn. */
const workMsMax = 5;

/** A poll without an end still looks up now and then: the leader of a group for new partitions. What else there is to see wakes it. */
export const waitMsMax = 30_000;
export const lookUpMsMin = 100;

export interface PollWay {
  /** Membership, assignment and positions, as far as they are to be had in the poll's time. */
  readonly prepare: (end: PollEnd) => Promise<void>;
  readonly fetch: () => void;
  readonly wakeup: Wakeup;
  readonly closing: AbortSignal;
  /** A poll looks up so often, however long it waits: whoever looks up less often counts as one that does not work. */
  readonly lookUpMs: number;
  /** Of a broker in this process. */
  readonly news?: GroupNews;
  /** The application waits. False where a look would find something. */
  readonly rests: () => boolean;
}

export class PollLoop {
  readonly #clock: Clock;
  readonly #way: PollWay;
  #running: Promise<unknown> | undefined;
  #yieldedMs: number;
  readonly #lookUpMs: number;

  constructor(clock: Clock, way: PollWay) {
    this.#clock = clock;
    this.#way = way;
    this.#yieldedMs = clock.monotonic();
    this.#lookUpMs = Math.min(waitMsMax, way.lookUpMs);
  }

  async run<T>(take: () => readonly T[], options: PollOptions): Promise<readonly T[]> {
    if (this.#running !== undefined) throw new UsageError('a poll of this consumer is running: await it first');
    const running = this.#until(take, options);
    this.#running = running;
    try {
      return await running;
    } catch (error) {
      if (this.#way.closing.aborted) return [];
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  /** When no poll runs any more; its failure is told to whoever polled. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  async #until<T>(take: () => readonly T[], { waitMs = 0, signal }: PollOptions): Promise<readonly T[]> {
    const clock = this.#clock;
    const { prepare, fetch, wakeup, closing } = this.#way;
    const deadlineMs = clock.monotonic() + waitMs;
    if (clock.monotonic() - this.#yieldedMs > workMsMax) await this.#yield();
    for (let hasYielded = false; !closing.aborted; ) {
      signal?.throwIfAborted();
      await prepare({ deadlineMs, signal });
      const taken = take();
      fetch();
      if (taken.length > 0) return taken;
      const remainingMs = deadlineMs - clock.monotonic();
      if (remainingMs > this.#lookUpMs) await this.#rest(remainingMs, signal);
      else if (remainingMs > 0) await wakeup.wait(clock, remainingMs, signal);
      else if (hasYielded) return [];
      else {
        // What a log in this process has is here after one turn, so a poll without a wait finds it.
        await this.#yield();
        hasYielded = true;
      }
    }
    return [];
  }

  /** Until there is something to look at. Beside a broker in this process it is known without a look whether there is. */
  async #rest(remainingMs: number, signal: AbortSignal | undefined): Promise<void> {
    const clock = this.#clock;
    const lookUpMs = this.#lookUpMs;
    const { news, rests, wakeup } = this.#way;
    if (news === undefined || !isTickable(lookUpMs))
      return wakeup.wait(clock, untilSharedTick(clock.monotonic(), lookUpMs), signal);
    let restedMs = clock.monotonic();
    const stop = news.everyTick(() => {
      if (clock.monotonic() - restedMs < lookUpMs - tickMs / 2) return;
      if (rests()) restedMs = clock.monotonic();
      else wakeup.notify();
    });
    await wakeup.wait(clock, remainingMs, signal).finally(stop);
  }

  async #yield(): Promise<void> {
    await this.#clock.yield();
    this.#yieldedMs = this.#clock.monotonic();
  }
}
