// What the runtime sees of a store: besides the operator's face, its dirty entries and the way they take at a commit
// (changelog first, disk last), and the way back at a restore.

import type { FieldWriter } from '../../core/index.js';
import type { KeyValueStore, WindowStore } from './store.js';
import type { StoreDefinition } from './store-definition.js';

/** Writes one changelog record; a null value is a tombstone. */
export type AppendChange = (key: unknown, value: unknown, timestamp: number) => void;

/** How many entries are handled between two pauses of a walk over the dirty ones. */
export const entriesPerPause = 512;

interface Managed {
  readonly definition: StoreDefinition;
  /** Writers of what `eachChange` hands out: together they make Kafka's changelog format of this kind of store. */
  readonly changelogKey: FieldWriter<unknown>;
  readonly changelogValue: FieldWriter<unknown>;
  /** Entries put or deleted since the last commit, each counted once. */
  readonly dirtyCount: number;
  /**
   * Hands each dirty entry to `append`: its last content, in the order in which they first changed. Yields now and then,
   * so that whoever walks it can let the event loop have a turn.
   */
  appendChanges(append: AppendChange): Generator<void>;
  /** Writes the dirty entries to the disk's open transaction, pausing likewise; does nothing where there is no disk. */
  writeChanges(): Generator<void>;
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
  /**
   * The changelog holds a change of this key that was not committed, and `restore` was not told of it: what the store holds counts, and goes to
   * the changelog again with the next commit.
   */
  supersede(bytes: Uint8Array, keyStart: number, keyEnd: number, timestamp: number): void;
  /** The highest window start put so far (-1: none; always -1 for key-value stores): part of the state, as it decides what is live. */
  observedStartMs: number;
}

export type ManagedKeyValueStore = KeyValueStore<unknown, unknown> & Managed;
export type ManagedWindowStore = WindowStore<unknown, unknown> & Managed;
export type ManagedStore = ManagedKeyValueStore | ManagedWindowStore;
