// The crash explorer. A first run names the places at which a process may die: every write, every flush, every request. A second one, the same,
// leaves at each of them the disk that a death there would leave; on each of these the app is started again, finishes, and is compared with the
// first. All on a simulated disk and clock: while the app is started on a disk, the run that left it stands still.

import { FaultCounts, type FaultName, faultNames } from '../../core/simulation/index.js';
import { differenceFrom } from './crash-comparison.js';
import type { CrashOutcome } from './crash-outcome.js';
import { CrashRun, type LeftMachine } from './crash-run.js';
import {
  type Boundary,
  type BoundaryKind,
  boundaryKinds,
  type CrashFailure,
  type CrashKind,
  type CrashReport,
  type CrashScenario,
} from './crash-scenario.js';
import { type Restart, SharedRestarts } from './shared-restarts.js';

/** A process that died, and what it left. */
interface Death {
  readonly crash: CrashKind;
  readonly index: number;
  readonly boundary: Boundary;
  readonly left: LeftMachine;
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
    const prepared = await new CrashRun(scenario).prepare();
    const run = new CrashRun(scenario, prepared);
    const boundaries = await run.work();
    return await new Exploration(scenario, prepared, boundaries, await run.outcome()).report();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class Exploration {
  readonly #scenario: CrashScenario;
  readonly #prepared: LeftMachine;
  readonly #boundaries: readonly Boundary[];
  readonly #outcome: CrashOutcome;
  readonly #faults = new FaultCounts();
  readonly #failures: CrashFailure[] = [];
  readonly #restarts = new SharedRestarts();
  /** Of the step that was just made. */
  #deaths: Death[] = [];
  #crashes = 0;

  constructor(scenario: CrashScenario, prepared: LeftMachine, boundaries: readonly Boundary[], outcome: CrashOutcome) {
    this.#scenario = scenario;
    this.#prepared = prepared;
    this.#boundaries = boundaries;
    this.#outcome = outcome;
  }

  async report(): Promise<CrashReport> {
    await this.#visitAll();
    const outputs = [...this.#outcome.outputs.values()];
    return {
      boundaries: this.#boundaries.length,
      boundariesByKind: byKind(this.#boundaries),
      crashes: this.#crashes,
      restarts: this.#restarts.count,
      faults: new Map<FaultName, number>(faultNames.map(name => [name, this.#faults.get(name)])),
      outputRecords: outputs.reduce((sum, records) => sum + records.length, 0),
      failures: this.#failures,
    };
  }

  async #visitAll(): Promise<void> {
    const { crashes = ['kill', 'power cut'] } = this.#scenario;
    if (crashes.length === 0) return;
    let passed = 0;
    let hasStrayed = false;
    const stray = (index: number, instead: string): void => {
      hasStrayed = true;
      const boundary = this.#boundaries[Math.min(index, this.#boundaries.length - 1)]!;
      const message = `the run is not the same each time: it ${instead} instead. Keep chance and time out of the topology`;
      for (const crash of crashes) this.#failures.push({ crash, index, boundary, message });
    };
    const run = new CrashRun(this.#scenario, this.#prepared, this.#faults);
    const ending = run.work({
      visit: (boundary, index, dieHere) => {
        passed = index + 1;
        if (hasStrayed) return;
        const meant = this.#boundaries[index];
        if (meant?.kind !== boundary.kind || meant.what !== boundary.what) {
          return stray(index, `came to ${boundary.kind} ${boundary.what}`);
        }
        for (const crash of crashes) this.#deaths.push({ crash, index, boundary, left: dieHere(crash) });
      },
      between: () => this.#restartAll(),
    });
    const error = await ending.then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    if (hasStrayed || (error === undefined && passed === this.#boundaries.length)) return;
    stray(passed, error === undefined ? 'ended' : `failed with ${error.message}`);
  }

  /** Starts the app again on what each death of the last step has left. Deaths after which it finds the same are one. */
  async #restartAll(): Promise<void> {
    const deaths = this.#deaths;
    this.#deaths = [];
    for (const { crash, index, boundary, left } of deaths) {
      const { message } = this.#restarts.find(left) ?? (await this.#restart(left));
      if (message !== undefined) this.#failures.push({ crash, index, boundary, message });
      this.#crashes++;
    }
  }

  async #restart(left: LeftMachine): Promise<Restart> {
    const run = new CrashRun(this.#scenario, left, this.#faults);
    const message = await run.finish().then(
      found => differenceFrom(this.#outcome, found, this.#scenario.guarantee),
      (error: unknown) => `the app did not come back: ${(error as Error).message}`,
    );
    return this.#restarts.add(left, run.seen, message);
  }
}

function byKind(boundaries: readonly Boundary[]): Record<BoundaryKind, number> {
  const counts = Object.fromEntries(boundaryKinds.map(kind => [kind, 0])) as Record<BoundaryKind, number>;
  for (const { kind } of boundaries) counts[kind]++;
  return counts;
}
