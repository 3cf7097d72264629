import type { LineBlock } from './line-block.js';

/** Where a format puts what it finds in the lines [index, index + lineCount) of the block. */
export interface RowTaker {
  row(row: unknown, index: number, lineCount: number): void;
  bad(index: number, lineCount: number, error: Error): void;
}

/** Which rows that wait for more lines are bad instead: none, the one at the head of the block (it has grown too long), all (the file has ended). */
export type Forced = 'none' | 'first' | 'all';

/** How rows are written in lines. */
export interface RowFormat {
  /** Whether it has learnt from the head of the file what it needs to read the rest. */
  readonly isReady: boolean;
  /** Takes the rows of a block, in order, and returns how many of its lines it has taken. */
  take(block: LineBlock, forced: Forced, taker: RowTaker): number;
  /** A new file begins: what was learnt from the head of the last one is forgotten. */
  reset(): void;
}
