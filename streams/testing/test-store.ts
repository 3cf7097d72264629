// A store as a test reads it: the rows of all its partitions.

import type { ManagedStore } from '../state/managed-store.js';
import { Windowed } from '../time/windowed.js';

export interface TestRow<K = unknown, V = unknown> {
  readonly key: K;
  readonly value: V;
  readonly timestamp: number;
}

export class TestStore<K = unknown, V = unknown> {
  readonly name: string;
  readonly #partitions: readonly ManagedStore[];

  constructor(name: string, partitions: readonly ManagedStore[]) {
    this.name = name;
    this.#partitions = partitions;
  }

  /** The value of a key; of a window store, the key is a Windowed (its end does not matter). */
  get(key: K): V | undefined {
    for (const store of this.#partitions) {
      const entry = store.kind === 'window' ? windowEntry(store, key) : store.get(key);
      if (entry !== undefined) return entry.value as V;
    }
    return undefined;
  }

  /** Every live row, partition by partition, in the order of the bytes of the keys; of a window store by window first. */
  entries(): readonly TestRow<K, V>[] {
    return this.#partitions.flatMap(store => [...rowsOf(store)] as TestRow<K, V>[]);
  }
}

function windowEntry(store: Extract<ManagedStore, { kind: 'window' }>, key: unknown) {
  const { key: inner, startMs } = key as Windowed<unknown>;
  return store.get(inner, startMs);
}

function* rowsOf(store: ManagedStore): Iterable<TestRow> {
  if (store.kind === 'key-value') {
    for (const [key, { value, timestamp }] of store.entries()) yield { key, value, timestamp };
    return;
  }
  const sizeMs = store.definition.windowSizeMs ?? 0;
  for (const { key, startMs, value, timestamp } of store.range(0, Number.MAX_SAFE_INTEGER)) {
    yield { key: new Windowed(key, startMs, startMs + sizeMs), value, timestamp };
  }
}
