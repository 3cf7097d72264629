import { untilNextTick } from '../base/shared-tick.js';
import type { Clock, Timer } from '../ports/clock.js';

/** Where the members of groups that live in this process look at the time: one timer for all, and nothing that is made anew for each look. */
export class MemberTicks {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `heard` at each shared tick until the function that this returns is called. Keeps no process alive. */
  subscribe(heard: () => void): () => void {
    // Whoever subscribes twice is called twice.
    const listener = () => heard();
    this.#listeners.add(listener);
    if (this.#timer === undefined) this.#later();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #later(): void {
    const delayMs = untilNextTick(this.#clock.monotonic());
    this.#timer = this.#clock.setTimer(delayMs, () => this.#tick(), { isBackground: true });
  }

  #tick(): void {
    this.#timer = undefined;
    for (const heard of this.#listeners) heard();
    if (this.#listeners.size > 0 && this.#timer === undefined) this.#later();
  }
}
