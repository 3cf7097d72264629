import type { ConnectorPlugin } from '../worker/worker.js';
import { type BasicDefaults, basicKeys } from './basic-keys.js';
import type { ConfigKey } from './config-key.js';
import { errorKeys } from './error-keys.js';
import { sinkKeys } from './sink-keys.js';
import { sourceKeys } from './source-keys.js';

/** The keys that every connector of that kind takes, described as Kafka Connect describes them; the defaults are ours. */
export function connectKeys(plugin: ConnectorPlugin, defaults: BasicDefaults): readonly ConfigKey[] {
  return [...basicKeys(plugin, defaults), ...errorKeys, ...(plugin.kind === 'sink' ? sinkKeys : sourceKeys)];
}

/** The groups of keys, as Kafka Connect names them. */
export function connectGroups(plugin: ConnectorPlugin): readonly string[] {
  const all = ['Common', 'Transforms', 'Predicates', 'Error Handling'];
  return plugin.kind === 'sink' ? all : [...all, 'Topic Creation', 'Exactly Once Support', 'offsets.topic'];
}
