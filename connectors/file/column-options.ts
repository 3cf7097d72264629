import { statSync } from 'node:fs';
import { ConfigError } from '../../connect/api/index.js';
import { isPattern } from './file-pattern.js';
import type { FileSourceConfig } from './file-source-config.js';
import { type FormatName, formatName, formatOf } from './format-of.js';

const ofCsv = ['csv.types', 'csv.columns'] as const;
const ofFields = ['key.column', 'timestamp.column'] as const;

/** Throws ConfigError for options of columns that the files cannot have, as far as that is seen without reading one. */
export function requireColumns(config: FileSourceConfig): void {
  const format = soleFormat(config);
  if (format === undefined || format === 'csv') formatOf({ ...config, format: 'csv' }, config.file);
  if (format === undefined) return;
  if (format !== 'csv') refuse(config, format, ofCsv, 'format=csv');
  if (format === 'lines' && config.map === undefined) refuse(config, format, ofFields, 'format=csv or format=jsonl');
}

/** Undefined where each file has the one that its name tells. */
function soleFormat(config: FileSourceConfig): FormatName | undefined {
  const { file, format } = config;
  if (format !== undefined) return format;
  const isFolder = /[/\\]$/.test(file) || statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder || isPattern(file) ? undefined : formatName(config, file);
}

function refuse(
  config: FileSourceConfig,
  format: FormatName,
  options: readonly (keyof FileSourceConfig)[],
  instead: string,
): void {
  for (const option of options) {
    const given = config[option];
    if (given === undefined || (Array.isArray(given) && given.length === 0)) continue;
    const why = config.format === undefined ? ', by its name' : '';
    throw new ConfigError(`${option}: ${config.file} is read as ${format}${why}: say ${instead} where it has columns`);
  }
}
