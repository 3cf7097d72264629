import { DataError } from '../../connect/api/index.js';
import type { LineBlock } from './line-block.js';
import type { RowTaker } from './row-format.js';

/** The longest line that is still read as one, in bytes without its line end. */
export class LineLimit {
  readonly bytesMax: number;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** True, and noted as bad, when the line at `index` is too long, or no text. */
  isRefused(block: LineBlock, index: number, taker: RowTaker): boolean {
    const fault = this.faultOf(block, index);
    if (fault !== undefined) taker.bad(index, 1, fault);
    return fault !== undefined;
  }

  faultOf(block: LineBlock, index: number): DataError | undefined {
    // First: of a line that comes in pieces nobody knows whether it is text.
    if (this.isExceeded(block, index, 1, block.lines[index]!.length))
      return tooLong(block.lengthOf(index, 1), this.bytesMax);
    return block.isText(index) ? undefined : notText(block.encodingName);
  }

  /** Whether `count` lines of together `charCount` characters are longer than the limit; bytes are counted only when they may be. */
  isExceeded(block: LineBlock, index: number, count: number, charCount: number): boolean {
    return charCount * 4 > this.bytesMax && block.lengthOf(index, count) > this.bytesMax;
  }
}

/** What would be read of it says less than what is there. */
export function notText(encoding: string): DataError {
  return new DataError(`not ${encoding}: set file.encoding to what the file is written in, such as windows-1252`);
}

export function tooLong(lengthBytes: number, bytesMax: number): DataError {
  return new DataError(`a line of ${lengthBytes} bytes, longer than line.bytes.max (${bytesMax})`);
}
