import type { Outcome } from '../../core/simulation/clock.js';

export function describe(outcome: Outcome<unknown>): string {
  return outcome.kind === 'failed' ? `failed: ${outcome.error.message}` : outcome.kind;
}
