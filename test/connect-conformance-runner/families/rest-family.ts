import type { Family, Outcome } from '../family.js';
import type { RestCase } from '../rest-case.js';
import { runRestCase } from '../run-rest-case.js';

/** Scenarios of the REST API. One passes when each answer is the recorded one, or differs by a rule of `rest-differences.ts`. */
export const restFamily: Family = {
  files: /^rest$/,
  async run(cases) {
    const outcomes: Outcome[] = [];
    for (const scenario of cases as readonly RestCase[]) {
      const { failures } = await runRestCase(scenario);
      outcomes.push({ id: scenario.id, difference: failures.length === 0 ? undefined : failures.join('\n      ') });
    }
    return outcomes;
  },
};
