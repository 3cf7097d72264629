import { CachedEntry } from './cached-entry.js';
import type { CacheKey } from './encoded-keys.js';
import type { WindowEntry } from './store.js';

export class CachedWindowEntry extends CachedEntry implements WindowEntry<unknown, unknown> {
  readonly startMs: number;

  constructor(key: unknown, startMs: number, value: unknown, timestamp: number) {
    super(key, value, timestamp);
    this.startMs = startMs;
  }
}

/** All entries of one window start. With `isComplete` no further ones lie on the disk. */
export class CachedWindow {
  readonly startMs: number;
  readonly entries = new Map<CacheKey, CachedWindowEntry>();
  isComplete: boolean;
  /** The number of the commit before which it was last used. */
  usedAtCommit = 0;

  constructor(startMs: number, isComplete: boolean) {
    this.startMs = startMs;
    this.isComplete = isComplete;
  }
}
