// The named numbers of a task that are committed with its offsets: the stream times of its operators, and of each store the highest window
// start and the end of its changelog, and of the task whether its input has ended.

import type { TimeCell } from '../operators/environment.js';

export class TimeCells {
  readonly #cells = new Map<string, TimeCell>();
  readonly #restored: ReadonlyMap<string, number>;

  constructor(restored: ReadonlyMap<string, number>) {
    this.#restored = restored;
  }

  /** One object per name; -1 when nothing was committed. */
  of(kind: 'operator' | 'store-start' | 'changelog-end' | 'task', name: string): TimeCell {
    const fullName = `${kind}/${name}`;
    let cell = this.#cells.get(fullName);
    if (cell === undefined) {
      cell = { value: this.#restored.get(fullName) ?? -1 };
      this.#cells.set(fullName, cell);
    }
    return cell;
  }

  /** Those that have a value. */
  values(): ReadonlyMap<string, number> {
    const values = new Map<string, number>();
    for (const [name, { value }] of this.#cells) if (value !== -1) values.set(name, value);
    return values;
  }
}
