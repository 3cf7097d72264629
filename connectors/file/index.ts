// The face of `millrace/connectors/file`.

export { fileSink } from './file-sink.js';
export { fileSource } from './file-source.js';
export { fileStreamSink } from './file-stream-sink.js';
export { fileStreamSource } from './file-stream-source.js';
export type { RowMapping } from './row-mapping.js';
