// What the runtime sees of a store: besides the operator's face, its dirty entries and the way they take at a commit
// (changelog first, disk last), and the way back at a restore.

import type { FieldWriter } from '../../core/index.js';
import type { KeyValueStore, WindowStore } from './store.js';
import type { StoreDefinition } from './store-definition.js';

/** Writes one changelog record; a null value is a tombstone. */
export type AppendChange = (key: unknown, value: unknown, timestamp: number) => void;

interface Managed {
  readonly definition: StoreDefinition;
  /** Writers of what `eachChange` hands out: together they make Kafka's changelog format of this kind of store. */
  readonly changelogKey: FieldWriter<unknown>;
  readonly changelogValue: FieldWriter<unknown>;
  /** Entries put or deleted since the last commit, each counted once. */
  readonly dirtyCount: number;
  /** Hands dirty entries [from, to) to `append`: the last content of each, in the order in which they first changed. */
  eachChange(from: number, to: number, append: AppendChange): void;
  /** Writes dirty entries [from, to) to the disk's open transaction; does nothing where there is no disk. */
  writeChanges(from: number, to: number): void;
  /** The dirty entries are safe: nothing is dirty any more, and expired windows are dropped. */
  markClean(): void;
  /** Takes one record of the changelog; valueStart -1 is a tombstone. Leaves nothing dirty in memory stores. */
  restore(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
  ): void;
  /** The highest window start put so far (-1: none; always -1 for key-value stores): part of the state, as it decides what is live. */
  observedStartMs: number;
}

export type ManagedKeyValueStore = KeyValueStore<unknown, unknown> & Managed;
export type ManagedWindowStore = WindowStore<unknown, unknown> & Managed;
export type ManagedStore = ManagedKeyValueStore | ManagedWindowStore;
