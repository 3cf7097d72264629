// What a guarantee means: when what was written counts. Everything else about a commit is the same for both, see TaskCommit.

import type { OffsetToCommit, Producer } from '../../core/index.js';

export interface Delivery {
  /** True: readers see what was written once it is flushed. False: only what was committed. */
  readonly isVisibleWhenFlushed: boolean;
  /** The one in use; `open` makes another. */
  readonly producer: Producer;
  /** Before the first write, and to begin again after `abort`. Earlier producers of this instance can write nothing from here on. */
  open(): Promise<void>;
  /** From here on the offsets count, and everything that was written before. */
  commit(offsets: readonly OffsetToCommit[]): Promise<void>;
  /** What was written and not committed shall not count, as far as the guarantee goes. */
  abort(): Promise<void>;
  close(): Promise<void>;
}
