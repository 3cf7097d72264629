import type { TakenRows } from './taken-rows.js';

/**
 * Bytes of a file in, records out, whatever pieces the bytes come in. It does no I/O: who reads the file puts bytes behind what is here (`space`,
 * `filled`) and takes what is complete.
 * Invariant: `position` and `line` are those of the first byte that no record has been made of; a restart there loses nothing and repeats nothing.
 */
export interface RowReader {
  readonly position: number;
  readonly line: number;
  /** Where in the file the next bytes are to be read. */
  readonly readPosition: number;
  /** Whether it has learnt from the head of the file what it needs to read the rest. */
  readonly isReady: boolean;
  /** A reader that learns for this one, and hands out nothing. */
  learner(): RowReader;
  /** Goes on at this place; what is here and not taken is dropped. At 0 a new file begins: what was learnt of the last one is forgotten. */
  moveTo(position: number, line: number): void;
  /** A buffer and where in it to put up to `length` bytes. */
  space(): { buffer: Buffer; at: number; length: number };
  filled(count: number): void;
  /** The records of all rows that are complete (with `isEnd`: of all that is here); undefined when nothing was taken. Throws FileFault. */
  take(isEnd: boolean): TakenRows | undefined;
  /** Keeps no more memory than what is here needs: nothing will come for a while. */
  rest(): void;
}

/** From here on the file cannot be read. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}
