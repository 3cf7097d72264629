// A configuration as a connector gets it: what it inherits from the worker, placeholders resolved, keys that nobody knows left out.

import { configKeys } from '../../api/option-table.js';
import { isKnownKey } from '../connector-config.js';
import { sinkRuntimeOptions, sourceRuntimeOptions } from '../runtime-options.js';
import { hiddenText, isSecretName, Secrets } from '../secrets.js';
import type { ConnectorPlugin } from './worker.js';
import type { ConfigText } from './worker-answers.js';
import { inherited } from './worker-options.js';
import type { WorkerParts } from './worker-parts.js';

export interface ResolvedConnector {
  readonly plugin: ConnectorPlugin;
  /** Without what is `null`, as that says nothing. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Secrets;
  readonly unknownKeys: readonly string[];
  /** After so long what its placeholders stand for may be something else. */
  readonly ttlMs: number | undefined;
}

/** Throws WorkerError for a class that is none, ConfigError for a placeholder that cannot be resolved. */
export function resolveConnector(parts: WorkerParts, config: ConfigText): ResolvedConnector {
  const { settings, properties, providers, plugins, sealed } = parts;
  const plugin = plugins.require(config['connector.class'] ?? '');
  const resolved = providers.resolve(sealed?.opened(config) ?? config);
  const spec = runtimeOptionsOf(plugin);
  const unknownKeys = Object.keys(config).filter(key => !isKnownKey(key, spec, plugin.definition.config));
  const given = Object.fromEntries(
    Object.entries(resolved.config).filter(([key, value]) => value !== null && !unknownKeys.includes(key)),
  );
  const secrets = new Secrets();
  secrets.add(secretValues(plugin, resolved.config));
  secrets.add(resolved.secrets);
  return {
    plugin,
    config: inherited(plugin.kind, properties, settings, given),
    secrets,
    unknownKeys,
    ttlMs: resolved.ttlMs,
  };
}

/** The options of the runtime for that kind of connector. */
export function runtimeOptionsOf(plugin: ConnectorPlugin) {
  return plugin.kind === 'source' ? sourceRuntimeOptions : sinkRuntimeOptions;
}

/** The keys whose values are never shown. */
export function secretKeys(plugin: ConnectorPlugin | undefined, config: ConfigText): ReadonlySet<string> {
  const declared = plugin === undefined ? [] : configKeys(plugin.definition.config).filter(key => key.isSecret);
  return new Set([...declared.map(key => key.name), ...Object.keys(config).filter(isSecretName)]);
}

function secretValues(plugin: ConnectorPlugin, config: ConfigText): readonly (readonly [string, string])[] {
  const keys = secretKeys(plugin, config);
  return Object.entries(config).flatMap(([key, value]) =>
    keys.has(key) && value !== null ? [[value, hiddenText] as const] : [],
  );
}
