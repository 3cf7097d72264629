// A key-value store: decoded values in a Map, which is everything there is when no table lies behind it, and otherwise a write-back
// cache in front of the table. While the Map is known to hold every key (`isComplete`), a miss never asks the disk.
// What is dirty is never evicted: it goes to the disk only after its commit.

import type { FieldWriter } from '../../core/index.js';
import { CachedEntry } from './cached-entry.js';
import { type CacheKey, EncodedKeys } from './encoded-keys.js';
import { EncodedValues } from './encoded-values.js';
import { type AppendChange, entriesPerPause, type ManagedKeyValueStore } from './managed-store.js';
import type { OrderedTable } from './ordered-table.js';
import type { StoreEntry } from './store.js';
import type { StoreDefinition } from './store-definition.js';
import { strictValue } from './strict-value.js';

interface Ordered {
  readonly order: string;
  readonly entry: CachedEntry;
}

export interface StoreOptions {
  readonly isStrict: boolean;
  readonly table?: OrderedTable | undefined;
  /** Entries kept in memory in front of a table. */
  readonly cacheEntriesMax: number;
}

export class KeyValueCache implements ManagedKeyValueStore {
  readonly kind = 'key-value';
  readonly name: string;
  readonly definition: StoreDefinition;
  readonly changelogKey: FieldWriter<unknown>;
  readonly changelogValue: FieldWriter<unknown>;
  readonly observedStartMs = -1;
  readonly #options: StoreOptions;
  readonly #keys: EncodedKeys;
  readonly #values: EncodedValues;
  readonly #entries = new Map<CacheKey, CachedEntry>();
  #dirty: CachedEntry[] = [];
  #isComplete: boolean;
  // What was found last: an operator mostly puts what it has just got.
  #found: CachedEntry | undefined;
  #foundKey: unknown;

  constructor(definition: StoreDefinition, options: StoreOptions) {
    this.definition = definition;
    this.name = definition.name;
    this.changelogKey = definition.keySerde;
    this.changelogValue = definition.valueSerde;
    this.#options = options;
    this.#keys = new EncodedKeys(definition.keySerde);
    this.#values = new EncodedValues(definition.valueSerde);
    this.#isComplete = options.table === undefined || options.table.isEmpty();
  }

  get dirtyCount(): number {
    return this.#dirty.length;
  }

  get(key: unknown): StoreEntry<unknown> | undefined {
    const cacheKey = typeof key === 'string' ? key : this.#keys.cacheKey(key);
    const entry = this.#entries.get(cacheKey) ?? this.#load(cacheKey, key);
    if (entry?.value === undefined) return undefined;
    entry.isRecent = true;
    this.#found = entry;
    this.#foundKey = key;
    return entry;
  }

  put(key: unknown, value: unknown, timestamp: number): void {
    if (this.#options.isStrict && value !== undefined && value !== null) {
      value = strictValue(this.definition.valueSerde, value);
    }
    const isFound = key === this.#foundKey && this.#found !== undefined;
    const entry = isFound ? this.#found! : this.#entry(key, timestamp);
    entry.value = value === null ? undefined : value;
    entry.timestamp = timestamp;
    entry.isRecent = true;
    this.#markDirty(entry);
  }

  #entry(key: unknown, timestamp: number): CachedEntry {
    const cacheKey = typeof key === 'string' ? key : this.#keys.cacheKey(key);
    let entry = this.#entries.get(cacheKey);
    if (entry === undefined) {
      if (this.#options.isStrict) key = strictValue(this.definition.keySerde, key);
      entry = new CachedEntry(key, undefined, timestamp);
      this.#entries.set(cacheKey, entry);
    }
    return entry;
  }

  delete(key: unknown, timestamp: number): void {
    this.put(key, undefined, timestamp);
  }

