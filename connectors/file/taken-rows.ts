// Makes records of the rows that a format finds, and notes the bad ones with their raw bytes and their place in the file.

import { type BadRecord, ConfigError, type SourceRecord } from '../../connect/api/index.js';
import type { LineBlock } from './line-block.js';
import { tooLong } from './line-limit.js';
import type { RowTaker } from './row-format.js';
import type { RowMapping } from './row-mapping.js';

/** As much of a bad line as a dead letter holds, so that it fits into a topic whatever the line was. */
const rawBytesMax = 64 * 1024;

export class TakenRows implements RowTaker {
  readonly records: SourceRecord[] = [];
  readonly badRecords: BadRecord[] = [];
  readonly #file: string;
  readonly #toRecord: RowMapping;
  readonly #lineBytesMax: number;
  #block: LineBlock | undefined;
  #position = 0;
  #line = 1;

  constructor(options: { file: string; toRecord: RowMapping; lineBytesMax: number }) {
    this.#file = options.file;
    this.#toRecord = options.toRecord;
    this.#lineBytesMax = options.lineBytesMax;
  }

  /** What comes next is of this block, which begins at this byte and line of the file. */
  of(block: LineBlock, position: number, line: number): this {
    this.#block = block;
    this.#position = position;
    this.#line = line;
    return this;
  }

  row(row: unknown, index: number, lineCount: number): void {
    const fault = this.#take(row);
    if (fault !== undefined) this.bad(index, lineCount, fault);
  }

  bad(index: number, lineCount: number, error: Error): void {
    const block = this.#block!;
    const raw = block.copyOf(index, lineCount, Math.min(rawBytesMax, this.#lineBytesMax));
    this.#note(raw, error, this.#position + block.startOf(index), this.#line + index);
  }

  /** A row out of bytes that are no lines. */
  rowOf(row: unknown, bytes: Buffer, position: number, line: number): void {
    const fault = this.#take(row);
    if (fault !== undefined) this.badBytes(bytes, fault, position, line);
  }

  badBytes(bytes: Buffer, error: Error, position: number, line: number): void {
    this.#note(Buffer.from(bytes.subarray(0, Math.min(rawBytesMax, this.#lineBytesMax))), error, position, line);
  }

  /** A line of `lengthBytes` was passed over; `head` is how it begins. */
  skipped(head: Buffer, lengthBytes: number, position: number, line: number): void {
    const raw = head.subarray(0, Math.min(rawBytesMax, this.#lineBytesMax));
    this.#note(raw, tooLong(lengthBytes, this.#lineBytesMax), position, line);
  }

  /** Returns why it is bad, if it is. */
  #take(row: unknown): Error | undefined {
    let record: SourceRecord | undefined;
    try {
      record = this.#toRecord(row);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      return error instanceof Error ? error : new Error(String(error));
    }
    if (record !== undefined) this.records.push(record);
    return undefined;
  }

  #note(raw: Buffer, error: Error, offset: number, line: number): void {
    this.badRecords.push({ raw, error, position: { file: this.#file, line, offset } });
  }
}
