// Reads formats of lines. A line that is too long is passed over, and its head is kept for the dead letter.

import { ConfigError } from '../../connect/api/index.js';
import { LineBlock } from './line-block.js';
import { ReadingBuffer } from './reading-buffer.js';
import type { Forced, RowFormat } from './row-format.js';
import type { RowMapping } from './row-mapping.js';
import type { RowReader } from './row-reader.js';
import { TakenRows } from './taken-rows.js';
import { type TextEncoding, utf8Encoding } from './text-encoding.js';

export interface RecordReaderOptions {
  readonly file: string;
  readonly format: RowFormat;
  readonly toRecord: RowMapping;
  readonly lineBytesMax: number;
  readonly batchBytes: number;
  readonly encoding?: TextEncoding;
}

export class RecordReader implements RowReader {
  position = 0;
  line = 1;
  readonly #options: RecordReaderOptions;
  readonly #encoding: TextEncoding;
  readonly bytes: ReadingBuffer;
  /** How many bytes of a line that is too long were passed over; its head is kept. */
  #skippedBytes = 0;
  #skippedHead: Buffer | undefined;
  #hasSkippedReturn = false;

  constructor(options: RecordReaderOptions) {
    this.#options = options;
    this.#encoding = options.encoding ?? utf8Encoding;
    this.bytes = new ReadingBuffer(options.batchBytes);
  }

  get isReady(): boolean {
    return this.#options.format.isReady;
  }

  get readPosition(): number {
    return this.position + this.#skippedBytes + this.bytes.length;
  }

  learner(): RowReader {
    return new RecordReader({ ...this.#options, toRecord: () => undefined });
  }

  moveTo(position: number, line: number): void {
    this.position = position;
    this.line = line;
    this.bytes.clear();
    this.#skippedBytes = 0;
    this.#skippedHead = undefined;
    if (position === 0) this.#options.format.reset();
  }

  take(isEnd: boolean): TakenRows | undefined {
    const first = this.position;
    if (this.#isAtStart && !this.#passByteOrderMark(isEnd)) return undefined;
    const taken = new TakenRows(this.#options);
    if (this.#skippedHead !== undefined && !this.#endSkipped(isEnd, taken)) return undefined;
    const before = this.position;
    const blockBytes = isEnd ? this.bytes.length : this.#encoding.afterLastLineFeed(this.bytes.held);
    this.#takeBlock(blockBytes, isEnd ? 'all' : 'none', taken);
    // Two characters more than the limit: a line end at the end of what is here does not count as a part of the line.
    const heldMax = this.#options.lineBytesMax + 2 * this.#encoding.unitBytes;
    if (!isEnd && this.position === before && this.bytes.length > heldMax) {
      if (blockBytes > 0) this.#takeBlock(blockBytes, 'first', taken);
      else this.#beginSkip(this.#options.lineBytesMax);
    }
    return this.position === first ? undefined : taken;
  }

  #takeBlock(blockBytes: number, forced: Forced, taken: TakenRows): void {
    if (blockBytes === 0) return;
    const block = new LineBlock(this.bytes.held.subarray(0, blockBytes), this.#encoding);
    const lineCount = this.#options.format.take(block, forced, taken.of(block, this.position, this.line));
    const takenBytes = block.startOf(lineCount);
    this.bytes.start += takenBytes;
    this.position += takenBytes;
    this.line += lineCount;
  }

  /** What is here begins at the first byte of the file: nothing was taken, and nothing of a line that is too long was passed over. */
  get #isAtStart(): boolean {
    return this.position === 0 && this.#skippedHead === undefined;
  }

  /** Returns false while it cannot be told whether the file begins with a mark. */
  #passByteOrderMark(isEnd: boolean): boolean {
    const { byteOrderMark: mark } = this.#encoding;
    const head = this.bytes.held.subarray(0, mark.length);
    if (head.length < mark.length) return isEnd || head.length === 0 || head.compare(mark, 0, head.length) !== 0;
    if (head.equals(mark)) {
      this.bytes.start += mark.length;
      this.position += mark.length;
    }
    return true;
  }

  #beginSkip(bytesMax: number): void {
    // The next line is not the one that names the columns.
    if (!this.isReady)
      throw new ConfigError(
        `the csv header is longer than line.bytes.max (${bytesMax}): raise it, or name the columns`,
      );
    this.#skippedHead = Buffer.from(this.bytes.held);
    this.#skip(this.#wholeUnits());
  }

  /** Looks for the end of a line that is being passed over. Returns false when it is not here. */
  #endSkipped(isEnd: boolean, taken: TakenRows): boolean {
    const { unitBytes } = this.#encoding;
    const feed = this.#encoding.indexOfLineFeed(this.bytes.held, 0);
    this.#skip(feed >= 0 ? feed : isEnd ? this.bytes.length : this.#wholeUnits());
    if (feed < 0 && !isEnd) return false;
    const length = this.#skippedBytes - (this.#hasSkippedReturn ? unitBytes : 0);
    taken.skipped(this.#skippedHead!, length, this.position, this.line);
    const feedBytes = feed < 0 ? 0 : unitBytes;
    this.bytes.start += feedBytes;
    this.position += this.#skippedBytes + feedBytes;
    this.line++;
    this.#skippedBytes = 0;
    this.#skippedHead = undefined;
    return true;
  }

  #wholeUnits(): number {
    return this.bytes.length - (this.bytes.length % this.#encoding.unitBytes);
  }

  #skip(count: number): void {
    const { unitBytes } = this.#encoding;
    if (count >= unitBytes)
      this.#hasSkippedReturn = this.#encoding.isCarriageReturn(this.bytes.held, count - unitBytes);
    this.#skippedBytes += count;
    this.bytes.start += count;
  }
}
