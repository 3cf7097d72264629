import type { FlatObject, FlatShape } from '../../connect/api/index.js';
import type { Column } from './table-shape.js';

/** What columns take of JSON as it stands, and for which `valueText` would say nothing else. One number a column, 1 or 0. */
export class FlatColumns {
  readonly count: number;
  readonly takesText: Uint8Array;
  readonly takesNumber: Uint8Array;
  /** There true and false are 1 and 0. */
  readonly isNumber: Uint8Array;
  readonly #columns: readonly Column[];
  #known: FlatShape | undefined;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
    this.count = columns.length;
    this.takesText = Uint8Array.from(columns, column => (column.typeName === 'bytea' ? 0 : 1));
    this.takesNumber = Uint8Array.from(columns, column => (column.category === 'D' ? 0 : 1));
    this.isNumber = Uint8Array.from(columns, column => (column.category === 'N' ? 1 : 0));
  }

  /** Whether objects of this shape have a field for each column, in their order, and no others. */
  fit(shape: FlatShape): boolean {
    if (shape === this.#known) return true;
    const { names } = shape;
    if (names.length !== this.count || !names.every((name, at) => name === this.#columns[at]!.name)) return false;
    this.#known = shape;
    return true;
  }

  /** Whether every value of an object that fits can be copied as it stands. */
  take({ bytes, bounds, boundsAt }: FlatObject): boolean {
    for (let column = 0; column < this.count; column++) {
      const first = bytes[bounds[boundsAt + column * 2]!]!;
      if (first === 0x22) {
        if (this.takesText[column] === 0) return false;
      } else if (first < 0x3a && this.takesNumber[column] === 0) return false;
    }
    return true;
  }
}
