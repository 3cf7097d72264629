import { didYouMean, UsageError } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import { namedConverter } from '../../converters/named-converter.js';
import { isPlaceholder } from '../validation/config-key.js';

/** The converters for connectors that name none. Throws UsageError for one that is not there or cannot be begun: every such connector would fail. */
export function requireConverters(properties: Readonly<Record<string, unknown>>): void {
  for (const part of ['key', 'value', 'header'] as const) {
    const key = `${part}.converter`;
    const name = properties[key];
    if (typeof name !== 'string' || isPlaceholder(name)) continue;
    const given = Object.entries(properties).filter(([each]) => each.startsWith(`${key}.`));
    const settings = Object.fromEntries(given.map(([each, value]) => [each.slice(key.length + 1), value]));
    if (Object.values(settings).some(value => isPlaceholder(String(value)))) continue;
    try {
      namedConverter(name.trim(), { part, settings });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const hint = error.given === undefined ? '' : didYouMean(error.given, error.known);
      throw new UsageError(`the worker's properties: ${key}: ${error.message}${hint}`);
    }
  }
}
