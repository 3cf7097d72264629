import type { SinkRecord } from '../../connect/api/index.js';

/** Makes the bytes of one file out of records. It does no I/O. */
export interface SinkFileWriter {
  /** About how many bytes of it are gathered and not yet taken. */
  readonly gatheredBytes: number;
  /** Returns false when the record does not fit into this file (it has other columns). Throws DataError for what no file takes. */
  add(record: SinkRecord): boolean;
  /** The bytes that are complete so far. */
  take(): Buffer;
  /** The last bytes of the file. */
  end(): Buffer;
}

/** How the files of one topic partition are written. What one file has learnt (columns), the next one knows. */
export interface SinkFormat {
  readonly extension: string;
  begin(): SinkFileWriter;
}
