// One row of a csv file (RFC 4180), fed line by line: a quoted cell may go on over line ends. A quote opens a cell only where the cell starts, is
// doubled inside, and is followed by a delimiter or the end of the row; anything else is an error, never a guess.

import { DataError } from '../../connect/api/index.js';
import { withoutCarriageReturn } from './line-block.js';

export class CsvRow {
  /** Of the last row; the next one is put into the same array. */
  readonly cells: string[] = [];
  readonly #delimiter: string;
  readonly #quote: string;
  readonly #doubledQuote: string;
  /** What a quoted cell that is still open holds so far; undefined when none is open. */
  #open: string[] | undefined;

  constructor(delimiter: string, quote: string) {
    this.#delimiter = delimiter;
    this.#quote = quote;
    this.#doubledQuote = quote + quote;
  }

  begin(): void {
    this.cells.length = 0;
    this.#open = undefined;
  }

  /** Takes a line (a carriage return at its end included). Returns whether the row is complete; throws DataError when it is none. */
  feed(line: string): boolean {
    let at = 0;
    if (this.#open !== undefined) {
      at = this.#quoted(line, 0);
      if (at < 0) return false;
      if (at === 0) return true;
    }
    const text = withoutCarriageReturn(line);
    for (;;) {
      if (text.startsWith(this.#quote, at)) {
        this.#open = [];
        at = this.#quoted(line, at + 1);
        if (at < 0) return false;
        if (at === 0) return true;
      } else {
        const end = text.indexOf(this.#delimiter, at);
        const cell = end < 0 ? text.slice(at) : text.slice(at, end);
        if (cell.includes(this.#quote)) throw misplacedQuote(this.#quote, this.cells.length + 1);
        this.cells.push(cell);
        if (end < 0) return true;
        at = end + 1;
      }
    }
  }

  /** Reads on in an open cell from `at`. Returns where the next cell starts, 0 when the row has ended, -1 when the cell is still open. */
  #quoted(line: string, at: number): number {
    const close = this.#closingQuote(line, at);
    this.#open!.push(close < 0 ? `${line.slice(at)}\n` : line.slice(at, close));
    if (close < 0) return -1;
    const cell = this.#open!.length === 1 ? this.#open![0]! : this.#open!.join('');
    this.#open = undefined;
    this.cells.push(cell.includes(this.#quote) ? cell.replaceAll(this.#doubledQuote, this.#quote) : cell);
    const next = close + 1;
    if (line.startsWith(this.#delimiter, next)) return next + 1;
    if (next === line.length || (next === line.length - 1 && line.endsWith('\r'))) return 0;
    throw misplacedQuote(this.#quote, this.cells.length);
  }

  #closingQuote(line: string, at: number): number {
    for (let quote = line.indexOf(this.#quote, at); quote >= 0; quote = line.indexOf(this.#quote, quote + 2)) {
      if (!line.startsWith(this.#quote, quote + 1)) return quote;
    }
    return -1;
  }
}

function misplacedQuote(quote: string, column: number): DataError {
  return new DataError(`a stray ${quote} in column ${column}: quotes enclose a whole cell and are doubled inside it`);
}
