// `poll.once` promises all that was committed before it began. Rounds end before the oldest transaction that still writes, and others may have committed
// behind it: so there are rounds until the bound has passed what was the next transaction at the start.

import { ConfigError, type SourceContext } from '../../connect/api/index.js';
import type { Database } from './database.js';
import { shownTransaction } from './shown-transaction.js';
import { nextTransaction } from './snapshot-limits.js';

const firstPauseMs = 20;
const longestPauseMs = 1_000;
const sayEveryMs = 10_000;

export class OnceGoal {
  readonly #database: Database;
  readonly #context: SourceContext;
  readonly #waitMaxMs: number;
  #next: bigint | undefined;
  #pauseMs = firstPauseMs;
  #sinceMs: number | undefined;
  #saidAtMs: number | undefined;

  /** `waitMaxMs` 0: without end. */
  constructor(database: Database, context: SourceContext, waitMaxMs: number) {
    this.#database = database;
    this.#context = context;
    this.#waitMaxMs = waitMaxMs;
  }

  /** Before the first round; does nothing when it has been set. */
  async set(): Promise<void> {
    this.#next ??= await nextTransaction(await this.#database.client());
  }

  /** Whether rounds have come up to these bounds; undefined: what has no transactions is whole after one round. */
  async isReached(bounds: readonly (bigint | undefined)[], signal: AbortSignal): Promise<boolean> {
    const behind = bounds.filter((bound): bound is bigint => bound !== undefined && bound < this.#next!);
    if (behind.length === 0) return true;
    await this.#wait(behind[0]!, signal);
    return false;
  }

  /** A round's bound is the id of the transaction that held it back. */
  async #wait(holder: bigint, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#context;
    const now = clock.monotonic();
    this.#sinceMs ??= now;
    const isOver = this.#waitMaxMs > 0 && now - this.#sinceMs >= this.#waitMaxMs;
    if (isOver || this.#saidAtMs === undefined || now - this.#saidAtMs >= sayEveryMs) {
      const shown = await shownTransaction(await this.#database.client(), holder);
      if (isOver) {
        throw new ConfigError(
          `${shown} has not ended in ${this.#waitMaxMs} ms, and rows committed behind it cannot be told from those that it may still write: end it, or raise poll.once.wait.max.ms`,
        );
      }
      logger.info(`waiting for ${shown} to end: it may still write rows that come before others`);
      this.#saidAtMs = now;
    }
    await clock.sleep(this.#pauseMs, signal);
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }
}
