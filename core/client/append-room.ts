// How much a producer may hold, and for how long one that appends in a loop may keep the event loop to itself: an embedded log answers
// without a turn of it, so a loop that only looked for room could starve every timer and socket.

import type { Clock } from '../ports/clock.js';

/** For so long a loop may append before it is asked to let the event loop have a turn. */
const turnMs = 5;

export class AppendRoom {
  /** Bytes of sealed batches that are not done. */
  sealedBytes = 0;
  readonly #clock: Clock;
  readonly #bytesMax: number;
  #waiting: (() => void)[] = [];
  /** When the first batch was sealed since the event loop last had a turn. */
  #turnBeganMs: number | undefined;
  #isTurnDue = false;

  constructor(clock: Clock, bytesMax: number) {
    this.#clock = clock;
    this.#bytesMax = bytesMax;
  }

  get isFree(): boolean {
    return this.sealedBytes < this.#bytesMax;
  }

  get shouldWait(): boolean {
    return this.#isTurnDue || !this.isFree;
  }

  take(bytes: number, nowMs: number): void {
    this.sealedBytes += bytes;
    if (this.#turnBeganMs === undefined) this.#beginTurn(nowMs);
    else if (nowMs - this.#turnBeganMs >= turnMs) this.#isTurnDue = true;
  }

  /** Lets those go on who wait, if there is room. */
  admit(): void {
    if (this.#waiting.length === 0 || this.#isTurnDue || this.sealedBytes > this.#bytesMax / 2) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when there is room. */
  free(): Promise<void> {
    if (!this.shouldWait) return Promise.resolve();
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  #beginTurn(nowMs: number): void {
    this.#turnBeganMs = nowMs;
    void this.#clock.yield().then(() => {
      this.#turnBeganMs = undefined;
      this.#isTurnDue = false;
      this.admit();
    });
  }
}
