import { CsvSinkFormat } from './csv-sink-format.js';
import { delimiterOf } from './delimiter.js';
import type { FileSinkConfig } from './file-sink-config.js';
import { jsonlSinkFormat } from './jsonl-sink-format.js';
import { parquetSinkFormat } from './parquet-sink-format.js';
import type { SinkFormat } from './sink-format.js';
import { rowOf } from './sink-row.js';

/** The configured format, for one topic partition. */
export function sinkFormatOf(config: FileSinkConfig): SinkFormat {
  const { format, content } = config;
  if (format === 'jsonl') return jsonlSinkFormat(content);
  if (format === 'parquet') return parquetSinkFormat({ codec: config['parquet.codec'], rowOf: rowOf(content, format) });
  return new CsvSinkFormat({
    delimiter: delimiterOf(config['csv.delimiter'], 'csv.delimiter'),
    hasHeader: config['csv.header'],
    columns: config['csv.columns'],
    rowOf: rowOf(content, format),
  });
}
