import type { Converter, ConverterContext, ConverterDefinition } from '../api/converter.js';
import { ConfigError } from '../api/errors.js';
import { namedConverter } from './named-converter.js';

/** The keys that are settings of a converter: `value.converter.schemas.enable`. */
export function isConverterKey(key: string): boolean {
  return /^(key|value|header)\.converter\./.test(key);
}

/**
 * The converter that a configuration names (`value.converter`), with its settings, or `fallback` with those settings.
 * Throws ConfigError naming the key that cannot be meant.
 */
export function configuredConverter(
  config: Readonly<Record<string, unknown>>,
  part: ConverterContext['part'],
  options: { readonly fallback: string; readonly plugins?: readonly ConverterDefinition[] },
): Converter {
  const key = `${part}.converter`;
  const own = Object.entries(config).filter(([each]) => each.startsWith(`${key}.`));
  const settings = Object.fromEntries(own.map(([each, value]) => [each.slice(key.length + 1), value]));
  const given = config[key];
  const name = given === undefined || given === null || given === '' ? options.fallback : String(given).trim();
  try {
    return namedConverter(name, { part, settings, plugins: options.plugins ?? [] });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const place = /^[a-z][\w.]*: /.test(error.message) ? `${key}.` : `${key}: `;
    throw new ConfigError(`${place}${error.message}`, {
      ...(error.given !== undefined && { given: error.given }),
      known: error.known,
      cause: error,
    });
  }
}
