import { type LineBlock, withoutCarriageReturn } from './line-block.js';
import { LineLimit } from './line-limit.js';
import type { Forced, RowFormat, RowTaker } from './row-format.js';

/** A row is the text of a line; empty lines are rows too. */
export class LinesFormat implements RowFormat {
  readonly isReady = true;
  readonly #limit: LineLimit;

  constructor(lineBytesMax: number) {
    this.#limit = new LineLimit(lineBytesMax);
  }

  take(block: LineBlock, _forced: Forced, taker: RowTaker): number {
    const { lines } = block;
    for (let index = 0; index < lines.length; index++) {
      if (!this.#limit.isRefused(block, index, taker)) taker.row(withoutCarriageReturn(lines[index]!), index, 1);
    }
    return lines.length;
  }

  reset(): void {}
}
