import type { Clock } from './clock.js';
import type { Compression } from './compression.js';
import type { Digests } from './digests.js';
import type { Disk } from './disk.js';
import type { Network } from './network.js';
import type { Random } from './random.js';

/** What a room that does things is given: the only way from Millrace to the world. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly compression: Compression;
  readonly network: Network;
  readonly digests: Digests;
  /** Where a warning goes for which an application gives no place of its own. */
  readonly tell: (warning: Error) => void;
  /** Dies here in crash tests; does nothing otherwise. */
  readonly failpoint: Failpoint;
}

/** A named place where a crash test may kill the process. Names are `room/what-has-just-happened`. */
export type Failpoint = (name: string) => void;
