import type { Disk } from '../ports/disk.js';
import type { Failpoint, Ports } from '../ports/ports.js';
import { environmentFailpoint } from './environment-failpoint.js';
import { nodeClock } from './node-clock.js';
import { nodeCompression } from './node-compression.js';
import { nodeDigests } from './node-digests.js';
import { nodeDisk } from './node-disk.js';
import { nodeNetwork } from './node-network.js';
import { nodeRandom } from './node-random.js';
import { tellOnConsole } from './tell-on-console.js';

export interface NodePortsOptions {
  /** A `new MemoryDisk()` for a log that lives in memory; the operating system's files by default. */
  readonly disk?: Disk;
  /** What the environment asks for (MILLRACE_FAILPOINT) by default. */
  readonly failpoint?: Failpoint;
}

/** Node's clock, randomness, files, codecs, network, digests and console. */
export function nodePorts(options: NodePortsOptions = {}): Ports {
  return {
    clock: nodeClock,
    random: nodeRandom,
    disk: options.disk ?? nodeDisk,
    compression: nodeCompression,
    network: nodeNetwork,
    digests: nodeDigests,
    tell: tellOnConsole,
    failpoint: options.failpoint ?? environmentFailpoint(),
  };
}
