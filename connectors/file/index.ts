// The face of `millrace/connectors/file`.

export { fileSink } from './file-sink.js';
export { fileSource } from './file-source.js';
export type { RowMapping } from './row-mapping.js';
