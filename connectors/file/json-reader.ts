// Reads the values of one JSON array, or JSON values one after the other, as they come: never more than one value is held whole. A value that is no
// JSON between its brackets is a bad record; where the array itself is broken, nothing behind can be trusted and reading ends (FileFault).

import { isUtf8 } from 'node:buffer';
import { DataError, exactJson } from '../../connect/api/index.js';
import { isBlank, JsonScanner, jsonBytes } from './json-scanner.js';
import { notText, tooLong } from './line-limit.js';
import { ReadingBuffer } from './reading-buffer.js';
import type { RowMapping } from './row-mapping.js';
import { FileFault, type RowReader } from './row-reader.js';
import { TakenRows } from './taken-rows.js';

const lineFeed = 10;
const byteOrderMark = Buffer.from('\ufeff');

export interface JsonReaderOptions {
  readonly file: string;
  readonly toRecord: RowMapping;
  readonly lineBytesMax: number;
  readonly batchBytes: number;
  /** What the head of the file has told. Readers of one file share it. */
  readonly learnt: { isArray: boolean | undefined };
}

/** What may come next, outside of a value. */
type Expected = 'head' | 'value-or-end' | 'value' | 'comma-or-end' | 'nothing';

export class JsonReader implements RowReader {
  position = 0;
  line = 1;
  readonly #options: JsonReaderOptions;
  readonly bytes: ReadingBuffer;
  readonly #scanner = new JsonScanner();
  #expected: Expected = 'head';
  /** Bytes behind `position` that are looked at already, and dropped from what is held. */
  #droppedBytes = 0;
  #passedLines = 0;
  /** How many of the held bytes are looked at. */
  #at = 0;
  /** Where in the held bytes the value begins that is being looked at; undefined outside of one. */
  #valueAt: number | undefined;
  #valueLine = 1;
  /** The head of a value that is too long to be held. */
  #longHead: Buffer | undefined;
  #longBytes = 0;
  /** Found behind values that were handed out first. */
  #fault: FileFault | undefined;

  constructor(options: JsonReaderOptions) {
    this.#options = options;
    this.bytes = new ReadingBuffer(options.batchBytes);
  }

  get isReady(): boolean {
    return this.#options.learnt.isArray !== undefined;
  }

  get readPosition(): number {
    return this.position + this.#droppedBytes + this.bytes.length;
  }

