// A window store: one Map of decoded values per window start, so that a key needs no concatenation with its window and a window
// expires as a whole. Behind it may lie a table with rows (start, key); a window first seen in this run lies in memory
// completely and never asks the disk. Window starts are 0 or higher.

import type { FieldWriter } from '../../core/index.js';
import { CachedWindow, CachedWindowEntry } from './cached-window.js';
import { EncodedKeys } from './encoded-keys.js';
import { EncodedValues } from './encoded-values.js';
import type { StoreOptions } from './key-value-cache.js';
import { type AppendChange, entriesPerPause, type ManagedWindowStore } from './managed-store.js';
import type { OrderedTable } from './ordered-table.js';
import type { StoreEntry, WindowEntry } from './store.js';
import type { StoreDefinition } from './store-definition.js';
import { strictValue } from './strict-value.js';
import { windowChangelogKey, windowStartMs, windowSuffixBytes } from './window-changelog-key.js';
import { WindowStarts } from './window-starts.js';

/** Equals no start. */
const noWindow = new CachedWindow(Number.NaN, true);

export class WindowCache implements ManagedWindowStore {
  readonly kind = 'window';
  readonly name: string;
  readonly retentionMs: number;
  readonly definition: StoreDefinition;
  readonly changelogKey: FieldWriter<unknown>;
  readonly changelogValue: FieldWriter<unknown>;
  readonly #options: StoreOptions;
  readonly #keys: EncodedKeys;
  readonly #values: EncodedValues;
  readonly #windows = new Map<number, CachedWindow>();
  readonly #starts = new WindowStarts();
  /** Starts of expired windows of which rows are still on the disk. */
  #expired: number[] = [];
  #dirty: CachedWindowEntry[] = [];
  #observedStartMs = -1;
  #last = noWindow;
  // What was found last: an operator mostly puts what it has just got.
  #found: CachedWindowEntry | undefined;
  #foundKey: unknown;
  #commitCount = 0;

  constructor(definition: StoreDefinition, options: StoreOptions) {
    this.definition = definition;
    this.name = definition.name;
    this.retentionMs = definition.retentionMs ?? Number.MAX_SAFE_INTEGER;
    this.changelogKey = windowChangelogKey(definition.keySerde);
    this.changelogValue = definition.valueSerde;
    this.#options = options;
    this.#keys = new EncodedKeys(definition.keySerde);
    this.#values = new EncodedValues(definition.valueSerde);
    if (options.table !== undefined) this.#findWindows(options.table);
  }

  get dirtyCount(): number {
    return this.#dirty.length;
  }

  get observedStartMs(): number {
    return this.#observedStartMs;
  }

