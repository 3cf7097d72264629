import type { ReadingBuffer } from './reading-buffer.js';
import type { TakenRows } from './taken-rows.js';

/**
 * Bytes of a file in, records out, whatever pieces the bytes come in. It does no I/O: who reads the file puts bytes behind those that are here, and
 * takes what is complete.
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
  /** What is here and not yet taken. */
  readonly bytes: ReadingBuffer;
  /** The records of all rows that are complete (with `isEnd`: of all that is here); undefined when nothing was taken. Throws FileFault. */
  take(isEnd: boolean): TakenRows | undefined;
}

/** From here on the file cannot be read. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}
