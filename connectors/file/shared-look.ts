// Sources that rest look at their files together: one timer for all of a process, and nothing that is made anew for each look.

import type { ConnectorClock } from '../../connect/api/index.js';

const known = new WeakMap<ConnectorClock, Map<number, SharedLook>>();

export class SharedLook {
  readonly #clock: ConnectorClock;
  readonly #everyMs: number;
  readonly #looks = new Set<() => void>();
  #running: AbortController | undefined;

  private constructor(clock: ConnectorClock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** For all that have this clock, and look as often. */
  static of(clock: ConnectorClock, everyMs: number): SharedLook {
    let ofClock = known.get(clock);
    if (ofClock === undefined) known.set(clock, (ofClock = new Map()));
    let shared = ofClock.get(everyMs);
    if (shared === undefined) ofClock.set(everyMs, (shared = new SharedLook(clock, everyMs)));
    return shared;
  }

  /** Calls `look`, which does not throw, until the function that this returns is called. */
  join(look: () => void): () => void {
    this.#looks.add(look);
    if (this.#running === undefined) void this.#run((this.#running = new AbortController()).signal);
    return () => {
      if (!this.#looks.delete(look) || this.#looks.size > 0) return;
      this.#running?.abort();
      this.#running = undefined;
    };
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const delayMs = this.#everyMs - (this.#clock.monotonic() % this.#everyMs);
      await this.#clock.sleep(delayMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      for (const look of this.#looks) look();
    }
  }
}
