// lmdb is an optional dependency, loaded when the first store on disk is opened. It goes to the disk by itself, not through the ports.

import type { RootDatabase } from 'lmdb';
import { UsageError } from '../../core/index.js';
import type { LmdbDatabase } from './lmdb-database.js';
import { LmdbTable } from './lmdb-table.js';
import type { OrderedTable } from './ordered-table.js';
import type { StateDatabase } from './state-database.js';

const tablesMax = 4096;
const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;

/** Opens (or makes) the database in `directory`; undefined where lmdb is installed but has no build for this machine. */
export async function openLmdbStateDatabase(directory: string): Promise<StateDatabase | undefined> {
  const lmdb = await loadLmdb();
  if (lmdb === undefined) return undefined;
  const root = lmdb.open<Buffer, Uint8Array>({ path: directory, maxDbs: tablesMax, noSubdir: false, ...binary });
  return new LmdbStateDatabase(root);
}

async function loadLmdb(): Promise<typeof import('lmdb') | undefined> {
  try {
    return await import('lmdb');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') return undefined;
    throw new UsageError(
      'stores on disk need the package lmdb, which is not installed: run "npm install lmdb", or keep the stores in memory',
      { cause: error },
    );
  }
}

class LmdbStateDatabase implements StateDatabase {
  readonly #root: RootDatabase<Buffer, Uint8Array>;
  readonly #tables = new Map<string, LmdbDatabase>();
  // Opened at once: a database first opened inside a transaction is gone when that is aborted.
  readonly #notes: LmdbDatabase;
  readonly #oddKeys: LmdbDatabase;

  constructor(root: RootDatabase<Buffer, Uint8Array>) {
    this.#root = root;
    this.#notes = root.openDB({ name: 'notes', ...binary });
    this.#oddKeys = root.openDB({ name: 'odd-keys', ...binary });
  }

  table(name: string): OrderedTable {
    return new LmdbTable(this.#table(name), this.#oddKeys, name);
  }

  async clear(name: string): Promise<void> {
    const table = this.#table(name);
    const start = Buffer.from(`${name}\0`);
    const end = Buffer.concat([start, Buffer.alloc(9, 0xff)]);
    await this.#root.transaction(() => {
      void table.clearAsync();
      for (const key of this.#oddKeys.getKeys({ start, end })) void this.#oddKeys.remove(key);
      void this.#notes.remove(Buffer.from(name));
    });
  }

  note(name: string): string | undefined {
    return this.#notes.get(Buffer.from(name))?.toString();
  }

  writeNote(name: string, text: string): void {
    void this.#notes.put(Buffer.from(name), Buffer.from(text));
  }

  async transaction(write: () => Promise<void>): Promise<void> {
    // Not `transaction`: that one keeps what was written before a throw.
    await this.#root.childTransaction(write);
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  #table(name: string): LmdbDatabase {
    const open = this.#tables.get(name);
    if (open !== undefined) return open;
    const table: LmdbDatabase = this.#root.openDB({ name: `table/${name}`, ...binary });
    this.#tables.set(name, table);
    return table;
  }
}
