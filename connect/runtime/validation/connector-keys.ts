import { runtimeOptionsOf } from '../worker/resolved-connector.js';
import type { ConnectorPlugin } from '../worker/worker.js';
import type { WorkerParts } from '../worker/worker-parts.js';
import type { ConfigKey } from './config-key.js';
import { connectKeys } from './connect-keys.js';
import { specKeys } from './spec-keys.js';

/** What we take beyond Kafka Connect. */
export const ownGroup = 'Millrace';

/** All keys of a connector: those that every connector takes, its own, and those of our runtime that Kafka Connect does not have. */
export function connectorKeys({ properties }: WorkerParts, plugin: ConnectorPlugin): readonly ConfigKey[] {
  const converters = ['key.converter', 'value.converter', 'header.converter'].map(
    name => [name, properties[name] === undefined ? null : String(properties[name])] as const,
  );
  const runtime = specKeys(runtimeOptionsOf(plugin)).map(key => ({ ...key, group: ownGroup }));
  const keys = new Map<string, ConfigKey>();
  for (const key of [
    ...connectKeys(plugin, Object.fromEntries(converters)),
    ...specKeys(plugin.definition.config),
    ...runtime,
  ]) {
    if (!keys.has(key.name)) keys.set(key.name, key);
  }
  return [...keys.values()];
}
