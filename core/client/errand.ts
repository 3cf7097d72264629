// Work that polls need done and that may take longer than a poll has time: it goes on when the poll has returned, and the next one finds it.

import type { Clock } from '../ports/clock.js';

/** A poll without any time gives what has just begun so much: the brokers' answers are on their way. */
const graceMs = 1_000;

/** When a poll has to return. */
export interface PollEnd {
  readonly deadlineMs: number;
  /** Ends the wait; the poll rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export class Errand {
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  #underWay: { readonly done: Promise<void>; readonly beganMs: number } | undefined;

  /** Nobody waits any more when `closing` aborts. */
  constructor(clock: Clock, closing: AbortSignal) {
    this.#clock = clock;
    this.#closing = closing;
  }

  /** Begins `work`, which never rejects, unless there is some under way; waits for it as long as the poll may. */
  async attend(work: () => Promise<void>, { deadlineMs, signal }: PollEnd): Promise<void> {
    const nowMs = this.#clock.monotonic();
    this.#underWay ??= { done: this.#run(work), beganMs: nowMs };
    const { done, beganMs } = this.#underWay;
    const waitMs = Math.max(deadlineMs, beganMs + graceMs) - nowMs;
    if (waitMs <= 0 || this.#closing.aborted) return;
    signal?.throwIfAborted();
    await this.#within(done, waitMs, signal);
  }

  async #run(work: () => Promise<void>): Promise<void> {
    await work();
    this.#underWay = undefined;
  }

  #within(done: Promise<void>, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => end(() => reject(signal!.reason as Error));
      const goOn = (): void => end(resolve);
      const timer = Number.isFinite(waitMs) ? this.#clock.setTimer(waitMs, goOn) : undefined;
      const end = (settle: () => void): void => {
        timer?.cancel();
        signal?.removeEventListener('abort', abort);
        this.#closing.removeEventListener('abort', goOn);
        settle();
      };
      signal?.addEventListener('abort', abort);
      this.#closing.addEventListener('abort', goOn);
      void done.then(goOn);
    });
  }
}
