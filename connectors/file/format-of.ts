import { extname } from 'node:path';
import { ConfigError } from '../../connect/api/index.js';
import { columnTypes } from './column-type.js';
import { CsvFormat } from './csv-format.js';
import { delimiterOf } from './delimiter.js';
import type { FileSourceConfig } from './file-source-config.js';
import { JsonlFormat } from './jsonl-format.js';
import { LinesFormat } from './lines-format.js';
import type { RowFormat } from './row-format.js';

export type FormatName = 'csv' | 'jsonl' | 'json' | 'lines';

const byExtension: Readonly<Record<string, FormatName>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
};

/** The configured format, or the one that the name of the file (or pattern) tells; a `.gz` behind it does not count. */
export function formatName(config: { format?: FormatName | undefined }, file: string): FormatName {
  return config.format ?? byExtension[extensionOf(file)] ?? 'lines';
}

function extensionOf(file: string): string {
  return extname(file.replace(/\.gz$/i, '')).toLowerCase();
}

/** The reader of the configured format of lines. Columns that the configuration names are checked against those of the file. */
export function formatOf(config: FileSourceConfig, file: string): RowFormat {
  const lineBytesMax = config['line.bytes.max'];
  const name = formatName(config, file);
  if (name === 'lines') return new LinesFormat(lineBytesMax);
  if (name === 'jsonl') return new JsonlFormat(lineBytesMax);
  const types = columnTypes(config['csv.types']);
  const delimiter = delimiterOf(
    config['csv.delimiter'] ?? (extensionOf(file) === '.tsv' ? '\t' : ','),
    'csv.delimiter',
  );
  if (config['csv.quote'] === delimiter)
    throw new ConfigError(`csv.quote: ${JSON.stringify(delimiter)} separates columns: it cannot enclose them too`);
  return new CsvFormat({
    delimiter,
    quote: config['csv.quote'],
    columns: config['csv.columns'],
    lineBytesMax,
    rowOf: columns => {
      for (const [option, column] of namedColumns(config, types.keys())) requireColumn(columns, column, option, file);
      const readers = columns.map(column => types.get(column));
      return types.size === 0 ? cells => textRow(columns, cells) : cells => typedRow(columns, readers, cells);
    },
  });
}

function* namedColumns(config: FileSourceConfig, typed: Iterable<string>): Iterable<readonly [string, string]> {
  for (const column of typed) yield ['csv.types', column];
  for (const option of ['key.column', 'timestamp.column'] as const) {
    const column = config[option];
    if (column !== undefined && config.map === undefined) yield [option, column];
  }
}

function requireColumn(columns: readonly string[], column: string, option: string, file: string): void {
  if (columns.includes(column)) return;
  throw new ConfigError(`${option}: ${file} has no column "${column}"`, { given: column, known: columns });
}

function textRow(columns: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let index = 0; index < columns.length; index++) row[columns[index]!] = cells[index]!;
  return row;
}

function typedRow(
  columns: readonly string[],
  readers: readonly (((cell: string, column: string) => unknown) | undefined)[],
  cells: readonly string[],
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    const reader = readers[index];
    row[column] = reader === undefined ? cells[index]! : reader(cells[index]!, column);
  }
  return row;
}
