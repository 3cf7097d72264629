// csv files (RFC 4180). The columns of a file are those in its header: a record with one that is not there begins another file, whose header has
// it too. What a record lacks is an empty cell, and an empty text is `""`, so that the two can be told apart.

import { stringify } from 'csv-stringify/sync';
import type { SinkRecord } from '../../connect/api/index.js';
import { base64, jsonText } from './json-text.js';
import type { SinkFileWriter, SinkFormat } from './sink-format.js';
import type { RowOf } from './sink-row.js';

export interface CsvSinkOptions {
  readonly delimiter: string;
  readonly hasHeader: boolean;
  /** Undefined: those of the records. */
  readonly columns: readonly string[] | undefined;
  readonly rowOf: RowOf;
}

export class CsvSinkFormat implements SinkFormat {
  readonly extension = 'csv';
  readonly #options: CsvSinkOptions;
  /** All that were seen so far. */
  readonly #known: string[] = [];

  constructor(options: CsvSinkOptions) {
    this.#options = options;
  }

  begin(): SinkFileWriter {
    return new CsvWriter(this.#options, this.#known);
  }
}

class CsvWriter implements SinkFileWriter {
  gatheredBytes = 0;
  readonly #options: CsvSinkOptions;
  readonly #known: string[];
  readonly #columns: string[];
  readonly #names: Set<string>;
  #rows: (string | null)[][] = [];
  #isEmpty = true;

  constructor(options: CsvSinkOptions, known: string[]) {
    this.#options = options;
    this.#known = known;
    this.#columns = [...(options.columns ?? known)];
    this.#names = new Set(this.#columns);
  }

  add(record: SinkRecord): boolean {
    const { cells, schema } = this.#options.rowOf(record);
    const names = schema?.fields?.map(field => field.field) ?? Object.keys(cells);
    if (this.#options.columns === undefined && !this.#hasAll(names)) return false;
    const row = this.#columns.map(name => cellText(cells[name]));
    // An empty line would be no row at all to those who read it.
    if (row.length === 1) row[0] ??= '';
    if (this.#isEmpty && this.#options.hasHeader) this.#rows.push(this.#columns);
    this.#isEmpty = false;
    this.#rows.push(row);
    for (const cell of row) this.gatheredBytes += (cell?.length ?? 0) + 1;
    return true;
  }

  take(): Buffer {
    const { delimiter } = this.#options;
    const text = stringify(this.#rows, { delimiter, quoted_match: /^$/, record_delimiter: '\n' });
    this.#rows = [];
    this.gatheredBytes = 0;
    return Buffer.from(text);
  }

  end(): Buffer {
    return this.take();
  }

  /** Before the first row of a file new columns are taken in. */
  #hasAll(names: readonly string[]): boolean {
    const added = names.filter(name => !this.#names.has(name));
    for (const name of added) if (!this.#known.includes(name)) this.#known.push(name);
    if (added.length > 0 && !this.#isEmpty) return false;
    this.#columns.push(...added);
    for (const name of added) this.#names.add(name);
    // Only records without a value were seen so far.
    if (this.#columns.length === 0) this.#columns.push('value');
    return true;
  }
}

function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return base64(value);
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? jsonText(value) : String(value);
}
