import type { OrderedTable, TableRow } from './ordered-table.js';

/** In the order of the keys' bytes. */
export type SortedRows = readonly TableRow[];

/** An ordered table in memory: a new array with each change, so that whoever keeps the old one has the table as it was. */
export class SortedTable implements OrderedTable {
  rowsNow: SortedRows = [];

  get(key: Uint8Array): Uint8Array | undefined {
    const row = this.rowsNow[this.#placeOf(key)];
    return row !== undefined && Buffer.compare(row.key, key) === 0 ? row.value : undefined;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const row = { key: Buffer.from(key), value: Buffer.from(value) };
    this.#replace(key, [row]);
  }

  remove(key: Uint8Array): void {
    this.#replace(key, []);
  }

  rows(from?: Uint8Array, to?: Uint8Array): Iterable<TableRow> {
    const start = from === undefined ? 0 : this.#placeOf(from);
    return this.rowsNow.slice(start, to === undefined ? undefined : Math.max(start, this.#placeOf(to)));
  }

  isEmpty(): boolean {
    return this.rowsNow.length === 0;
  }

  #replace(key: Uint8Array, by: SortedRows): void {
    const place = this.#placeOf(key);
    const isThere = this.get(key) !== undefined;
    this.rowsNow = this.rowsNow.toSpliced(place, isThere ? 1 : 0, ...by);
  }

  /** Of the first row whose key is not below. */
  #placeOf(key: Uint8Array): number {
    let low = 0;
    let high = this.rowsNow.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.rowsNow[middle]!.key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
