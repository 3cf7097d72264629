import type { SinkRecord } from '../../connect/api/index.js';
import { jsonText } from './json-text.js';
import type { SinkFileWriter, SinkFormat } from './sink-format.js';
import { recordCells } from './sink-row.js';

/** A line of JSON a record. */
export function jsonlSinkFormat(content: 'value' | 'record'): SinkFormat {
  const lineOf =
    content === 'value'
      ? ({ value }: SinkRecord) => jsonText(value)
      : (record: SinkRecord) => jsonText(recordCells(record));
  return { extension: 'jsonl', begin: () => new JsonlWriter(lineOf) };
}

class JsonlWriter implements SinkFileWriter {
  gatheredBytes = 0;
  readonly #lineOf: (record: SinkRecord) => string;
  #lines: string[] = [];

  constructor(lineOf: (record: SinkRecord) => string) {
    this.#lineOf = lineOf;
  }

  add(record: SinkRecord): boolean {
    const line = this.#lineOf(record);
    this.#lines.push(line);
    this.gatheredBytes += line.length + 1;
    return true;
  }

  take(): Buffer {
    if (this.#lines.length === 0) return Buffer.alloc(0);
    const bytes = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.gatheredBytes = 0;
    return bytes;
  }

  end(): Buffer {
    return this.take();
  }
}
