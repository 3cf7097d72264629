// csv with or without a header row. A bad row is its first line only, and reading goes on with the next line: a stray quote then costs one
// row, not the rest of the file. Rows without any quote (most) are split at their delimiters; the others go through CsvRow.

import { ConfigError, DataError } from '../../connect/api/index.js';
import { CsvRow } from './csv-row.js';
import { type LineBlock, withoutCarriageReturn } from './line-block.js';
import { LineLimit, notText } from './line-limit.js';
import type { Forced, RowFormat, RowTaker } from './row-format.js';

export interface CsvOptions {
  readonly delimiter: string;
  readonly quote: string;
  /** Names of the columns; without it the first row is a header. */
  readonly columns: readonly string[] | undefined;
  readonly lineBytesMax: number;
  /** Told the columns as soon as they are known; makes an object of the cells, or throws DataError. */
  rowOf(columns: readonly string[]): (cells: readonly string[]) => unknown;
}

export class CsvFormat implements RowFormat {
  readonly #options: CsvOptions;
  readonly #limit: LineLimit;
  readonly #row: CsvRow;
  #columns: readonly string[] | undefined;
  #toRow: ((cells: readonly string[]) => unknown) | undefined;

  constructor(options: CsvOptions) {
    this.#options = options;
    this.#limit = new LineLimit(options.lineBytesMax);
    this.#row = new CsvRow(options.delimiter, options.quote);
    this.reset();
  }

  get isReady(): boolean {
    return this.#columns !== undefined;
  }

  reset(): void {
    this.#columns = undefined;
    if (this.#options.columns !== undefined) this.#learn(this.#options.columns);
  }

  take(block: LineBlock, forced: Forced, taker: RowTaker): number {
    const { lines } = block;
    const { delimiter, quote } = this.#options;
    const hasQuotes = block.mayHold(quote);
    let index = 0;
    while (index < lines.length) {
      const line = lines[index]!;
      if (line === '' || line === '\r' || this.#isRefused(block, index, taker)) {
        index++;
      } else if (hasQuotes && line.includes(quote)) {
        const isForced = forced === 'all' || (forced === 'first' && index === 0);
        const count = this.#quotedRow(block, index, isForced, taker);
        if (count === 0) break;
        index += count;
      } else {
        splitInto(this.#row.cells, withoutCarriageReturn(line), delimiter);
        this.#finish(index, 1, taker);
        index++;
      }
    }
    return index;
  }

  /** A line in the place of the header cannot be left out: the next one is none. */
  #isRefused(block: LineBlock, index: number, taker: RowTaker): boolean {
    if (this.isReady) return this.#limit.isRefused(block, index, taker);
    const fault = this.#limit.faultOf(block, index);
    if (fault !== undefined) throw unreadableHeader(fault);
    return false;
  }

  /** Returns how many lines the row has taken; 0 when it needs more lines than the block has. */
  #quotedRow(block: LineBlock, index: number, isForced: boolean, taker: RowTaker): number {
    let count: number;
    try {
      count = this.#feed(block, index, isForced);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      if (!this.isReady) throw unreadableHeader(error);
      taker.bad(index, 1, error);
      return 1;
    }
    return count === 0 || this.#finish(index, count, taker) ? count : 1;
  }

  #feed(block: LineBlock, index: number, isForced: boolean): number {
    this.#row.begin();
    let charCount = 0;
    for (let count = 1; index + count <= block.lines.length; count++) {
      const line = block.lines[index + count - 1]!;
      charCount += line.length + 1;
      if (this.#limit.isExceeded(block, index, count, charCount)) throw this.#unclosed();
      if (!block.isText(index + count - 1)) throw notText(block.encodingName);
      if (this.#row.feed(line)) return count;
    }
    if (isForced) throw this.#unclosed();
    return 0;
  }

  #unclosed(): DataError {
    return new DataError(
      `a quote that is not closed before the file ends, or within line.bytes.max (${this.#limit.bytesMax})`,
    );
  }

  /** Makes a row of the cells. Returns false when their number is wrong: then only the first line counts as taken. */
  #finish(index: number, lineCount: number, taker: RowTaker): boolean {
    const { cells } = this.#row;
    if (this.#columns === undefined) {
      this.#learn([...cells]);
      return true;
    }
    if (cells.length !== this.#columns.length) {
      taker.bad(
        index,
        1,
        new DataError(`${cells.length} columns where there are ${this.#columns.length} (${this.#columns.join(', ')})`),
      );
      return false;
    }
    let row: unknown;
    try {
      row = this.#toRow!(cells);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      taker.bad(index, lineCount, error);
      return true;
    }
    taker.row(row, index, lineCount);
    return true;
  }

  #learn(columns: readonly string[]): void {
    const twice = columns.find((column, index) => columns.indexOf(column) !== index);
    if (columns.includes('__proto__'))
      throw new ConfigError('a csv column cannot be named __proto__: name the columns in csv.columns');
    if (twice !== undefined)
      throw new ConfigError(`there are two columns named "${twice}": name the columns in csv.columns`);
    this.#toRow = this.#options.rowOf(columns);
    this.#columns = columns;
  }
}

function unreadableHeader(fault: Error): ConfigError {
  return new ConfigError(
    `the csv header cannot be read (${fault.message}): mend it, or name the columns in csv.columns`,
  );
}

/** As `split`, into an array that is there already: twice as fast (measured), as the cells are taken out of it at once. */
function splitInto(cells: string[], line: string, delimiter: string): void {
  cells.length = 0;
  let at = 0;
  for (let end = line.indexOf(delimiter); end >= 0; end = line.indexOf(delimiter, at)) {
    cells.push(line.slice(at, end));
    at = end + 1;
  }
  cells.push(line.slice(at));
}
