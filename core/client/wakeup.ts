import type { Clock } from '../ports/clock.js';

/** Where one loop waits for whatever comes first. A notification that nobody waits for is kept for the next wait. */
export class Wakeup {
  #isNotified = false;
  #wake: (() => void) | undefined;

  notify(): void {
    this.#isNotified = true;
    this.#wake?.();
  }

  /** Resolves when notified, after `waitMs`, or when the signal aborts; the caller looks which it was. */
  async wait(clock: Clock, waitMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.#isNotified && waitMs > 0 && !signal?.aborted) await this.#sleep(clock, waitMs, signal);
    this.#isNotified = false;
  }

  #sleep(clock: Clock, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        timer?.cancel();
        signal?.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = Number.isFinite(waitMs) ? clock.setTimer(waitMs, wake) : undefined;
      signal?.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }
}
