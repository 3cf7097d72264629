import type { StoreEntry } from './store.js';

/** An entry in memory, changed in place. An undefined value says that there is none: deleted, or not on the disk either. */
export class CachedEntry implements StoreEntry<unknown> {
  readonly key: unknown;
  value: unknown;
  timestamp: number;
  /** Invariant: in the store's dirty list exactly while true. */
  isDirty = false;
  /** Looked at since the cache was last swept. */
  isRecent = true;

  constructor(key: unknown, value: unknown, timestamp: number) {
    this.key = key;
    this.value = value;
    this.timestamp = timestamp;
  }
}
