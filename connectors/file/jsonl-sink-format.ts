import type { SinkRecord } from '../../connect/api/index.js';
import { CompactText } from './compact-text.js';
import { jsonText } from './json-text.js';
import type { SinkFileWriter, SinkFormat } from './sink-format.js';
import { recordCells } from './sink-row.js';

const lineFeed = 10;
const startBytes = 4 * 1024;

/** A line of JSON a record. */
export function jsonlSinkFormat(content: 'value' | 'record'): SinkFormat {
  const compact = content === 'value' ? new CompactText() : undefined;
  return { extension: 'jsonl', begin: () => new JsonlWriter(compact) };
}

class JsonlWriter implements SinkFileWriter {
  gatheredBytes = 0;
  readonly #compact: CompactText | undefined;
  #bytes = Buffer.alloc(0);

  /** `compact`: of values; without it whole records are written. */
  constructor(compact: CompactText | undefined) {
    this.#compact = compact;
  }

  add(record: SinkRecord): boolean {
    const { flat } = record;
    if (flat !== undefined && this.#compact?.find(flat) === true) {
      const { start, end } = this.#compact;
      this.#reserve(end - start + 1);
      this.#bytes.set(flat.bytes.subarray(start, end), this.gatheredBytes);
      this.gatheredBytes += end - start;
    } else {
      const line = jsonText(this.#compact === undefined ? recordCells(record) : record.value);
      // No character takes more than three bytes.
      this.#reserve(line.length * 3 + 1);
      this.gatheredBytes += this.#bytes.write(line, this.gatheredBytes);
    }
    this.#bytes[this.gatheredBytes++] = lineFeed;
    return true;
  }

  /** Whoever takes them may keep them. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.gatheredBytes);
    this.#bytes = Buffer.alloc(0);
    this.gatheredBytes = 0;
    return taken;
  }

  end(): Buffer {
    return this.take();
  }

  #reserve(count: number): void {
    const needed = this.gatheredBytes + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(startBytes, needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.gatheredBytes);
    this.#bytes = grown;
  }
}
