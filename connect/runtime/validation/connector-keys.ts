import { findConverter, wholeConverterName } from '../../converters/named-converter.js';
import { runtimeOptionsOf } from '../worker/resolved-connector.js';
import type { ConnectorPlugin } from '../worker/worker.js';
import type { ConfigText } from '../worker/worker-answers.js';
import type { WorkerParts } from '../worker/worker-parts.js';
import type { BasicDefaults } from './basic-keys.js';
import type { ConfigKey } from './config-key.js';
import { connectKeys } from './connect-keys.js';
import { specKeys } from './spec-keys.js';

/** What we take beyond Kafka Connect. */
export const ownGroup = 'Millrace';

/**
 * All keys of a connector: those that every connector takes, its own, and those of our runtime that Kafka Connect does not have. `config` is the connector's,
 * as what it names decides of which versions there are.
 */
export function connectorKeys(
  parts: WorkerParts,
  plugin: ConnectorPlugin,
  config: ConfigText = {},
): readonly ConfigKey[] {
  const runtime = specKeys(runtimeOptionsOf(plugin)).map(key => ({ ...key, group: ownGroup }));
  const keys = new Map<string, ConfigKey>();
  for (const key of [
    ...connectKeys(plugin, basicDefaults(parts, config)),
    ...specKeys(plugin.definition.config),
    ...runtime,
  ]) {
    if (!keys.has(key.name)) keys.set(key.name, key);
  }
  return [...keys.values()];
}

function basicDefaults({ properties, version }: WorkerParts, config: ConfigText): BasicDefaults {
  const names = ['key.converter', 'value.converter', 'header.converter'];
  const converters = names.map(
    name => [name, properties[name] === undefined ? null : String(properties[name])] as const,
  );
  const versions = converters.map(([name, fallback]) => {
    const given = config[name]?.trim();
    const plugin = wholeConverterName(given ?? fallback ?? '');
    return [name, isConverter(plugin) ? { plugin, version, isJudged: given !== undefined } : undefined] as const;
  });
  return { converters: Object.fromEntries(converters), converterVersions: Object.fromEntries(versions) };
}

function isConverter(name: string): boolean {
  try {
    return findConverter(name).name !== '';
  } catch {
    return false;
  }
}
