// The complete lines of a piece of a file, decoded at once. Byte positions of single lines are found only when somebody asks (for a bad line), by
// walking the raw bytes: the decoded text cannot tell them, as an invalid sequence has another length there.

import { isUtf8 } from 'node:buffer';
import { type TextEncoding, utf8Encoding } from './text-encoding.js';

const carriageReturn = 13;

export class LineBlock {
  /** Without their line feeds; a carriage return before it is still there. */
  readonly lines: readonly string[];
  private readonly bytes: Buffer;
  readonly #encoding: TextEncoding;
  /** Where in `bytes` the line `#line` starts: moves forward only. */
  #line = 0;
  #lineStart = 0;
  /** Of the line before that: a bad line is asked for its start after its end. */
  #startBefore = 0;
  readonly #isWholeText: boolean;

  /** `bytes`: whole lines, the last one with its line feed, or without one at the end of the file. Empty bytes hold no line. */
  constructor(bytes: Buffer, encoding: TextEncoding = utf8Encoding) {
    this.bytes = bytes;
    this.#encoding = encoding;
    const lines = encoding.lines(bytes);
    if (bytes.length === 0 || encoding.afterLastLineFeed(bytes) === bytes.length) lines.pop();
    this.lines = lines;
    this.#isWholeText = encoding.isUtf8 ? isUtf8(bytes) : encoding.unitBytes > 1;
  }

  get encodingName(): string {
    return this.#encoding.name;
  }

  /** Whether the bytes of the line are what the encoding knows: others are not read as something else. */
  isText(index: number): boolean {
    if (this.#isWholeText || !this.lines[index]!.includes('\ufffd')) return true;
    return this.#encoding.isUtf8 && isUtf8(this.bytes.subarray(this.startOf(index), this.startOf(index + 1)));
  }

  /** False when no line holds the character; true when one may. */
  mayHold(character: string): boolean {
    return !this.#encoding.isUtf8 || this.bytes.includes(character);
  }

  /** Where line `index` starts, in bytes from the start of the block; for `lines.length` its end. */
  startOf(index: number): number {
    if (index >= this.lines.length) return this.bytes.length;
    if (index === this.#line - 1) return this.#startBefore;
    if (index < this.#line) this.#line = this.#lineStart = 0;
    const { unitBytes } = this.#encoding;
    for (; this.#line < index; this.#line++) {
      this.#startBefore = this.#lineStart;
      this.#lineStart = this.#encoding.indexOfLineFeed(this.bytes, this.#lineStart) + unitBytes;
    }
    return this.#lineStart;
  }

  /** The length of `count` lines from `index` on, in bytes, without the last one's line end. */
  lengthOf(index: number, count: number): number {
    const { unitBytes } = this.#encoding;
    const start = this.startOf(index);
    let end = this.startOf(index + count);
    if (end > start && this.#encoding.indexOfLineFeed(this.bytes, end - unitBytes) === end - unitBytes)
      end -= unitBytes;
    if (end > start && this.#encoding.isCarriageReturn(this.bytes, end - unitBytes)) end -= unitBytes;
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
