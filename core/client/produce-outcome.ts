// What becomes of a batch after an answer: the table of `error-treatment.ts`, and what depends on the batch itself.

import { kafkaErrorName } from '../base/kafka-errors.js';
import { type ProduceOutcome, treatmentOf } from './error-treatment.js';

/** A failed disk does not mend itself; on a cluster another leader may have been found after some attempts. */
const storageAttemptsMax = 5;

export interface AttemptFacts {
  readonly attempts: number;
  readonly recordCount: number;
  /** A batch before it in the sequence has failed, so this one could not be taken. */
  readonly isBehindFailure: boolean;
}

export function outcomeOf(code: number, facts: AttemptFacts): ProduceOutcome {
  if (code === 0) return 'written';
  const name = kafkaErrorName(code);
  if (name === 'KAFKA_STORAGE_ERROR' && facts.attempts >= storageAttemptsMax) return 'abandon';
  const outcome = treatmentOf(name).produceOutcome;
  if (outcome === 'renew' && facts.isBehindFailure) return 'retry';
  if (outcome === 'split' && facts.recordCount === 1) return 'abandon';
  return outcome;
}
