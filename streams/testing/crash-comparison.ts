// What a guarantee promises, as a comparison with the undisturbed run.

import type { CrashOutcome, OutputRecord } from './crash-outcome.js';
import type { CrashScenario } from './crash-scenario.js';

/** What is wrong with an outcome, or undefined. */
export function differenceFrom(
  undisturbed: CrashOutcome,
  found: CrashOutcome,
  guarantee: CrashScenario['guarantee'],
): string | undefined {
  return guarantee === 'exactly_once' ? inequality(undisturbed, found) : loss(undisturbed, found);
}

/** The undisturbed records of each key must be among those found, in their order. */
function loss(undisturbed: CrashOutcome, found: CrashOutcome): string | undefined {
  for (const [place, expected] of undisturbed.outputs) {
    const records = found.outputs.get(place) ?? [];
    let at = 0;
    for (const record of records) if (at < expected.length && record.value === expected[at]!.value) at++;
    if (at < expected.length) {
      return `lost: ${place} should have ${shown(expected)} in this order, and has ${shown(records)}`;
    }
  }
  return undefined;
}

function inequality(undisturbed: CrashOutcome, found: CrashOutcome): string | undefined {
  for (const place of new Set([...undisturbed.outputs.keys(), ...found.outputs.keys()])) {
    const expected = undisturbed.outputs.get(place) ?? [];
    const records = found.outputs.get(place) ?? [];
    if (JSON.stringify(expected) === JSON.stringify(records)) continue;
    const what =
      records.length < expected.length ? 'lost' : records.length > expected.length ? 'repeated' : 'different';
    return `${what}: ${place} should have ${shown(expected)}, and has ${shown(records)}`;
  }
  for (const place of new Set([...undisturbed.changelogs.keys(), ...found.changelogs.keys()])) {
    const [expected, value] = [undisturbed.changelogs.get(place), found.changelogs.get(place)];
    if (expected !== value) {
      return `different: changelog ${place} should end with ${JSON.stringify(expected)}, and ends with ${JSON.stringify(value)}`;
    }
  }
  if (undisturbed.stores === found.stores) return undefined;
  return `different: the stores on disk should hold ${undisturbed.stores}, and hold ${found.stores}`;
}

function shown(records: readonly OutputRecord[]): string {
  return `[${records.map(record => record.shown).join(', ')}]`;
}