  set observedStartMs(startMs: number) {
    if (startMs > this.#observedStartMs) this.#observe(startMs);
  }

  get(key: unknown, startMs: number): StoreEntry<unknown> | undefined {
    const window = this.#window(startMs);
    if (window === undefined) return undefined;
    const cacheKey = typeof key === 'string' ? key : this.#keys.cacheKey(key);
    const entry = window.entries.get(cacheKey) ?? this.#load(window, key);
    if (entry?.value === undefined) return undefined;
    this.#found = entry;
    this.#foundKey = key;
    return entry;
  }

  put(key: unknown, startMs: number, value: unknown, timestamp: number): void {
    if (startMs > this.#observedStartMs) this.#observe(startMs);
    const window = this.#window(startMs) ?? this.#createWindow(startMs);
    if (window === undefined) return;
    const isValue = value !== undefined && value !== null;
    if (this.#options.isStrict && isValue) value = strictValue(this.definition.valueSerde, value);
    const isFound = key === this.#foundKey && startMs === this.#found?.startMs;
    const entry = isFound ? this.#found! : this.#entry(window, key, timestamp);
    entry.value = isValue ? value : undefined;
    entry.timestamp = timestamp;
    this.#markDirty(entry);
  }

  #entry(window: CachedWindow, key: unknown, timestamp: number): CachedWindowEntry {
    const cacheKey = typeof key === 'string' ? key : this.#keys.cacheKey(key);
    let entry = window.entries.get(cacheKey);
    if (entry === undefined) {
      if (this.#options.isStrict) key = strictValue(this.definition.keySerde, key);
      entry = new CachedWindowEntry(key, window.startMs, undefined, timestamp);
      window.entries.set(cacheKey, entry);
    }
    return entry;
  }

  delete(key: unknown, startMs: number, timestamp: number): void {
    this.put(key, startMs, undefined, timestamp);
  }

  *range(fromStartMs: number, toStartMs: number): Iterable<WindowEntry<unknown, unknown>> {
    for (const startMs of this.#starts.between(fromStartMs, toStartMs)) {
      const window = this.#window(startMs);
      if (window !== undefined) yield* this.#sorted(window);
    }
  }

  *rangeOf(key: unknown, fromStartMs: number, toStartMs: number): Iterable<WindowEntry<unknown, unknown>> {
    for (const startMs of this.#starts.between(fromStartMs, toStartMs)) {
      const entry = this.get(key, startMs);
      if (entry !== undefined) yield entry as CachedWindowEntry;
    }
  }

  *appendChanges(append: AppendChange): Generator<void> {
    const windowKey: { key: unknown; startMs: number } = { key: undefined, startMs: 0 };
    for (let index = 0; index < this.#dirty.length; index++) {
      const entry = this.#dirty[index]!;
      windowKey.key = entry.key;
      windowKey.startMs = entry.startMs;
      append(windowKey, entry.value ?? null, entry.timestamp);
      if ((index + 1) % entriesPerPause === 0) yield;
    }
  }

  *writeChanges(): Generator<void> {
    const table = this.#options.table;
    if (table === undefined) return;
    for (const startMs of this.#expired) yield* removeRows(table, startMs);
    this.#expired = [];
    for (let index = 0; index < this.#dirty.length; index++) {
      const entry = this.#dirty[index]!;
      if (this.#isLive(entry.startMs)) this.#writeRow(table, entry);
      if ((index + 1) % entriesPerPause === 0) yield;
    }
  }

  markClean(): void {
    for (const entry of this.#dirty) {
      entry.isDirty = false;
      if (entry.value !== undefined) continue;
      this.#windows.get(entry.startMs)?.entries.delete(this.#keys.cacheKey(entry.key));
    }
    this.#dirty = [];
    this.#last = noWindow;
    this.#found = undefined;
    this.#commitCount++;
    this.#evict();
  }

  restore(
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
  ): void {
    const startMs = windowStartMs(bytes, keyEnd);
    if (startMs > this.#observedStartMs) this.#observe(startMs);
    const window = this.#window(startMs) ?? this.#createWindow(startMs);
    if (window === undefined) return;
    const key = this.definition.keySerde.read(bytes, keyStart, keyEnd - windowSuffixBytes);
    const table = this.#options.table;
    if (table !== undefined) {
      window.isComplete = false;
      const row = this.#keys.row(key, startMs);
      if (valueStart < 0) table.remove(row);
      else table.put(row, this.#values.rowOfChange(bytes, valueStart, valueEnd, timestamp));
      return;
    }
    const cacheKey = this.#keys.cacheKey(key);
    if (valueStart < 0) window.entries.delete(cacheKey);
    else {
      const value = this.definition.valueSerde.read(bytes, valueStart, valueEnd);
      window.entries.set(cacheKey, new CachedWindowEntry(key, startMs, value, timestamp));
    }
  }

  supersede(bytes: Uint8Array, keyStart: number, keyEnd: number, timestamp: number): void {
    const startMs = windowStartMs(bytes, keyEnd);
    const window = this.#window(startMs) ?? this.#createWindow(startMs);
    if (window === undefined) return;
    const key = this.definition.keySerde.read(bytes, keyStart, keyEnd - windowSuffixBytes);
    const cacheKey = this.#keys.cacheKey(key);
    const entry = window.entries.get(cacheKey) ?? this.#load(window, key) ?? this.#entry(window, key, timestamp);
    if (entry.value === undefined) entry.timestamp = timestamp;
    this.#markDirty(entry);
  }

  #markDirty(entry: CachedWindowEntry): void {
    if (entry.isDirty) return;
    entry.isDirty = true;
    this.#dirty.push(entry);
  }

  #isLive(startMs: number): boolean {
    return startMs > this.#observedStartMs - this.retentionMs;
  }

  #window(startMs: number): CachedWindow | undefined {
    // Consecutive records mostly fall into the same window.
    if (this.#last.startMs === startMs) return this.#last;
    const window = this.#windows.get(startMs);
    if (window === undefined) return undefined;
    window.usedAtCommit = this.#commitCount;
    this.#last = window;
    return window;
  }

  #createWindow(startMs: number): CachedWindow | undefined {
    if (!this.#isLive(startMs)) return undefined;
    const window = new CachedWindow(startMs, true);
    this.#windows.set(startMs, window);
    this.#starts.add(startMs);
    return window;
  }

  #observe(startMs: number): void {
    this.#observedStartMs = startMs;
    for (const expired of this.#starts.takeUpTo(startMs - this.retentionMs)) {
      this.#windows.delete(expired);
      if (this.#options.table !== undefined) this.#expired.push(expired);
    }
    this.#found = undefined;
    this.#last = noWindow;
  }

  #sorted(window: CachedWindow): readonly CachedWindowEntry[] {
    if (!window.isComplete) this.#loadAll(window);
    const ordered: { order: string; entry: CachedWindowEntry }[] = [];
    for (const entry of window.entries.values()) {
      if (entry.value !== undefined) ordered.push({ order: this.#keys.orderKey(entry.key), entry });
    }
    ordered.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
    return ordered.map(each => each.entry);
  }

  #load(window: CachedWindow, key: unknown): CachedWindowEntry | undefined {
    if (window.isComplete) return undefined;
    const row = this.#options.table!.get(this.#keys.row(key, window.startMs));
    const entry =
      row === undefined
        ? new CachedWindowEntry(key, window.startMs, undefined, -1)
        : new CachedWindowEntry(key, window.startMs, this.#values.valueOf(row), this.#values.timestampOf(row));
    window.entries.set(this.#keys.cacheKey(key), entry);
    return entry;
  }

  #loadAll(window: CachedWindow): void {
    for (const row of this.#options.table!.rows(startRow(window.startMs), startRow(window.startMs + 1))) {
      const key = this.definition.keySerde.read(row.key, 8, row.key.length);
      const cacheKey = this.#keys.cacheKey(key);
      if (window.entries.has(cacheKey)) continue;
      const value = this.#values.valueOf(row.value);
      window.entries.set(
        cacheKey,
        new CachedWindowEntry(key, window.startMs, value, this.#values.timestampOf(row.value)),
      );
    }
    window.isComplete = true;
  }

  /** Jumps from one window start to the next without reading what lies between. */
  #findWindows(table: OrderedTable): void {
    let from = startRow(0);
    for (;;) {
      const first = table.rows(from)[Symbol.iterator]().next();
      if (first.done === true) return;
      const startMs = Number(new DataView(first.value.key.buffer, first.value.key.byteOffset, 8).getBigInt64(0));
      this.#windows.set(startMs, new CachedWindow(startMs, false));
      this.#starts.add(startMs);
      this.#observedStartMs = startMs;
      from = startRow(startMs + 1);
    }
  }

  #writeRow(table: OrderedTable, entry: CachedWindowEntry): void {
    const row = this.#keys.row(entry.key, entry.startMs);
    if (entry.value === undefined) table.remove(row);
    else table.put(row, this.#values.row(entry.value, entry.timestamp));
  }

  /** Lets go of whole windows, those longest not used first. Called when nothing is dirty. */
  #evict(): void {
    const { table, cacheEntriesMax } = this.#options;
    if (table === undefined) return;
    let count = 0;
    for (const window of this.#windows.values()) count += window.entries.size;
    if (count <= cacheEntriesMax) return;
    for (const window of [...this.#windows.values()].sort((a, b) => a.usedAtCommit - b.usedAtCommit)) {
      count -= window.entries.size;
      window.entries.clear();
      window.isComplete = false;
      if (count <= cacheEntriesMax * 0.9) return;
    }
  }
}

function startRow(startMs: number): Uint8Array {
  const row = Buffer.alloc(8);
  row.writeBigInt64BE(BigInt(startMs));
  return row;
}

function* removeRows(table: OrderedTable, startMs: number): Generator<void> {
  const keys = Array.from(table.rows(startRow(startMs), startRow(startMs + 1)), row => row.key);
  for (let index = 0; index < keys.length; index++) {
    table.remove(keys[index]!);
    if ((index + 1) % entriesPerPause === 0) yield;
  }
}
