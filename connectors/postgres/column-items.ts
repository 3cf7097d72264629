// The array literals of an upsert's columns, `{"a","b",NULL}`, put together in bytes: values of flat JSON are copied as they stand, quotes included.

import type { FlatObject } from '../../connect/api/index.js';
import type { FlatColumns } from './flat-columns.js';

const [quote, comma, open, close] = [0x22, 0x2c, 0x7b, 0x7d] as const;

class Items {
  bytes = Buffer.allocUnsafe(64 * 1024);
  at = 0;

  constructor() {
    this.bytes[this.at++] = open;
  }

  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + count));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

export class ColumnItems {
  readonly #columns: FlatColumns;
  readonly #items: readonly Items[];

  constructor(columns: FlatColumns) {
    this.#columns = columns;
    this.#items = Array.from({ length: columns.count }, () => new Items());
  }

  /** The next row, of items as `literalItem` makes them. */
  add(texts: readonly string[]): void {
    for (const [column, text] of texts.entries()) {
      const items = this.#items[column]!;
      items.reserve(text.length * 3 + 1);
      items.at += items.bytes.write(text, items.at, 'utf8');
      items.bytes[items.at++] = comma;
    }
  }

  /** The next row, of an object all of whose values its columns take as they stand (`FlatColumns.take`). */
  addFlat({ bytes, bounds, boundsAt }: FlatObject): void {
    const { isNumber, count } = this.#columns;
    for (let column = 0; column < count; column++) {
      const [from, to] = [bounds[boundsAt + column * 2]!, bounds[boundsAt + column * 2 + 1]!];
      const first = bytes[from]!;
      if (first === 0x6e) this.#copy(column, nullItem, 0, nullItem.length, false);
      else if (first === 0x74 && isNumber[column] === 1) this.#copy(column, oneItem, 0, oneItem.length, false);
      else if (first === 0x66 && isNumber[column] === 1) this.#copy(column, zeroItem, 0, zeroItem.length, false);
      else this.#copy(column, bytes, from, to, first !== quote && isNumber[column] === 0);
    }
  }

  /** The literals. Nothing may be added afterwards. */
  texts(): readonly string[] {
    return this.#items.map(({ bytes, at }) => {
      bytes[at === 1 ? at : at - 1] = close;
      return bytes.toString('utf8', 0, Math.max(at, 2));
    });
  }

  #copy(column: number, from: Uint8Array, start: number, end: number, isQuoted: boolean): void {
    const items = this.#items[column]!;
    items.reserve(end - start + 3);
    const { bytes } = items;
    let { at } = items;
    if (isQuoted) bytes[at++] = quote;
    for (let index = start; index < end; index++) bytes[at++] = from[index]!;
    if (isQuoted) bytes[at++] = quote;
    bytes[at++] = comma;
    items.at = at;
  }
}

const [nullItem, oneItem, zeroItem] = ['NULL', '"1"', '"0"'].map(text => Buffer.from(text)) as [Buffer, Buffer, Buffer];
