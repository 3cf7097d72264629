// What an operator sees of its state. Calls are synchronous: what is not in memory comes from the disk behind it.
// An entry belongs to the store, which changes it in place: read `value` before the next put of the same key.

/** A value and the timestamp it was put with. */
export interface StoreEntry<V> {
  readonly value: V;
  readonly timestamp: number;
}

export interface KeyValueStore<K, V> {
  readonly kind: 'key-value';
  readonly name: string;
  get(key: K): StoreEntry<V> | undefined;
  put(key: K, value: V, timestamp: number): void;
  delete(key: K, timestamp: number): void;
  /** In the order of the key's bytes, as Kafka's RocksDB stores have it. */
  entries(): Iterable<readonly [K, StoreEntry<V>]>;
}

export interface WindowEntry<K, V> extends StoreEntry<V> {
  readonly key: K;
  readonly startMs: number;
}

/**
 * Live are windows with start > S - retentionMs, S the highest start put so far. Others are not seen by any call and are dropped
 * in whole windows; a put to one is ignored.
 */
export interface WindowStore<K, V> {
  readonly kind: 'window';
  readonly name: string;
  readonly retentionMs: number;
  get(key: K, startMs: number): StoreEntry<V> | undefined;
  put(key: K, startMs: number, value: V, timestamp: number): void;
  delete(key: K, startMs: number, timestamp: number): void;
  /** Live windows with fromStartMs <= start <= toStartMs, by start, then by the key's bytes. */
  range(fromStartMs: number, toStartMs: number): Iterable<WindowEntry<K, V>>;
  /** Live windows of one key in that range, by start. */
  rangeOf(key: K, fromStartMs: number, toStartMs: number): Iterable<WindowEntry<K, V>>;
}
