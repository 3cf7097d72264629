import type { Clock, Timer } from '../ports/clock.js';

/** Work that a broker does now and then, one run at a time; never a reason to keep the process alive. */
export class BackgroundTask {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #run: () => void | Promise<void>;
  readonly #report: (problem: Error) => void;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    clock: Clock,
    options: { intervalMs: number; run: () => void | Promise<void>; report: (problem: Error) => void },
  ) {
    this.#clock = clock;
    this.#intervalMs = options.intervalMs;
    this.#run = options.run;
    this.#report = options.report;
    this.#schedule();
  }

  /** Resolves when the run in progress, if any, has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const fire = (): void => {
      this.#running = this.#runOnce();
    };
    this.#timer = this.#clock.setTimer(this.#intervalMs, fire, { isBackground: true });
  }

  async #runOnce(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      this.#report(error instanceof Error ? error : new Error(String(error)));
    }
    this.#schedule();
  }
}