  learner(): RowReader {
    return new JsonReader({ ...this.#options, toRecord: () => undefined });
  }

  moveTo(position: number, line: number): void {
    this.position = position;
    this.line = line;
    this.bytes.clear();
    this.#droppedBytes = this.#passedLines = this.#at = this.#longBytes = 0;
    this.#valueAt = this.#longHead = this.#fault = undefined;
    if (position === 0) this.#options.learnt.isArray = undefined;
    // A place to go on at is always behind a value.
    this.#expected = position === 0 ? 'head' : this.#options.learnt.isArray === false ? 'value-or-end' : 'comma-or-end';
  }

  take(isEnd: boolean): TakenRows | undefined {
    if (this.#fault !== undefined) throw this.#fault;
    const first = this.position;
    const taken = new TakenRows(this.#options);
    try {
      this.#takeAll(taken, isEnd);
    } catch (error) {
      if (!(error instanceof FileFault) || this.position === first) throw error;
      this.#fault = error;
    }
    if (this.position !== first) return taken;
    this.#dropLooked();
    return undefined;
  }

  #takeAll(taken: TakenRows, isEnd: boolean): void {
    const wasTold = this.readPosition > this.position;
    while (this.#at < this.bytes.length) if (!this.#step(taken)) break;
    if (isEnd && wasTold) this.#end(taken);
  }

  /** Returns false when more bytes are needed. */
  #step(taken: TakenRows): boolean {
    const { held } = this.bytes;
    if (this.#valueAt === undefined) {
      if (this.#expected === 'head' && !this.#passMark(held)) return false;
      this.#between(held);
      return true;
    }
    const end = this.#scanner.scan(held, this.#at, held.length);
    this.#countLines(held, this.#at, end < 0 ? held.length : end);
    this.#at = end < 0 ? held.length : end;
    if (end >= 0) this.#finishValue(taken);
    else if (this.#longHead === undefined && held.length - this.#valueAt > this.#options.lineBytesMax)
      this.#beginLong();
    return end >= 0;
  }

  /** Looks at a byte that is in no value. */
  #between(held: Buffer): void {
    const byte = held[this.#at]!;
    if (isBlank(byte)) {
      if (byte === lineFeed) this.#passedLines++;
      this.#at++;
      return;
    }
    const { comma, openBracket, closeBracket } = jsonBytes;
    const { learnt } = this.#options;
    if (this.#expected === 'head') {
      learnt.isArray = byte === openBracket;
      this.#expected = 'value-or-end';
      if (learnt.isArray) this.#at++;
    } else if (learnt.isArray === true && byte === closeBracket && /-or-end$/.test(this.#expected)) {
      this.#expected = 'nothing';
      this.#at++;
    } else if (this.#expected === 'comma-or-end' && byte === comma) {
      this.#expected = 'value';
      this.#at++;
    } else if (this.#expected === 'value' || this.#expected === 'value-or-end') {
      this.#beginValue(byte);
    } else {
      const wanted = this.#expected === 'nothing' ? 'the end of the file' : 'a comma or ]';
      throw new FileFault(
        `${this.#place()}: ${JSON.stringify(String.fromCharCode(byte))} stands where ${wanted} should`,
      );
    }
  }

  #beginValue(byte: number): void {
    if (byte === jsonBytes.comma || byte === jsonBytes.closeBracket || byte === 125)
      throw new FileFault(`${this.#place()}: ${JSON.stringify(String.fromCharCode(byte))} stands where a value should`);
    this.#valueAt = this.#at;
    this.#valueLine = this.line + this.#passedLines;
    this.#scanner.begin(byte);
    this.#at++;
  }

  #finishValue(taken: TakenRows): void {
    const start = this.#valueAt!;
    const bytes = this.bytes.held.subarray(start, this.#at);
    const position = this.position + this.#droppedBytes + start - this.#longBytes;
    const length = bytes.length + this.#longBytes;
    if (length > this.#options.lineBytesMax)
      taken.badBytes(this.#longHead ?? bytes, tooLong(length, this.#options.lineBytesMax), position, this.#valueLine);
    else this.#parse(bytes, position, taken);
    this.position += this.#droppedBytes + this.#at;
    this.line += this.#passedLines;
    this.bytes.start += this.#at;
    this.#droppedBytes = this.#passedLines = this.#at = this.#longBytes = 0;
    this.#valueAt = this.#longHead = undefined;
    this.#expected = this.#options.learnt.isArray === true ? 'comma-or-end' : 'value-or-end';
  }

  #parse(bytes: Buffer, position: number, taken: TakenRows): void {
    let value: unknown;
    try {
      value = exactJson(textOf(bytes));
    } catch (cause) {
      const error =
        cause instanceof DataError ? cause : new DataError(`not a JSON value: ${(cause as Error).message}`, { cause });
      taken.badBytes(bytes, error, position, this.#valueLine);
      return;
    }
    taken.rowOf(value, bytes, position, this.#valueLine);
  }

  #end(taken: TakenRows): void {
    if (this.#valueAt !== undefined) {
      // In an array even a number may be cut off.
      if (!this.#scanner.mayEnd || this.#options.learnt.isArray === true)
        throw new FileFault(`${this.#place()}: the file ends inside a value`);
      this.#finishValue(taken);
    }
    if (this.#options.learnt.isArray === true && this.#expected !== 'nothing')
      throw new FileFault(`${this.#place()}: the file ends inside its array`);
    this.position = this.readPosition;
    this.line += this.#passedLines;
    this.bytes.clear();
    this.#droppedBytes = this.#passedLines = this.#at = 0;
  }

  #beginLong(): void {
    this.#longHead = Buffer.from(this.bytes.held.subarray(this.#valueAt));
  }

  /** Of what was looked at, keeps only the value that is not yet complete, and of one that is too long nothing. */
  #dropLooked(): void {
    const keepFrom = this.#valueAt === undefined || this.#longHead !== undefined ? this.#at : this.#valueAt;
    if (this.#longHead !== undefined) this.#longBytes += keepFrom - this.#valueAt!;
    if (this.#valueAt !== undefined) this.#valueAt = 0;
    this.bytes.start += keepFrom;
    this.#droppedBytes += keepFrom;
    this.#at -= keepFrom;
  }

  #passMark(held: Buffer): boolean {
    if (this.position + this.#droppedBytes + this.#at > 0 || held[0] !== byteOrderMark[0]) return true;
    if (held.length < 3) return false;
    if (held.subarray(0, 3).equals(byteOrderMark)) this.#at = 3;
    return this.#at < held.length;
  }

  #countLines(held: Buffer, from: number, to: number): void {
    for (let at = held.indexOf(lineFeed, from); at >= 0 && at < to; at = held.indexOf(lineFeed, at + 1))
      this.#passedLines++;
  }

  #place(): string {
    return `${this.#options.file}:${this.line + this.#passedLines} (byte ${this.position + this.#droppedBytes + this.#at})`;
  }
}

/** Throws DataError for what is not UTF-8. */
function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw notText('utf-8');
  return bytes.toString();
}
