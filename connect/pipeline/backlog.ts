import type { Clock } from '../../core/index.js';

/** How many records the sinks may be behind: so much is read ahead of them, and no more. */
const behindMax = 200_000;
const lookAgainMs = 20;

/** Holds the source back while the sinks are far behind, so that the pipeline's log does not grow without end. */
export class Backlog {
  readonly #clock: Clock;
  readonly #behind: () => number;

  constructor(clock: Clock, behind: () => number) {
    this.#clock = clock;
    this.#behind = behind;
  }

  /** Undefined when there is room now. */
  room(signal: AbortSignal): Promise<void> | undefined {
    return this.#behind() <= behindMax ? undefined : this.#wait(signal);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    while (this.#behind() > behindMax && !signal.aborted)
      await this.#clock.sleep(lookAgainMs, signal).catch(() => undefined);
  }
}