  *entries(): Iterable<readonly [unknown, StoreEntry<unknown>]> {
    const cached: Ordered[] = [];
    for (const entry of this.#entries.values()) cached.push({ order: this.#keys.orderKey(entry.key), entry });
    cached.sort(byOrder);
    for (const entry of this.#isComplete ? cached.map(each => each.entry) : this.#merged(cached)) {
      if (entry.value !== undefined) yield [entry.key, entry];
    }
  }

  *appendChanges(append: AppendChange): Generator<void> {
    for (let index = 0; index < this.#dirty.length; index++) {
      const entry = this.#dirty[index]!;
      append(entry.key, entry.value ?? null, entry.timestamp);
      if ((index + 1) % entriesPerPause === 0) yield;
    }
  }

  *writeChanges(): Generator<void> {
    const table = this.#options.table;
    if (table === undefined) return;
    for (let index = 0; index < this.#dirty.length; index++) {
      const entry = this.#dirty[index]!;
      if (entry.value === undefined) table.remove(this.#keys.row(entry.key));
      else table.put(this.#keys.row(entry.key), this.#values.row(entry.value, entry.timestamp));
      if ((index + 1) % entriesPerPause === 0) yield;
    }
  }

  markClean(): void {
    for (const entry of this.#dirty) {
      entry.isDirty = false;
      if (entry.value === undefined) this.#entries.delete(this.#keys.cacheKey(entry.key));
    }
    this.#dirty = [];
    this.#evict(); // also lets go of what was found last
  }

  restore(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
  ): void {
    const table = this.#options.table;
    if (table !== undefined) {
      this.#isComplete = false;
      const row = bytes.subarray(keyStart, keyEnd);
      if (valueStart < 0) table.remove(row);
      else table.put(row, this.#values.rowOfChange(bytes, valueStart, valueEnd, timestamp));
      return;
    }
    const key = this.definition.keySerde.read(bytes, keyStart, keyEnd);
    const cacheKey = this.#keys.cacheKey(key);
    if (valueStart < 0) {
      this.#entries.delete(cacheKey);
      return;
    }
    const value = this.definition.valueSerde.read(bytes, valueStart, valueEnd);
    const entry = this.#entries.get(cacheKey);
    if (entry === undefined) this.#entries.set(cacheKey, new CachedEntry(key, value, timestamp));
    else {
      entry.value = value;
      entry.timestamp = timestamp;
    }
  }

  supersede(bytes: Uint8Array, keyStart: number, keyEnd: number, timestamp: number): void {
    const key = this.definition.keySerde.read(bytes, keyStart, keyEnd);
    const cacheKey = this.#keys.cacheKey(key);
    const entry = this.#entries.get(cacheKey) ?? this.#load(cacheKey, key) ?? this.#entry(key, timestamp);
    if (entry.value === undefined) entry.timestamp = timestamp;
    this.#markDirty(entry);
  }

  #markDirty(entry: CachedEntry): void {
    if (entry.isDirty) return;
    entry.isDirty = true;
    this.#dirty.push(entry);
  }

  #load(cacheKey: CacheKey, key: unknown): CachedEntry | undefined {
    if (this.#isComplete) return undefined;
    const row = this.#options.table!.get(this.#keys.row(key));
    const entry =
      row === undefined
        ? new CachedEntry(key, undefined, -1)
        : new CachedEntry(key, this.#values.valueOf(row), this.#values.timestampOf(row));
    this.#evict();
    this.#entries.set(cacheKey, entry);
    return entry;
  }

  /** The table's rows with what is newer in memory laid over them. */
  *#merged(cached: readonly Ordered[]): Iterable<CachedEntry> {
    let next = 0;
    for (const row of this.#options.table!.rows()) {
      const order = Buffer.from(row.key.buffer, row.key.byteOffset, row.key.length).toString('latin1');
      while (next < cached.length && cached[next]!.order < order) yield cached[next++]!.entry;
      if (next < cached.length && cached[next]!.order === order) yield cached[next++]!.entry;
      else {
        const key = this.definition.keySerde.read(row.key, 0, row.key.length);
        yield new CachedEntry(key, this.#values.valueOf(row.value), this.#values.timestampOf(row.value));
      }
    }
    while (next < cached.length) yield cached[next++]!.entry;
  }

  /** Second chance: what was used since the last sweep goes to the end of the line, the rest goes, until a tenth is free. */
  #evict(): void {
    this.#found = undefined;
    const { table, cacheEntriesMax } = this.#options;
    if (table === undefined || this.#entries.size < cacheEntriesMax) return;
    const target = Math.max(this.#dirty.length, Math.floor(cacheEntriesMax * 0.9));
    let chances = this.#entries.size * 2;
    for (const [cacheKey, entry] of this.#entries) {
      if (this.#entries.size <= target || chances-- === 0) break;
      if (entry.isDirty || entry.isRecent) {
        entry.isRecent = false;
        this.#entries.delete(cacheKey);
        this.#entries.set(cacheKey, entry);
        continue;
      }
      this.#entries.delete(cacheKey);
      this.#isComplete = false;
    }
  }
}

function byOrder(a: Ordered, b: Ordered): number {
  return a.order < b.order ? -1 : a.order > b.order ? 1 : 0;
}
