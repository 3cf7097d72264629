// Parquet files. Rows are gathered as columns and written a row group at a time. Until the first row group is written, columns may be
// added and widened; from then on, a row that does not fit begins another file.

import { gzipSync } from 'node:zlib';
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { Schema, SinkRecord } from '../../connect/api/index.js';
import {
  kindOfSchema,
  kindOfValue,
  mergedKind,
  type ParquetKind,
  parquetElement,
  parquetValue,
  requireFit,
} from './parquet-kind.js';
import type { SinkFileWriter, SinkFormat } from './sink-format.js';
import type { RowOf } from './sink-row.js';

const rowGroupRowsMax = 50_000;
const rowGroupBytesMax = 8 * 1024 * 1024;

export interface ParquetSinkOptions {
  readonly codec: 'snappy' | 'gzip' | 'none';
  readonly rowOf: RowOf;
}

export function parquetSinkFormat(options: ParquetSinkOptions): SinkFormat {
  return { extension: 'parquet', begin: () => new ParquetFileWriter(options) };
}

interface Column {
  /** Undefined: no value yet. */
  kind: ParquetKind | undefined;
  /** What is gathered, a value a row. */
  values: unknown[];
}

class ParquetFileWriter implements SinkFileWriter {
  gatheredBytes = 0;
  readonly #options: ParquetSinkOptions;
  readonly #bytes = new ByteWriter();
  readonly #columns = new Map<string, Column>();
  #rowCount = 0;
  #schema: Schema | undefined;
  /** Whether a record has said if there is a schema. */
  #isOfKnownSchema = false;
  /** From the first row group on. */
  #writer: ParquetWriter | undefined;
  #kinds: readonly (readonly [string, ParquetKind])[] = [];

  constructor(options: ParquetSinkOptions) {
    this.#options = options;
  }

  add(record: SinkRecord): boolean {
    const { cells, schema } = this.#options.rowOf(record);
    if (record.value !== null && !this.#isOfSchema(schema)) return false;
    const kinds = schema === undefined ? kindsOf(cells) : schemaKinds(schema);
    for (const [name, kind] of kinds) if (!this.#takes(name, kind)) return false;
    let size = 0;
    for (const [name, kind] of kinds) size += kind === undefined ? 1 : requireFit(cells[name], kind, name);
    this.#gather(kinds, cells);
    this.gatheredBytes += size;
    return true;
  }

  take(): Buffer {
    if (this.#rowCount >= rowGroupRowsMax || this.gatheredBytes >= rowGroupBytesMax) this.#writeRowGroup();
    return this.#taken();
  }

  end(): Buffer {
    if (this.#rowCount > 0) this.#writeRowGroup();
    void this.#writer!.finish();
    return this.#taken();
  }

  #isOfSchema(schema: Schema | undefined): boolean {
    if (!this.#isOfKnownSchema) this.#schema = schema;
    this.#isOfKnownSchema = true;
    if (this.#schema === schema) return true;
    // The converter makes a new object for each record: equal ones count as the same from here on.
    if (schema === undefined || JSON.stringify(this.#schema) !== JSON.stringify(schema)) return false;
    this.#schema = schema;
    return true;
  }

  #takes(name: string, kind: ParquetKind | undefined): boolean {
    if (this.#writer === undefined) return true;
    const column = this.#columns.get(name);
    return column !== undefined && (kind === undefined || mergedKind(column.kind, kind) === column.kind);
  }

  #gather(kinds: ReadonlyMap<string, ParquetKind | undefined>, cells: Readonly<Record<string, unknown>>): void {
    for (const [name, kind] of kinds) {
      const column = this.#columns.get(name) ?? { kind: undefined, values: Array(this.#rowCount).fill(undefined) };
      this.#columns.set(name, column);
      column.kind = mergedKind(column.kind, kind);
      column.values[this.#rowCount] = cells[name];
    }
    this.#rowCount++;
  }

  #writeRowGroup(): void {
    this.#writer ??= this.#begin();
    const columnData = this.#kinds.map(([name, kind]) => {
      const { values } = this.#columns.get(name)!;
      const data = Array.from({ length: this.#rowCount }, (_, row) => parquetValue(values[row], kind));
      return { name, data };
    });
    void this.#writer.write({ columnData, rowGroupSize: this.#rowCount });
    for (const column of this.#columns.values()) column.values = [];
    this.#rowCount = 0;
    this.gatheredBytes = 0;
  }

  #begin(): ParquetWriter {
    if (this.#columns.size === 0) this.#columns.set('value', { kind: 'string', values: [] });
    for (const column of this.#columns.values()) column.kind ??= 'string';
    this.#kinds = [...this.#columns].map(([name, column]) => [name, column.kind!] as const);
    const leaves = this.#kinds.map(([name, kind]) => parquetElement(name, kind));
    const schema: SchemaElement[] = [{ name: 'root', num_children: leaves.length }, ...leaves];
    return new ParquetWriter({ writer: this.#bytes, schema, createdBy: 'millrace', ...codecOf(this.#options.codec) });
  }

  #taken(): Buffer {
    const bytes = Buffer.from(this.#bytes.getBytes());
    // What is taken is not kept; `offset` goes on counting the bytes of the file.
    this.#bytes.index = 0;
    return bytes;
  }
}

function codecOf(codec: ParquetSinkOptions['codec']) {
  if (codec === 'snappy') return { codec: 'SNAPPY' } as const;
  if (codec === 'none') return { codec: 'UNCOMPRESSED' } as const;
  return { codec: 'GZIP', compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes) } } as const;
}

function kindsOf(cells: Readonly<Record<string, unknown>>): ReadonlyMap<string, ParquetKind | undefined> {
  return new Map(Object.keys(cells).map(name => [name, kindOfValue(cells[name])]));
}

function schemaKinds(schema: Schema): ReadonlyMap<string, ParquetKind> {
  return new Map((schema.fields ?? []).map(field => [field.field, kindOfSchema(field)]));
}
