// The crash explorer. A first run counts the places at which a process may die: every write, every flush, every request. Then there is one run for
// each of them that dies there, is started again, finishes, and is compared with the first. All on a simulated disk and clock.

import { type FaultName, faultNames } from '../../core/simulation/index.js';
import type { PlannedCrash } from './boundary-watch.js';
import { differenceFrom } from './crash-comparison.js';
import type { CrashOutcome } from './crash-outcome.js';
import { CrashRun, type PreparedDisk } from './crash-run.js';
import {
  type Boundary,
  type BoundaryKind,
  boundaryKinds,
  type CrashFailure,
  type CrashReport,
  type CrashScenario,
} from './crash-scenario.js';

interface Undisturbed {
  readonly prepared: PreparedDisk;
  readonly boundaries: readonly Boundary[];
  readonly outcome: CrashOutcome;
}

/**
 * Kills an app at every boundary of a small run (50 records, not 50,000), starts it again, and says what its guarantee did not keep.
 * Rejects only when the undisturbed run fails; whatever a crash leads to is in `failures`.
 *
 * ```ts
 * const { failures } = await exploreCrashes({ topology, input, guarantee: 'at_least_once' });
 * ```
 */
export async function exploreCrashes(scenario: CrashScenario): Promise<CrashReport> {
  // Each death makes errors, and none of their stacks is looked at.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await explore(scenario);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function explore(scenario: CrashScenario): Promise<CrashReport> {
  const undisturbed = await runUndisturbed(scenario);
  const { boundaries, outcome } = undisturbed;
  const faults = new Map<FaultName, number>(faultNames.map(name => [name, 0]));
  const failures: CrashFailure[] = [];
  let crashes = 0;
  for (const [index, boundary] of boundaries.entries()) {
    for (const crash of scenario.crashes ?? (['kill', 'power cut'] as const)) {
      const run = new CrashRun(scenario, undisturbed.prepared);
      const message = await runOnce(run, { crash, index }, undisturbed, scenario);
      if (message === undefined || message.hasDied) crashes++;
      if (message !== undefined) failures.push({ crash, index, boundary, message: message.text });
      for (const name of faultNames) faults.set(name, faults.get(name)! + run.faults.get(name));
    }
  }
  const outputRecords = [...outcome.outputs.values()].reduce((sum, records) => sum + records.length, 0);
  return {
    boundaries: boundaries.length,
    boundariesByKind: byKind(boundaries),
    crashes,
    faults,
    outputRecords,
    failures,
  };
}

async function runUndisturbed(scenario: CrashScenario): Promise<Undisturbed> {
  const prepared = await new CrashRun(scenario).prepare();
  const run = new CrashRun(scenario, prepared);
  const { passed } = await run.liveUntil(undefined);
  return { prepared, boundaries: passed, outcome: await run.outcome() };
}

/** What went wrong, if anything. */
async function runOnce(
  run: CrashRun,
  planned: PlannedCrash,
  undisturbed: Undisturbed,
  { guarantee }: CrashScenario,
): Promise<{ readonly hasDied: boolean; readonly text: string } | undefined> {
  let hasDied = false;
  try {
    const { diedAt } = await run.liveUntil(planned);
    const meant = undisturbed.boundaries[planned.index]!;
    hasDied = diedAt?.kind === meant.kind && diedAt.what === meant.what;
    if (!hasDied) {
      const instead = diedAt === undefined ? 'ended' : `came to ${diedAt.kind} ${diedAt.what}`;
      return {
        hasDied,
        text: `the run is not the same each time: it ${instead} instead. Keep chance and time out of the topology`,
      };
    }
    const text = differenceFrom(undisturbed.outcome, await run.finish(), guarantee);
    return text === undefined ? undefined : { hasDied, text };
  } catch (error) {
    return { hasDied, text: `the app did not come back: ${(error as Error).message}` };
  }
}

function byKind(boundaries: readonly Boundary[]): Record<BoundaryKind, number> {
  const counts = Object.fromEntries(boundaryKinds.map(kind => [kind, 0])) as Record<BoundaryKind, number>;
  for (const { kind } of boundaries) counts[kind]++;
  return counts;
}
