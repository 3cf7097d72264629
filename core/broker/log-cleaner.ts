// Compacts the logs of compacted topics, one at a time, the dirtiest first. A log that cannot be compacted keeps all it has, and says so once;
// a damaged one is not tried again.

import { ProtocolError } from '../base/errors.js';
import type { LogDirectory } from '../log/log-directory.js';
import type { PartitionLog } from '../log/partition-log.js';
import type { Clock } from '../ports/clock.js';

export class LogCleaner {
  readonly #clock: Clock;
  readonly #directory: LogDirectory;
  readonly #report: (problem: Error) => void;
  readonly #stopping = new AbortController();
  readonly #damaged = new WeakSet<PartitionLog>();
  /** What was said of each. */
  readonly #reported = new WeakMap<PartitionLog, string>();

  constructor(clock: Clock, directory: LogDirectory, report: (problem: Error) => void) {
    this.#clock = clock;
    this.#directory = directory;
    this.#report = report;
  }

  /** One look at every log. */
  async run(): Promise<void> {
    for (const log of this.#byDirt()) {
      if (this.#stopping.signal.aborted) return;
      try {
        await log.compaction.run(this.#clock.now(), { signal: this.#stopping.signal });
      } catch (error) {
        this.#failed(log, error);
      }
    }
  }

  /** The run in progress ends soon, and leaves its log as it was. */
  stop(): void {
    this.#stopping.abort();
  }

  #failed(log: PartitionLog, error: unknown): void {
    if (error instanceof ProtocolError && error.kind === 'CORRUPT_MESSAGE') this.#damaged.add(log);
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${log.topic}-${log.partition} could not be compacted: ${reason}`;
    if (this.#reported.get(log) === message) return;
    this.#reported.set(log, message);
    this.#report(new Error(message, { cause: error }));
  }

  #byDirt(): readonly PartitionLog[] {
    const nowMs = this.#clock.now();
    const planned = [...this.#directory.logs()].flatMap(log => {
      const plan = this.#damaged.has(log) ? undefined : log.compaction.plan(nowMs);
      return plan === undefined ? [] : [{ log, dirtyRatio: plan.dirtyRatio }];
    });
    return planned.sort((a, b) => b.dirtyRatio - a.dirtyRatio).map(({ log }) => log);
  }
}
