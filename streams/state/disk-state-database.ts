// A state database that goes through the disk port, for disks that lmdb cannot reach: all tables in memory, and with each transaction the whole
// of them in one file that takes the place of the one before. So it is for small states: tests, memory and simulation.

import type { Disk } from '../../core/index.js';
import type { OrderedTable } from './ordered-table.js';
import { type SortedRows, SortedTable } from './sorted-table.js';
import type { StateDatabase } from './state-database.js';

/** Rows as pairs of base64. */
interface Saved {
  readonly notes: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<string, readonly (readonly [key: string, value: string])[]>>;
}

export class DiskStateDatabase implements StateDatabase {
  readonly #disk: Disk;
  readonly #path: string;
  #tables = new Map<string, SortedTable>();
  #notes = new Map<string, string>();

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#path = `${directory}/state.json`;
    disk.makeDirectory(directory);
    if (disk.exists(this.#path)) this.#load(JSON.parse(Buffer.from(disk.readFile(this.#path)).toString()) as Saved);
  }

  table(name: string): OrderedTable {
    return this.#table(name);
  }

  async clear(name: string): Promise<void> {
    this.#table(name).rowsNow = [];
    this.#notes.delete(name);
    this.#save();
  }

  note(name: string): string | undefined {
    return this.#notes.get(name);
  }

  writeNote(name: string, text: string): void {
    this.#notes.set(name, text);
  }

  async transaction(write: () => Promise<void>): Promise<void> {
    const notes = new Map(this.#notes);
    const rows = new Map<SortedTable, SortedRows>([...this.#tables.values()].map(table => [table, table.rowsNow]));
    try {
      await write();
      this.#save();
    } catch (error) {
      this.#notes = notes;
      for (const table of this.#tables.values()) table.rowsNow = rows.get(table) ?? [];
      throw error;
    }
  }

  async close(): Promise<void> {}

  #table(name: string): SortedTable {
    const known = this.#tables.get(name) ?? new SortedTable();
    this.#tables.set(name, known);
    return known;
  }

  #load(saved: Saved): void {
    this.#notes = new Map(Object.entries(saved.notes));
    for (const [name, rows] of Object.entries(saved.tables)) {
      this.#table(name).rowsNow = rows.map(([key, value]) => ({ key: fromBase64(key), value: fromBase64(value) }));
    }
  }

  #save(): void {
    const tables = [...this.#tables].map(
      ([name, { rowsNow }]) => [name, rowsNow.map(({ key, value }) => [toBase64(key), toBase64(value)])] as const,
    );
    const saved = { notes: Object.fromEntries(this.#notes), tables: Object.fromEntries(tables) };
    this.#disk.replaceFile(this.#path, Buffer.from(JSON.stringify(saved)));
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
