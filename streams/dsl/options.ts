// Options that the fluent calls share. A serde is needed where bytes are needed: at a repartition, a store, a topic. It is known from the
// topic that was read until a function changes the value or key; after that it has to be given, and build() says where.

import type { Serde } from '../../core/index.js';

/** A name for a stateless operator, shown in the topology and in failures; made up where it is left out. */
export interface Named {
  readonly name?: string;
}

export interface KeySerde<K> {
  readonly key?: Serde<NonNullable<K>>;
}

export interface ValueSerde<V> {
  readonly value?: Serde<NonNullable<V>>;
}

/** How a store is kept. */
export interface StoreOptions {
  /** On disk behind a cache (the default), or in memory only: then all of it is restored from its changelog topic at each start. */
  readonly backing?: 'memory' | 'disk';
  /** Kept in a changelog topic, so that it survives (the default). */
  readonly isLogged?: boolean;
}

/** A stateful operator: its name is that of its store, changelog and repartition topic, and must not change between versions. */
export interface Stateful extends StoreOptions {
  readonly name: string;
}

/** A table keeps no store of its own unless it is named here, or a join or grouping needs one. */
export interface TableOptions extends StoreOptions {
  readonly store?: string;
}
