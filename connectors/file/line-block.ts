// The complete lines of a piece of a file, decoded at once. A line feed never occurs inside a UTF-8 sequence, so cutting there is safe
// however the piece was read. Byte positions of single lines are found only when somebody asks (for a bad line), by walking the raw bytes:
// the decoded text cannot tell them, as an invalid sequence has another length there.

import { isAscii } from 'node:buffer';

const lineFeed = 10;
const carriageReturn = 13;

export class LineBlock {
  /** Without their line feeds; a carriage return before it is still there. */
  readonly lines: readonly string[];
  private readonly bytes: Buffer;
  /** Where in `bytes` the line `#line` starts: moves forward only. */
  #line = 0;
  #lineStart = 0;

  /** `bytes`: whole lines, the last one with its line feed, or without one at the end of the file. Empty bytes hold no line. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    const lines = (isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8')).split('\n');
    if (bytes.length === 0 || bytes[bytes.length - 1] === lineFeed) lines.pop();
    this.lines = lines;
  }

  includes(character: string): boolean {
    return this.bytes.includes(character);
  }

  /** Where line `index` starts, in bytes from the start of the block; for `lines.length` its end. */
  startOf(index: number): number {
    if (index >= this.lines.length) return this.bytes.length;
    if (index < this.#line) this.#line = this.#lineStart = 0;
    for (; this.#line < index; this.#line++) this.#lineStart = this.bytes.indexOf(lineFeed, this.#lineStart) + 1;
    return this.#lineStart;
  }

  /** The length of `count` lines from `index` on, in bytes, without the last one's line end. */
  lengthOf(index: number, count: number): number {
    const start = this.startOf(index);
    let end = this.startOf(index + count);
    if (end > start && this.bytes[end - 1] === lineFeed) end--;
    if (end > start && this.bytes[end - 1] === carriageReturn) end--;
    return end - start;
  }

  /** A copy of the bytes of `count` lines, without the last one's line end, at most `bytesMax` of them. */
  copyOf(index: number, count: number, bytesMax: number): Buffer {
    const length = this.lengthOf(index, count);
    const start = this.startOf(index);
    return Buffer.from(this.bytes.subarray(start, start + Math.min(length, bytesMax)));
  }
}

export function withoutCarriageReturn(line: string): string {
  return line.charCodeAt(line.length - 1) === carriageReturn ? line.slice(0, -1) : line;
}
