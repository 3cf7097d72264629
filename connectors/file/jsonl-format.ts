import { DataError, exactJson } from '../../connect/api/index.js';
import { type LineBlock, withoutCarriageReturn } from './line-block.js';
import { LineLimit } from './line-limit.js';
import type { Forced, RowFormat, RowTaker } from './row-format.js';

/** A row is the JSON value of a line; blank lines are none. */
export class JsonlFormat implements RowFormat {
  readonly isReady = true;
  readonly #limit: LineLimit;

  constructor(lineBytesMax: number) {
    this.#limit = new LineLimit(lineBytesMax);
  }

  take(block: LineBlock, _forced: Forced, taker: RowTaker): number {
    const { lines } = block;
    for (let index = 0; index < lines.length; index++) {
      if (this.#limit.isRefused(block, index, taker)) continue;
      const line = withoutCarriageReturn(lines[index]!);
      if (line.trim() === '') continue;
      let row: unknown;
      try {
        row = exactJson(line);
      } catch (error) {
        taker.bad(index, 1, new DataError(`not a JSON value: ${(error as Error).message}`, { cause: error }));
        continue;
      }
      taker.row(row, index, 1);
    }
    return lines.length;
  }

  reset(): void {}
}
