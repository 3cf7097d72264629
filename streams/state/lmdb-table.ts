// A table in lmdb. Its keys have 1 to 1,978 bytes: any other is stored in a table of such keys by its hash, in a bucket that
// holds the whole key beside the value, so that two keys with one hash are no harm.

import type { LmdbDatabase } from './lmdb-database.js';
import { OddKeyBuckets } from './odd-key-buckets.js';
import type { OrderedTable, TableRow } from './ordered-table.js';

/** lmdb's limit, with pages of 4 KiB. */
const lmdbKeyBytesMax = 1978;

export class LmdbTable implements OrderedTable {
  readonly #database: LmdbDatabase;
  readonly #oddKeys: OddKeyBuckets;

  /** `oddKeys` serves all tables of an environment; `name` tells them apart in it. */
  constructor(database: LmdbDatabase, oddKeys: LmdbDatabase, name: string) {
    this.#database = database;
    this.#oddKeys = new OddKeyBuckets(oddKeys, name);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return isOddKey(key) ? this.#oddKeys.get(key) : this.#database.getBinary(key);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    if (isOddKey(key)) this.#oddKeys.put(key, value);
    else void this.#database.put(key, value as Buffer);
  }

  remove(key: Uint8Array): void {
    if (isOddKey(key)) this.#oddKeys.remove(key);
    else void this.#database.remove(key);
  }

  *rows(from?: Uint8Array, to?: Uint8Array): Iterable<TableRow> {
    const odd = this.#oddKeys.rows(from, to);
    let next = 0;
    const bounds = { ...(from === undefined ? {} : { start: from }), ...(to === undefined ? {} : { end: to }) };
    for (const row of this.#database.getRange(bounds)) {
      while (next < odd.length && Buffer.compare(odd[next]!.key, row.key) < 0) yield odd[next++]!;
      yield row;
    }
    while (next < odd.length) yield odd[next++]!;
  }

  isEmpty(): boolean {
    for (const _row of this.rows()) return false;
    return true;
  }
}

function isOddKey(key: Uint8Array): boolean {
  return key.length === 0 || key.length > lmdbKeyBytesMax;
}
