/** One row of an ordered table. */
export interface TableRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Bytes to bytes on disk, in the order of the keys' bytes, keys of any length. Writes go into the open transaction of the
 * database that the table belongs to.
 */
export interface OrderedTable {
  /** Borrowed: valid until the next call. */
  get(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): void;
  /** Rows with from <= key < to; the whole table where a bound is left out. */
  rows(from?: Uint8Array, to?: Uint8Array): Iterable<TableRow>;
  isEmpty(): boolean;
}
