// What each case runs on: a log in memory, whose clock is the only time there is, and a limit after which a promise that has not settled counts
// as one that never will. No case asks how fast anything was.

import { type Clock, type Failpoint, type Log, openLog } from '../../core/index.js';
import type { Logger } from '../api/context.js';
import { ConformanceFailure } from './conformance-failure.js';

export class Stage {
  readonly log: Log;
  /** All that connectors have logged. */
  readonly lines: string[] = [];
  readonly #limitMs: number;

  private constructor(log: Log, limitMs: number) {
    this.log = log;
    this.#limitMs = limitMs;
  }

  static async open(limitMs: number, failpoint?: Failpoint): Promise<Stage> {
    const log = await openLog('memory:');
    if (failpoint === undefined) return new Stage(log, limitMs);
    // The same ports, with the disk in memory among them, but for the failpoint.
    const { ports } = log;
    await log.close();
    return new Stage(await openLog('memory:', { ports: { ...ports, failpoint } }), limitMs);
  }

  get clock(): Clock {
    return this.log.ports.clock;
  }

  get logger(): Logger {
    const line = (message: string, facts?: object) =>
      void this.lines.push(facts === undefined ? message : `${message} ${JSON.stringify(facts)}`);
    return { debug: line, info: line, warn: line, error: line };
  }

  /** The promise's result. Throws ConformanceFailure where it does not settle. */
  async within<T>(what: string, promise: T | Promise<T>): Promise<T> {
    let giveUp: (error: Error) => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const timer = this.clock.setTimer(this.#limitMs, () =>
      giveUp(new ConformanceFailure(`${what} had not ended after ${this.#limitMs} ms`)),
    );
    try {
      return await Promise.race([promise, late]);
    } finally {
      timer.cancel();
    }
  }

  /** Looks again and again until it is so. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const startedAt = this.clock.monotonic();
    while (!(await isSo())) {
      if (this.clock.monotonic() - startedAt > this.#limitMs)
        throw new ConformanceFailure(`${what}: not so after ${this.#limitMs} ms`);
      await this.clock.sleep(5);
    }
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
