// Work that polls need done and that may take longer than a poll has time: it goes on when the poll has returned, and the next one finds it.

import type { Clock } from '../ports/clock.js';

/** When a poll has to return. */
export interface PollEnd {
  readonly deadlineMs: number;
  /** Ends the wait; the poll rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export class Errand {
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #graceMs: number;
  #underWay: Promise<void> | undefined;
  /** When the first try began, of those without success. */
  #sinceMs: number | undefined;

  /** A poll, however short, gives brokers `graceMs` to answer, once. Nobody waits any more when `closing` aborts. */
  constructor(clock: Clock, graceMs: number, closing: AbortSignal) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#closing = closing;
  }

  /** Begins `work`, which never rejects and says whether it is done, unless there is some under way; waits for it as long as the poll may. */
  async attend(work: () => Promise<boolean>, { deadlineMs, signal }: PollEnd): Promise<void> {
    const nowMs = this.#clock.monotonic();
    this.#sinceMs ??= nowMs;
    const waitMs = Math.max(deadlineMs, this.#sinceMs + this.#graceMs) - nowMs;
    this.#underWay ??= this.#run(work);
    const done = this.#underWay;
    if (waitMs <= 0 || this.#closing.aborted) return;
    signal?.throwIfAborted();
    await this.#within(done, waitMs, signal);
  }

  async #run(work: () => Promise<boolean>): Promise<void> {
    if (await work()) this.#sinceMs = undefined;
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
