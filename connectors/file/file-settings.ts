// What the configuration says of reading one file: its format, encoding and compression, by its name where nothing is said.

import type { FileHandle } from 'node:fs/promises';
import { extname } from 'node:path';
import { ConfigError } from '../../connect/api/index.js';
import { columnTypes } from './column-type.js';
import { type FileBytes, PlainBytes } from './file-bytes.js';
import type { FileSourceConfig } from './file-source-config.js';
import { type FormatName, formatName, formatOf } from './format-of.js';
import { GzipBytes } from './gzip-bytes.js';
import { JsonReader } from './json-reader.js';
import { mappingOf } from './mapping-of.js';
import { RecordReader } from './record-reader.js';
import type { RowMapping } from './row-mapping.js';
import type { RowReader } from './row-reader.js';
import { markedEncoding, textEncoding } from './text-encoding.js';

export class FileSettings {
  readonly config: FileSourceConfig;
  readonly #toRecord: RowMapping;

  /** Throws ConfigError for what cannot be meant. */
  constructor(config: FileSourceConfig) {
    this.config = config;
    this.#toRecord = mappingOf(config);
    textEncoding(config['file.encoding']);
    columnTypes(config['csv.types']);
    if (config['cleanup.policy'] === 'move' && config['finished.path'] === undefined)
      throw new ConfigError('finished.path: cleanup.policy=move needs a folder to move files to');
    if (config['cleanup.policy'] !== 'none' && config.mode === 'tail')
      throw new ConfigError('cleanup.policy: files that are followed are never complete: use mode=spool or mode=once');
    if (config.format === 'json' && !textEncoding(config['file.encoding']).isUtf8)
      throw new ConfigError('file.encoding: json is always UTF-8');
  }

  formatOf(path: string): FormatName {
    return formatName(this.config, path);
  }

  isCompressed(path: string): boolean {
    const type = this.config['file.compression.type'];
    return type === 'gzip' || (type === 'auto' && extname(path).toLowerCase() === '.gz');
  }

  bytesOf(handle: FileHandle, path: string): FileBytes {
    return this.isCompressed(path) ? new GzipBytes(handle, path) : new PlainBytes(handle);
  }

  /** `head`: the first bytes of the content, which may have a byte order mark. */
  readerOf(path: string, head: Buffer): RowReader {
    const shared = {
      file: path,
      toRecord: this.#toRecord,
      lineBytesMax: this.config['line.bytes.max'],
      batchBytes: this.config['batch.bytes'],
    };
    if (this.formatOf(path) === 'json') return new JsonReader({ ...shared, learnt: { isArray: undefined } });
    const encoding = textEncoding(this.config['file.encoding'] ?? markedEncoding(head));
    return new RecordReader({ ...shared, format: formatOf(this.config, path), encoding });
  }
}
