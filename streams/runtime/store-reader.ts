// Interactive queries: what the stores of all tasks hold between two slices of the thread, committed or not.

import { didYouMean, UsageError } from '../../core/index.js';
import type { ManagedKeyValueStore, ManagedStore, ManagedWindowStore } from '../state/managed-store.js';
import type { StoreEntry, WindowEntry } from '../state/store.js';
import type { TopologyPlan } from '../topology/plan.js';
import type { KeyValueQueries, WindowQueries } from './store-queries.js';
import type { Task } from './task.js';

type Kind = ManagedStore['kind'];

export class StoreReader {
  readonly #plan: TopologyPlan;
  readonly #tasks: () => readonly Task[];

  constructor(plan: TopologyPlan, tasks: () => readonly Task[]) {
    this.#plan = plan;
    this.#tasks = tasks;
  }

  keyValue<K, V>(name: string): KeyValueQueries<K, V> {
    this.#require(name, 'key-value');
    const stores = () => this.#stores(name) as ManagedKeyValueStore[];
    const getEntry = async (key: K): Promise<StoreEntry<V> | undefined> => first(stores(), store => store.get(key));
    return {
      kind: 'key-value',
      name,
      getEntry,
      get: async key => (await getEntry(key))?.value,
      async *all() {
        for (const store of stores()) {
          for (const [key, entry] of store.entries()) yield [key as K, entry.value as V] as const;
        }
      },
    };
  }

  window<K, V>(name: string): WindowQueries<K, V> {
    this.#require(name, 'window');
    const stores = () => this.#stores(name) as ManagedWindowStore[];
    return {
      kind: 'window',
      name,
      get: async (key, startMs) => first<V>(stores(), store => store.get(key, startMs))?.value,
      fetch: async (key, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER) =>
        stores()
          .flatMap(store => Array.from(store.rangeOf(key, fromMs, toMs), copied<K, V>))
          .sort((a, b) => a.startMs - b.startMs),
      async *all(fromMs = 0, toMs = Number.MAX_SAFE_INTEGER) {
        for (const store of stores()) {
          for (const entry of store.range(fromMs, toMs)) yield copied<K, V>(entry);
        }
      },
    };
  }

  #stores(name: string): ManagedStore[] {
    return this.#tasks().flatMap(task => task.stores.get(name)?.store ?? []);
  }

  #require(name: string, kind: Kind): void {
    const spec = this.#plan.stores.find(store => store.name === name);
    if (spec === undefined) {
      const names = this.#plan.stores.map(store => store.name);
      throw new UsageError(`topology "${this.#plan.name}" has no store "${name}"${didYouMean(name, names)}`);
    }
    if (spec.kind !== kind) {
      const call = spec.kind === 'window' ? 'windowStore' : 'keyValueStore';
      throw new UsageError(`store "${name}" is a ${spec.kind} store: ask for it with ${call}("${name}")`);
    }
  }
}

function first<V, S extends ManagedStore = ManagedStore>(
  stores: readonly S[],
  find: (store: S) => StoreEntry<unknown> | undefined,
): StoreEntry<V> | undefined {
  for (const store of stores) {
    const entry = find(store);
    if (entry !== undefined) return { value: entry.value as V, timestamp: entry.timestamp };
  }
  return undefined;
}

function copied<K, V>(entry: WindowEntry<unknown, unknown>): WindowEntry<K, V> {
  return { key: entry.key as K, startMs: entry.startMs, value: entry.value as V, timestamp: entry.timestamp };
}
