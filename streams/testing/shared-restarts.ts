// What came of the restarts so far. A process that begins at the same time as an earlier one, finds the same names on its disk and the same bytes in
// every file that the earlier one looked at, does the same to its end: what a file holds that is never looked at makes no difference.

import type { SimulatedDisk } from '../../core/simulation/index.js';
import type { LeftMachine } from './crash-run.js';

export interface Restart {
  readonly disk: SimulatedDisk;
  /** The files that were looked at. */
  readonly seen: readonly string[];
  /** What is wrong after it. */
  readonly message: string | undefined;
}

export class SharedRestarts {
  /** By what every process can find out at once: the time and the names. */
  readonly #known = new Map<string, Restart[]>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  find(left: LeftMachine): Restart | undefined {
    // The one before last differs less than the first.
    return this.#known.get(placeOf(left))?.findLast(({ disk, seen }) => left.disk.holdsTheSame(seen, disk));
  }

  add(left: LeftMachine, seen: readonly string[], message: string | undefined): Restart {
    const restart = { disk: left.disk, seen, message };
    const place = placeOf(left);
    const known = this.#known.get(place);
    if (known === undefined) this.#known.set(place, [restart]);
    else known.push(restart);
    this.#count++;
    return restart;
  }
}

function placeOf({ ms, disk }: LeftMachine): string {
  return [ms, ...disk.names()].join('\n');
}
