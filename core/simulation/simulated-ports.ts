import { nodeCompression } from '../platform/node-compression.js';
import { nodeDigests } from '../platform/node-digests.js';
import { tellOnConsole } from '../platform/tell-on-console.js';
import type { Ports } from '../ports/ports.js';
import type { Random } from '../ports/random.js';
import type { SimulatedClock } from './clock.js';
import type { SimulatedDisk } from './disk.js';
import { DiskProcess } from './disk-process.js';
import { noNetwork } from './no-network.js';

export interface SimulatedWorld {
  readonly clock: SimulatedClock;
  readonly disk: SimulatedDisk;
  readonly random: Random;
}

/** The ports of a process that begins now; what it does after its death has no effect. */
export function simulatedPorts({ clock, disk, random }: SimulatedWorld): Ports {
  return {
    clock,
    disk: new DiskProcess(disk),
    random,
    compression: nodeCompression,
    network: noNetwork,
    digests: nodeDigests,
    tell: tellOnConsole,
    failpoint: () => undefined,
  };
}
