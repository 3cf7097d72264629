// Bytes of a file in, records out, whatever pieces the bytes come in. It does no I/O: who reads the file puts bytes behind what is here
// (`space`, `filled`) and takes what is complete.
// Invariant: `position` and `line` are those of the first byte that no record has been made of; a restart there loses nothing and repeats nothing.

import { LineBlock } from './line-block.js';
import type { Forced, RowFormat } from './row-format.js';
import type { RowMapping } from './row-mapping.js';
import { TakenRows } from './taken-rows.js';

const lineFeed = 10;
const carriageReturn = 13;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

export interface RecordReaderOptions {
  readonly file: string;
  readonly format: RowFormat;
  readonly toRecord: RowMapping;
  readonly lineBytesMax: number;
  readonly batchBytes: number;
}

export class RecordReader {
  position = 0;
  line = 1;
  readonly #options: RecordReaderOptions;
  #buffer: Buffer;
  #start = 0;
  #end = 0;
  /** How many bytes of a line that is too long were passed over; its head is kept. */
  #skippedBytes = 0;
  #skippedHead: Buffer | undefined;
  #hasSkippedReturn = false;

  constructor(options: RecordReaderOptions) {
    this.#options = options;
    this.#buffer = Buffer.allocUnsafeSlow(options.batchBytes * 2);
  }

  /** Goes on reading at this place of another (or the same) file; what is here and not taken is dropped. */
  moveTo(position: number, line: number): void {
    this.position = position;
    this.line = line;
    this.#start = this.#end = this.#skippedBytes = 0;
    this.#skippedHead = undefined;
  }

  /** Where in the file the next bytes are to be read. */
  get readPosition(): number {
    return this.position + this.#skippedBytes + this.#end - this.#start;
  }

  /** A buffer and where in it to put up to `length` bytes. */
  space(): { buffer: Buffer; at: number; length: number } {
    const length = this.#options.batchBytes;
    if (this.#buffer.length - this.#end < length) {
      const held = this.#end - this.#start;
      const target = held + length > this.#buffer.length ? Buffer.allocUnsafeSlow((held + length) * 2) : this.#buffer;
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#buffer = target;
      this.#start = 0;
      this.#end = held;
    }
    return { buffer: this.#buffer, at: this.#end, length };
  }

  filled(count: number): void {
    this.#end += count;
  }

  /** The records of all rows that are complete (with `isEnd`: of all that is here); undefined when nothing was taken. */
  take(isEnd: boolean): TakenRows | undefined {
    const first = this.position;
    if (first === 0 && !this.#passByteOrderMark(isEnd)) return undefined;
    const taken = new TakenRows(this.#options);
    if (this.#skippedHead !== undefined && !this.#endSkipped(isEnd, taken)) return undefined;
    const before = this.position;
    const blockEnd = isEnd
      ? this.#end
      : this.#start + this.#buffer.subarray(this.#start, this.#end).lastIndexOf(lineFeed) + 1;
    this.#takeBlock(blockEnd, isEnd ? 'all' : 'none', taken);
    const held = this.#end - this.#start;
    // Two more than the limit: a line end at the end of what is here does not count as a part of the line.
    if (!isEnd && this.position === before && held > this.#options.lineBytesMax + 2) {
      if (blockEnd > this.#start) this.#takeBlock(blockEnd, 'first', taken);
      else this.#beginSkip();
    }
    return this.position === first ? undefined : taken;
  }

  #takeBlock(blockEnd: number, forced: Forced, taken: TakenRows): void {
    if (blockEnd <= this.#start) return;
    const block = new LineBlock(this.#buffer.subarray(this.#start, blockEnd));
    const lineCount = this.#options.format.take(block, forced, taken.of(block, this.position, this.line));
    const takenBytes = block.startOf(lineCount);
    this.#start += takenBytes;
    this.position += takenBytes;
    this.line += lineCount;
  }

  /** Returns false while it cannot be told whether the file begins with a mark. */
  #passByteOrderMark(isEnd: boolean): boolean {
    const head = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + 3));
    if (head.length < 3) return isEnd || head.length === 0 || head.compare(byteOrderMark, 0, head.length) !== 0;
    if (head.equals(byteOrderMark)) {
      this.#start += 3;
      this.position += 3;
    }
    return true;
  }

  #beginSkip(): void {
    this.#skippedHead = Buffer.from(this.#buffer.subarray(this.#start, this.#end));
    this.#skip(this.#end);
  }

  /** Looks for the end of a line that is being passed over. Returns false when it is not here. */
  #endSkipped(isEnd: boolean, taken: TakenRows): boolean {
    const feed = this.#buffer.subarray(this.#start, this.#end).indexOf(lineFeed);
    this.#skip(feed < 0 ? this.#end : this.#start + feed);
    if (feed < 0 && !isEnd) return false;
    taken.skipped(this.#skippedHead!, this.#skippedBytes - (this.#hasSkippedReturn ? 1 : 0), this.position, this.line);
    this.#start += feed < 0 ? 0 : 1;
    this.position += this.#skippedBytes + (feed < 0 ? 0 : 1);
    this.line++;
    this.#skippedBytes = 0;
    this.#skippedHead = undefined;
    return true;
  }

  #skip(until: number): void {
    if (until > this.#start) this.#hasSkippedReturn = this.#buffer[until - 1] === carriageReturn;
    this.#skippedBytes += until - this.#start;
    this.#start = until;
  }
}
