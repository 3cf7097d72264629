// Reading a table at a key: from its store, or, where it has none, from the store of the table it is made of, row by row.

import type { KeyValueStore, StoreEntry, WindowStore } from '../state/store.js';
import type { Windowed } from '../time/windowed.js';
import type { OperatorEnvironment } from './environment.js';

export type TableGetterPlan =
  | { readonly kind: 'key-value'; readonly store: string }
  | { readonly kind: 'window'; readonly store: string }
  | {
      readonly kind: 'map';
      readonly of: TableGetterPlan;
      // biome-ignore lint/suspicious/noExplicitAny: typed at the DSL
      readonly map: (value: any, key: any) => unknown;
    };

/** The stores a getter reads. */
export function storesOf(plan: TableGetterPlan): readonly string[] {
  return plan.kind === 'map' ? storesOf(plan.of) : [plan.store];
}

export type TableGetter = (key: unknown) => StoreEntry<unknown> | undefined;

export function tableGetter(plan: TableGetterPlan, environment: OperatorEnvironment): TableGetter {
  switch (plan.kind) {
    case 'key-value': {
      const store = environment.store(plan.store) as KeyValueStore<unknown, unknown>;
      return key => store.get(key);
    }
    case 'window': {
      const store = environment.store(plan.store) as WindowStore<unknown, unknown>;
      return key => {
        const { key: inner, startMs } = key as Windowed<unknown>;
        return store.get(inner, startMs);
      };
    }
    case 'map': {
      const get = tableGetter(plan.of, environment);
      return key => {
        const entry = get(key);
        if (entry === undefined) return undefined;
        const value = plan.map(entry.value, key) ?? null;
        return value === null ? undefined : { value, timestamp: entry.timestamp };
      };
    }
  }
}
