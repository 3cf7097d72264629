import { wholeConverterName } from '../../converters/named-converter.js';
import type { ConnectorPlugin } from '../worker/worker.js';
import { type ConfigKey, invalid } from './config-key.js';
import { converterFault } from './converter-fault.js';
import { oneOf } from './one-of.js';
import { uniqueAliases } from './unique-aliases.js';
import { versionFault } from './version-requirement.js';

/** What the worker has for connectors that say nothing. */
export interface BasicDefaults {
  /** By key, such as `key.converter`. */
  readonly converters: Readonly<Record<string, string | null>>;
  /** By key, of the converter that counts, the connector's own or the worker's: its name and version; undefined where there is none. */
  readonly converterVersions: Readonly<Record<string, PluginVersion | undefined>>;
}

export interface PluginVersion {
  readonly plugin: string;
  readonly version: string;
  /** Whether the connector names the plugin: Kafka Connect holds no version against the worker's own. */
  readonly isJudged: boolean;
}

const common = { group: 'Common' } as const;

/** Names, tasks, converters and what stands between them and the connector. */
export function basicKeys(plugin: ConnectorPlugin, defaults: BasicDefaults): readonly ConfigKey[] {
  return [
    ...nameKeys,
    versionKey(plugin),
    ...taskKeys,
    ...converterKeys('key', 6, defaults),
    ...converterKeys('value', 8, defaults),
    ...converterKeys('header', 10, defaults),
    ...chainKeys,
  ];
}

const nameKeys: readonly ConfigKey[] = [
  {
    name: 'name',
    type: 'STRING',
    defaultValue: undefined,
    ...common,
    order: 1,
    width: 'MEDIUM',
    displayName: 'Connector name',
    documentation: 'Globally unique name to use for this connector.',
  },
  {
    name: 'connector.class',
    type: 'STRING',
    defaultValue: undefined,
    ...common,
    order: 2,
    width: 'LONG',
    displayName: 'Connector class',
    documentation: 'Which connector: its class, an alias, or the part behind the last dot.',
  },
];

function versionKey({ class: name, version }: ConnectorPlugin): ConfigKey {
  return {
    name: 'connector.plugin.version',
    type: 'STRING',
    defaultValue: version,
    importance: 'MEDIUM',
    ...common,
    order: 3,
    width: 'MEDIUM',
    displayName: 'Connector version',
    recommended: [version],
    documentation: 'Version of the connector.',
    check: value => faultsOf(name, version, value),
  };
}

const taskKeys: readonly ConfigKey[] = [
  {
    name: 'tasks.max',
    type: 'INT',
    defaultValue: '1',
    importance: 'HIGH',
    ...common,
    order: 4,
    width: 'SHORT',
    displayName: 'Tasks max',
    documentation: 'How many tasks at most.',
    check: tasksFault,
  },
  {
    name: 'tasks.max.enforce',
    type: 'BOOLEAN',
    defaultValue: 'true',
    importance: 'LOW',
    ...common,
    order: 5,
    width: 'SHORT',
    displayName: 'Enforce tasks max',
    documentation: 'Has no effect: tasks.max always counts.',
  },
];

function converterKeys(
  part: 'key' | 'value' | 'header',
  order: number,
  { converters, converterVersions }: BasicDefaults,
): readonly ConfigKey[] {
  const name = `${part}.converter`;
  const heading = `${part[0]!.toUpperCase()}${part.slice(1)} converter`;
  const version = converterVersions[name];
  return [
    {
      name,
      type: 'CLASS',
      defaultValue: converters[name] ?? null,
      importance: 'LOW',
      documentation: 'The converter, by its short name or by the name of its Java class.',
      ...common,
      order,
      width: 'SHORT',
      displayName: `${heading} class`,
      whole: wholeConverterName,
      check: value => converterFault(name, value),
    },
    {
      name: `${name}.plugin.version`,
      type: 'STRING',
      defaultValue: version?.version ?? null,
      importance: 'LOW',
      documentation: `Version of the ${part} converter.`,
      ...common,
      order: order + 1,
      width: 'SHORT',
      displayName: `${heading} version`,
      recommended: version === undefined ? [] : [version.version],
      isHidden: version === undefined,
      check: value => (version?.isJudged === true ? faultsOf(version.plugin, version.version, value) : []),
    },
  ];
}

const chainKeys: readonly ConfigKey[] = [
  {
    name: 'transforms',
    type: 'LIST',
    defaultValue: '',
    importance: 'LOW',
    group: 'Transforms',
    order: 12,
    width: 'LONG',
    displayName: 'Transforms',
    documentation: 'Aliases of the transforms, in their order.',
    check: uniqueAliases('transforms'),
  },
  {
    name: 'predicates',
    type: 'LIST',
    defaultValue: '',
    importance: 'LOW',
    group: 'Predicates',
    order: 13,
    width: 'LONG',
    displayName: 'Predicates',
    documentation: 'Aliases of the predicates that transforms may name.',
    check: uniqueAliases('predicates'),
  },
  {
    name: 'config.action.reload',
    type: 'STRING',
    defaultValue: 'restart',
    importance: 'LOW',
    ...common,
    order: 14,
    width: 'MEDIUM',
    displayName: 'Reload Action',
    documentation:
      'restart: when a config provider has another value for a placeholder (its param.ttl.ms says when to look), the connector is restarted with it.',
    check: oneOf('config.action.reload', ['none', 'restart']),
  },
];

function faultsOf(plugin: string, version: string, value: string | null): readonly string[] {
  const fault = value === null ? undefined : versionFault(plugin, version, value);
  return fault === undefined ? [] : [fault];
}

function tasksFault(value: string | null): readonly string[] {
  if (value === null) return [invalid('tasks.max', null, 'Value must be non-null')];
  if (Number(value) < 1) return [invalid('tasks.max', value, 'Value must be at least 1')];
  return Number(value) > 1000 ? [invalid('tasks.max', value, 'Value must be at most 1000')] : [];
}
