// A throw must not vanish. Every stage catches what its own code throws and hands it to the guard, which asks the environment. What is
// not forgiven poisons the epoch: the guard then throws PoisonedEpoch, which no stage catches for itself, so that it unwinds through all
// branches and loops up to the chain's input. Nothing of ours between two stages catches; what RxJS itself swallows inside a
// user's `.rx` stage is caught up with by `isPoisoned`.

import { AssertionFailure } from '../../core/index.js';
import type { OperatorEnvironment } from './environment.js';
import { ProcessingFailure, type ProcessingPhase, type RecordPosition } from './processing-failure.js';

/** Unwinds the chain; carries nothing, as the environment has been told. */
export class PoisonedEpoch extends Error {
  override readonly name = 'PoisonedEpoch';
}

export interface FailurePlace {
  readonly position: Readonly<RecordPosition>;
  /** False: at this record or a later one. */
  readonly isExact: boolean;
}

export class Guard {
  /** Once set it stays: an aborted task compiles its chain anew. */
  isPoisoned = false;
  readonly #environment: OperatorEnvironment;

  constructor(environment: OperatorEnvironment) {
    this.#environment = environment;
  }

  /** Returns where the record is to be dropped; throws PoisonedEpoch otherwise. */
  caught(cause: unknown, node: string, phase: ProcessingPhase = 'processing'): void {
    if (cause instanceof PoisonedEpoch) throw cause;
    const failure = new ProcessingFailure(phase, node, this.#environment.position, cause);
    const decision = this.#environment.failed(failure);
    if (decision === 'fail' || cause instanceof AssertionFailure) this.poison();
  }

  /** For failures after which the epoch cannot go on whatever the handler says. `at`: where it is not the record that is being processed. */
  caughtForGood(cause: unknown, node: string, at?: FailurePlace): void {
    if (this.isPoisoned) return;
    const { position, isExact } = at ?? { position: this.#environment.position, isExact: true };
    this.#environment.failed(new ProcessingFailure('processing', node, position, cause, { isExact }));
    this.isPoisoned = true;
  }

  poison(): never {
    this.isPoisoned = true;
    throw new PoisonedEpoch('the epoch is poisoned: a failure in it was not forgiven');
  }
}
