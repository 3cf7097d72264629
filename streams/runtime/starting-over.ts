// What becomes of work that cannot be committed any more (the group went on without this member, the producer was fenced), or that no broker was there
// for: it is given up, and done again from what was committed, by whoever has the partitions then.

import { ProcessingFailure } from '../operators/processing-failure.js';
import type { AppWarnings } from './app-warnings.js';
import type { Delivery } from './delivery.js';
import type { FailureHandling } from './failure-handling.js';
import { isWorkLost } from './lost-work.js';
import { isPassingTrouble } from './passing-trouble.js';
import type { ThreadTasks } from './thread-tasks.js';
import type { TopicOutput } from './topic-output.js';

/** Work given up so often without a commit in between is a failure. */
const lostInRowMax = 10;

export interface StartingOverParts {
  /** See `Log`. */
  readonly isInProcess: boolean;
  readonly delivery: Delivery;
  /** To be called when the delivery has a new producer. */
  readonly openWriters: () => Promise<void>;
  readonly tasks: ThreadTasks;
  readonly output: TopicOutput;
  readonly failures: FailureHandling;
  readonly warnings: AppWarnings;
}

export class StartingOver {
  /** Work was given up, and no broker was there to begin again with. */
  isDue = false;
  readonly #parts: StartingOverParts;
  #lostInRow = 0;

  constructor(parts: StartingOverParts) {
    this.#parts = parts;
  }

  /** Why work is to be given up. Throws what is no loss of work but a failure, and what is lost again and again. */
  requireLoss(error: unknown): 'overtaken' | 'brokers-away' {
    const { delivery, failures } = this.#parts;
    if (isWorkLost(error, delivery)) {
      if (this.#lostInRow++ >= lostInRowMax) throw error;
      return 'overtaken';
    }
    this.#passOver(error);
    failures.fatal = undefined;
    return 'brokers-away';
  }

  committed(): void {
    this.#lostInRow = 0;
  }

  /** What was done since the last commit does not count; the tasks are made again for what is assigned, as soon as there are brokers. */
  async begin(): Promise<void> {
    this.isDue = true;
    this.#parts.tasks.startOver();
    try {
      await this.#beginAgain();
      this.isDue = false;
    } catch (error) {
      this.#passOver(error);
    }
  }

  async #beginAgain(): Promise<void> {
    const { delivery, output, openWriters } = this.#parts;
    await delivery.abort();
    output.aborted();
    const { producer } = delivery;
    await delivery.open();
    if (delivery.producer !== producer) await openWriters();
  }

  /** Throws the error unless brokers that come back mend it. */
  #passOver(error: unknown): void {
    const { failures, warnings, isInProcess } = this.#parts;
    const isOfWriting = failures.fatal === undefined || isWriteFailure(failures.fatal);
    if (!isOfWriting || !isPassingTrouble(error, isInProcess)) throw error;
    warnings.warn('goes on trying, and does again what was not committed', error);
  }
}

function isWriteFailure(failure: Error): boolean {
  return failure instanceof ProcessingFailure && failure.phase === 'production';
}
