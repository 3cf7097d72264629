// Rows whose keys lmdb does not take: empty ones and long ones. A bucket is [key length, key, value length, value] repeated, under the table's name and
// the key's hash. Such rows are few: their order is found by sorting them.

import type { LmdbDatabase } from './lmdb-database.js';
import type { TableRow } from './ordered-table.js';

export class OddKeyBuckets {
  readonly #database: LmdbDatabase;
  readonly #prefix: string;

  constructor(database: LmdbDatabase, tableName: string) {
    this.#database = database;
    this.#prefix = `${tableName}\0`;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#bucket(key).find(row => Buffer.compare(row.key, key) === 0)?.value;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#write(key, [...this.#others(key), { key, value }]);
  }

  remove(key: Uint8Array): void {
    this.#write(key, this.#others(key));
  }

  rows(from?: Uint8Array, to?: Uint8Array): readonly TableRow[] {
    const start = Buffer.from(this.#prefix);
    const end = Buffer.concat([start, Buffer.alloc(9, 0xff)]);
    const rows: TableRow[] = [];
    for (const { value } of this.#database.getRange({ start, end })) rows.push(...decodeBucket(value));
    const isWithin = ({ key }: TableRow) =>
      (from === undefined || Buffer.compare(key, from) >= 0) && (to === undefined || Buffer.compare(key, to) < 0);
    return rows.filter(isWithin).sort((a, b) => Buffer.compare(a.key, b.key));
  }

  #others(key: Uint8Array): readonly TableRow[] {
    return this.#bucket(key).filter(row => Buffer.compare(row.key, key) !== 0);
  }

  #bucket(key: Uint8Array): readonly TableRow[] {
    const bucket = this.#database.get(this.#bucketKey(key));
    return bucket === undefined ? [] : decodeBucket(bucket);
  }

  #write(key: Uint8Array, rows: readonly TableRow[]): void {
    const bucketKey = this.#bucketKey(key);
    if (rows.length === 0) void this.#database.remove(bucketKey);
    else void this.#database.put(bucketKey, encodeBucket(rows));
  }

  #bucketKey(key: Uint8Array): Buffer {
    // FNV-1a from two starting points: collisions only cost a longer bucket.
    let low = 0x811c9dc5 | 0;
    let high = 0x01000193;
    for (const byte of key) {
      low = Math.imul(low ^ byte, 0x01000193);
      high = Math.imul(high ^ byte, 0x85ebca6b);
    }
    const hash = Buffer.alloc(8);
    hash.writeInt32BE(low, 0);
    hash.writeInt32BE(high, 4);
    return Buffer.concat([Buffer.from(this.#prefix), hash]);
  }
}

function encodeBucket(rows: readonly TableRow[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const part of rows.flatMap(row => [row.key, row.value])) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(part.length);
    parts.push(length, part);
  }
  return Buffer.concat(parts);
}

function decodeBucket(bucket: Buffer): readonly TableRow[] {
  const rows: TableRow[] = [];
  let at = 0;
  const part = (): Buffer => {
    const length = bucket.readInt32BE(at);
    at += 4 + length;
    return bucket.subarray(at - length, at);
  };
  while (at < bucket.length) rows.push({ key: part(), value: part() });
  return rows;
}
