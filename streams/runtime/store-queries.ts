import type { StoreEntry, WindowEntry } from '../state/store.js';

/** Reads a key-value store of a running app, over all its partitions. */
export interface KeyValueQueries<K, V> {
  readonly kind: 'key-value';
  readonly name: string;
  get(key: K): Promise<V | undefined>;
  getEntry(key: K): Promise<StoreEntry<V> | undefined>;
  /** All entries, partition by partition, each in the order of the keys' bytes. */
  all(): AsyncIterable<readonly [K, V]>;
}

/** Reads a window store of a running app, over all its partitions. */
export interface WindowQueries<K, V> {
  readonly kind: 'window';
  readonly name: string;
  get(key: K, startMs: number): Promise<V | undefined>;
  /** The live windows of one key with fromMs <= start <= toMs, by start. */
  fetch(key: K, fromMs?: number, toMs?: number): Promise<readonly WindowEntry<K, V>[]>;
  /** All live windows with fromMs <= start <= toMs, partition by partition, each by start and then by the key's bytes. */
  all(fromMs?: number, toMs?: number): AsyncIterable<WindowEntry<K, V>>;
}

export type StoreQueries<K, V> = KeyValueQueries<K, V> | WindowQueries<K, V>;
