import { configKeys } from '../../api/option-table.js';
import type { ConnectorPlugins } from './connector-plugins.js';
import type { ConfigKeyInfo, PluginInfo } from './worker-answers.js';

export function pluginList(
  plugins: ConnectorPlugins,
  _version: string,
  _connectorsOnly: boolean,
): readonly PluginInfo[] {
  return plugins.all.map(({ class: name, kind, version }) => ({ class: name, type: kind, version }));
}

/** The connector's own keys. Throws WorkerError for a class that is none. */
export function pluginKeys(plugins: ConnectorPlugins, pluginClass: string): readonly ConfigKeyInfo[] {
  return configKeys(plugins.require(pluginClass).definition.config).map(key => ({
    name: key.name,
    type: key.isSecret ? 'PASSWORD' : 'STRING',
    required: key.isRequired,
    default_value: key.defaultValue === undefined ? null : String(key.defaultValue),
    importance: 'MEDIUM',
    documentation: key.description,
    group: null,
    order_in_group: -1,
    width: 'NONE',
    display_name: key.name,
    dependents: [],
  }));
}
