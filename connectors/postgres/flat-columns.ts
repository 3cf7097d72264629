import type { FlatShape } from '../../connect/api/index.js';
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
}
