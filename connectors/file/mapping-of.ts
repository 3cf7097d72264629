import { DataError } from '../../connect/api/index.js';
import type { FileSourceConfig } from './file-source-config.js';
import type { RowMapping } from './row-mapping.js';
import { timestampOf } from './timestamp-format.js';

/** How the configuration makes a record of a row: its own `map`, or the row as value with key and timestamp out of columns. */
export function mappingOf(config: FileSourceConfig): RowMapping {
  if (config.map !== undefined) return config.map;
  const keyColumn = config['key.column'];
  const timestampColumn = config['timestamp.column'];
  const format = config['timestamp.format'];
  if (keyColumn === undefined && timestampColumn === undefined)
    return value => ({ key: null, value, timestamp: undefined });
  return value => {
    const key = keyColumn === undefined ? null : keyText(fieldOf(value, keyColumn));
    const timestamp =
      timestampColumn === undefined ? undefined : timestampOf(fieldOf(value, timestampColumn), format, timestampColumn);
    return { key, value, timestamp };
  };
}

function keyText(value: unknown): string | null {
  if (value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fieldOf(row: unknown, column: string): unknown {
  const field = typeof row === 'object' && row !== null ? (row as Record<string, unknown>)[column] : undefined;
  if (field === undefined) throw new DataError(`there is no column "${column}" here`);
  return field;
}
