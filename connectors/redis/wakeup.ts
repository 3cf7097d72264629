import type { ConnectorClock } from '../../connect/api/index.js';

/** Ends the pause of whoever waits for something to do. */
export class Wakeup {
  #waking: AbortController | undefined;

  notify(): void {
    this.#waking?.abort();
  }

  /** Resolves when it is notified, when the time is over or when the signal aborts. */
  async wait(clock: ConnectorClock, pauseMs: number, signal: AbortSignal): Promise<void> {
    const waking = new AbortController();
    this.#waking = waking;
    await clock.sleep(pauseMs, AbortSignal.any([signal, waking.signal])).catch(() => undefined);
    this.#waking = undefined;
  }
}
