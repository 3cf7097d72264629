import type { Serde } from '../../core/index.js';

/** What a store is made from: the topology's description of it, as far as the store itself needs it. */
export interface StoreDefinition {
  readonly kind: 'key-value' | 'window';
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a serde is invariant in its type, and a store holds whichever it is given
  readonly keySerde: Serde<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly valueSerde: Serde<any>;
  /** Window stores only: how long a window is kept behind the highest window start. */
  readonly retentionMs?: number | undefined;
  readonly windowSizeMs?: number | undefined;
  readonly isLogged: boolean;
  readonly backing: 'memory' | 'disk';
}
