import type { Clock } from '../ports/clock.js';

const turnMs = 5;

/**
 * Keeps direct calls from starving the event loop: they resolve without touching it, so after each 5 ms one of them first lets every timer and
 * socket that is due have its turn. Shared by all connections of a log.
 */
export class FairTurn {
  readonly #clock: Clock;
  #lastTurnMs: number;
  #turn: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastTurnMs = clock.monotonic();
  }

  /** What to wait for before the next call, if anything. */
  due(): Promise<void> | undefined {
    if (this.#turn !== undefined) return this.#turn;
    if (this.#clock.monotonic() - this.#lastTurnMs < turnMs) return undefined;
    this.#turn = this.#clock.yield().then(() => {
      this.#turn = undefined;
      this.#lastTurnMs = this.#clock.monotonic();
    });
    return this.#turn;
  }
}
