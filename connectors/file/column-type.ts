import { ConfigError, DataError } from '../../connect/api/index.js';

type CellReader = (cell: string, column: string) => unknown;

const readers: Readonly<Record<string, CellReader>> = {
  text: cell => cell,
  number: (cell, column) => (cell === '' ? null : readNumber(cell, column)),
  integer: (cell, column) => {
    const value = cell === '' ? null : readNumber(cell, column);
    if (value !== null && !Number.isSafeInteger(value)) throw badCell(column, cell, 'an integer');
    return value;
  },
  boolean: (cell, column) => {
    if (cell === '') return null;
    const word = cell.trim().toLowerCase();
    if (word === 'true' || word === '1') return true;
    if (word === 'false' || word === '0') return false;
    throw badCell(column, cell, 'true or false');
  },
};

/** Reads `csv.types`: column name to reader. Columns that it does not name are text. */
export function columnTypes(texts: readonly string[]): ReadonlyMap<string, CellReader> {
  return new Map(
    texts.map(text => {
      const colon = text.lastIndexOf(':');
      const [column, type] = colon < 0 ? [text, ''] : [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
      const reader = Object.hasOwn(readers, type) ? readers[type] : undefined;
      if (reader !== undefined) return [column, reader];
      throw new ConfigError(
        `csv.types: "${text}" must be COLUMN:TYPE with a type of ${Object.keys(readers).join(', ')}`,
        {
          given: type,
          known: Object.keys(readers),
        },
      );
    }),
  );
}

function readNumber(cell: string, column: string): number {
  const value = cell.trim() === '' ? Number.NaN : Number(cell);
  if (Number.isFinite(value)) return value;
  throw badCell(column, cell, 'a number');
}

function badCell(column: string, cell: string, expected: string): DataError {
  return new DataError(`column "${column}" holds ${JSON.stringify(cell)}, not ${expected}`);
}
