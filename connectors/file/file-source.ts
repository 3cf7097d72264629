import { defineSource } from '../../connect/api/index.js';
import { fileSourceConfig } from './file-source-config.js';

export const fileSource = defineSource({
  name: 'file-source',
  version: '0.1.0',
  description: 'Reads the lines, rows or JSON values of a file.',
  config: fileSourceConfig,
  converters: config => ({ value: config.format === 'lines' ? 'string' : 'json' }),
  start: () => ({}),
});
