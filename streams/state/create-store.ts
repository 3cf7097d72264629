import { KeyValueCache } from './key-value-cache.js';
import type { ManagedStore } from './managed-store.js';
import type { OrderedTable } from './ordered-table.js';
import type { StoreDefinition } from './store-definition.js';
import { WindowCache } from './window-cache.js';

/** Enough for most working sets; at 100 to 200 bytes an entry it stays below 64 MiB a store. */
const defaultCacheEntriesMax = 250_000;

/** A store in memory, or in front of `table`, which keeps what has been committed. */
export function createStore(
  definition: StoreDefinition,
  options: { isStrict?: boolean; table?: OrderedTable | undefined; cacheEntriesMax?: number } = {},
): ManagedStore {
  const full = {
    isStrict: options.isStrict ?? false,
    table: options.table,
    cacheEntriesMax: options.cacheEntriesMax ?? defaultCacheEntriesMax,
  };
  return definition.kind === 'window' ? new WindowCache(definition, full) : new KeyValueCache(definition, full);
}
