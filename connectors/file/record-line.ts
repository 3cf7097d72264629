import { DataError, type SinkRecord } from '../../connect/api/index.js';

/** The JSON line of a record, with its line end. Throws DataError for what has no JSON. */
export type LineOf = (record: SinkRecord) => string;

export function lineOf(content: 'value' | 'record'): LineOf {
  if (content === 'value') return record => jsonLine(record.value);
  return ({ topic, partition, offset, timestamp, key, value, headers }) => {
    const texts = headers.map(header => ({
      key: header.key,
      value: header.value === null ? null : Buffer.from(header.value).toString(),
    }));
    return jsonLine({ topic, partition, offset, timestamp, key: plain(key), value: plain(value), headers: texts });
  };
}

function jsonLine(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(plain(value));
  } catch (cause) {
    throw new DataError(`the value has no JSON: ${(cause as Error).message}`, { cause });
  }
  if (text === undefined) throw new DataError(`a value of type ${typeof value} has no JSON`);
  return `${text}\n`;
}

/** Bytes as base64: JSON has none. */
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
