// Names the boundaries of a process as it passes them. It is asked between what came before and what comes next, so that a copy of the disk
// that is taken then is the disk of a process that died there.

import type { DiskOperation, SimulatedDisk, WriteUnderWay } from '../../core/simulation/index.js';
import type { Boundary } from './crash-scenario.js';

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
  readonly #disk: SimulatedDisk;
  readonly #visit: (boundary: Boundary, index: number, write?: WriteUnderWay) => void;

  /** `visit` is told of each boundary and its place, from 0, and of the write that a death there interrupts. */
  constructor(
    disk: SimulatedDisk,
    visit: (boundary: Boundary, index: number, write?: WriteUnderWay) => void = () => {},
  ) {
    this.#disk = disk;
    this.#visit = visit;
    disk.onOperation = (operation, path, write) => this.#pass({ kind: kindOf[operation], what: path }, write);
  }

  /** A request is about to be sent, or its answer to arrive. */
  pass(kind: 'request' | 'answer', what: string): void {
    this.#pass({ kind, what });
  }

  stop(): void {
    this.#disk.onOperation = () => {};
  }

  #pass(boundary: Boundary, write?: WriteUnderWay): void {
    this.#visit(boundary, this.passed.length, write);
    this.passed.push(boundary);
  }
}
