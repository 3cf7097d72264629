import { DataError, type Schema, type SinkRecord } from '../../connect/api/index.js';

/** The cells of a record for formats with columns, by name; undefined for a value that is null. */
export type RowOf = (record: SinkRecord) => SinkRow;

export interface SinkRow {
  readonly cells: Readonly<Record<string, unknown>>;
  /** Of the cells, where the record has one. */
  readonly schema: Schema | undefined;
}

const empty: SinkRow = { cells: {}, schema: undefined };

/** `content`: the fields of the value, or those of the record. Throws DataError for a value that has no fields. */
export function rowOf(content: 'value' | 'record', format: string): RowOf {
  if (content === 'record') return record => ({ cells: recordCells(record), schema: undefined });
  return ({ value, valueSchema }) => {
    if (value === null || value === undefined) return empty;
    if (
      typeof value === 'object' &&
      !Array.isArray(value) &&
      !(value instanceof Uint8Array) &&
      !(value instanceof Date)
    ) {
      if (value instanceof Map) return { cells: Object.fromEntries(value), schema: undefined };
      return {
        cells: value as Record<string, unknown>,
        schema: valueSchema?.type === 'struct' ? valueSchema : undefined,
      };
    }
    const what = Array.isArray(value)
      ? 'an array'
      : typeof value === 'object'
        ? 'bytes or a time'
        : `a ${typeof value}`;
    throw new DataError(`a row of ${format} needs a value with fields, and this is ${what}: content=record takes any`);
  };
}

/** All that a record holds. */
export function recordCells({ topic, partition, offset, timestamp, key, value, headers }: SinkRecord) {
  const texts = headers.map(header => ({
    key: header.key,
    value: header.value === null ? null : Buffer.from(header.value).toString(),
  }));
  return { topic, partition, offset, timestamp, key, value, headers: texts };
}
