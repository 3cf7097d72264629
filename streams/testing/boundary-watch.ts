// Counts the boundaries of a process as it passes them, and lets it die at the one that was chosen.

import type { DiskOperation, SimulatedDisk } from '../../core/simulation/index.js';
import type { Boundary, CrashKind } from './crash-scenario.js';

export interface PlannedCrash {
  readonly crash: CrashKind;
  readonly index: number;
}

const kindOf: Readonly<Record<DiskOperation, Boundary['kind']>> = {
  write: 'append',
  flush: 'flush',
  'flush-directory': 'flush',
  create: 'name',
  rename: 'name',
  remove: 'name',
  truncate: 'name',
  'make-directory': 'name',
};

export class BoundaryWatch {
  readonly passed: Boundary[] = [];
  /** Where the process died. */
  diedAt: Boundary | undefined;
  readonly #disk: SimulatedDisk;
  readonly #planned: PlannedCrash | undefined;
  #isWatching = true;

  constructor(disk: SimulatedDisk, planned: PlannedCrash | undefined) {
    this.#disk = disk;
    this.#planned = planned;
    disk.onOperation = (operation, path) => this.#operation(kindOf[operation], path);
  }

  /** A request is about to be sent, or its answer to arrive. False: the process has just died, or had died before. */
  survives(kind: 'request' | 'answer', what: string): boolean {
    if (this.#disk.death !== undefined) return false;
    if (!this.#isChosen({ kind, what })) return true;
    this.#disk.die(deathOf(this.#planned!.crash));
    return false;
  }

  stop(): void {
    this.#isWatching = false;
    this.#disk.onOperation = () => {};
  }

  #operation(kind: Boundary['kind'], what: string): void {
    if (this.#isChosen({ kind, what })) this.#disk.dieAfter(1, deathOf(this.#planned!.crash));
  }

  #isChosen(boundary: Boundary): boolean {
    if (!this.#isWatching) return false;
    const isChosen = this.passed.length === this.#planned?.index;
    this.passed.push(boundary);
    if (isChosen) this.diedAt = boundary;
    return isChosen;
  }
}

function deathOf(crash: CrashKind): 'kill' | 'crash' {
  return crash === 'kill' ? 'kill' : 'crash';
}
