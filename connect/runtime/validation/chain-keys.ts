// The keys of the transforms and predicates that a configuration names.

import { ConfigError } from '../../api/errors.js';
import {
  findPredicate,
  findTransform,
  namedPredicate,
  namedTransform,
  predicates,
  transformNames,
} from '../../transforms/named-transform.js';
import type { TransformPlugins } from '../../transforms/transform-chain.js';
import type { ConfigInfo, ConfigText } from '../worker/worker-answers.js';
import { classFault } from './class-fault.js';
import { type ConfigKey, judged, listOf } from './config-key.js';
import { flowKeys } from './flow-keys.js';
import { specKeys } from './spec-keys.js';
import { versionFault } from './version-requirement.js';

export interface ChainInfos {
  readonly groups: readonly string[];
  readonly configs: readonly ConfigInfo[];
}

/** What a configuration may name beside what is always there; `version` is of what is always there. */
export interface ChainPlugins {
  readonly transforms: TransformPlugins;
  readonly version: string;
}

/** Of `transforms` or `predicates`, each alias a group of its own. */
export function chainInfos(
  config: ConfigText,
  what: 'transforms' | 'predicates',
  { transforms: plugins, version }: ChainPlugins,
): ChainInfos {
  const aliases = [...new Set(listOf(config[what] ?? ''))].filter(alias => alias !== '');
  const heading = what === 'transforms' ? 'Transforms' : 'Predicates';
  return {
    groups: aliases.map(alias => `${heading}: ${alias}`),
    configs: aliases.flatMap(alias =>
      aliasInfos(config, { what, alias, group: `${heading}: ${alias}`, plugins, version }),
    ),
  };
}

interface Alias {
  readonly what: 'transforms' | 'predicates';
  readonly alias: string;
  readonly group: string;
  readonly plugins: TransformPlugins;
  readonly version: string;
}

function aliasInfos(config: ConfigText, { what, alias, group, plugins, version }: Alias): readonly ConfigInfo[] {
  const prefix = `${what}.${alias}.`;
  const word = what === 'transforms' ? 'Transformation' : 'Predicate';
  const type = config[`${prefix}type`] ?? '';
  const found = settingsOf(type, what, plugins);
  const typeKey: ConfigKey = {
    name: `${prefix}type`,
    type: 'CLASS',
    defaultValue: undefined,
    importance: 'HIGH',
    width: 'LONG',
    displayName: `${word} type for ${alias}`,
    documentation: `Which ${word.toLowerCase()}.`,
    recommended: what === 'transforms' ? transformNames : predicates.map(({ name }) => name),
    check: () => (found.error === undefined ? [] : [classFault(`${prefix}type`, type, found.error)]),
  };
  const own = [
    ...found.keys.map(key => ({ ...key, name: `${prefix}${key.name}`, displayName: key.name })),
    ...(found.error === undefined && what === 'transforms' ? flowKeys(prefix, config) : []),
  ];
  const isOwn = plugins.some(({ name }) => name === type);
  const known = found.error === undefined && !isOwn ? version : undefined;
  const ofVersion = versionKey({ prefix, heading: `${word} version for ${alias}`, version: known });
  const judgedVersion = found.error === undefined ? { ...ofVersion, check: versionCheck(type, known) } : ofVersion;
  const keys = [typeKey, judgedVersion, ...own.sort(inOrder)].map((key, order) => ({ ...key, group, order }));
  const infos = keys.map(key => judged(key, config));
  if (found.error !== undefined) return infos.map((info, at) => (at === 0 ? withoutValue(info) : info));
  // What is missing must not hide what else is wrong.
  const missing = keys.filter(({ name, defaultValue }) => defaultValue === undefined && config[name] == null);
  const whole = { ...config, ...Object.fromEntries(missing.map(({ name }) => [name, ''])) };
  const fault = startFault(whole, { what, prefix, type, plugins });
  return withStartFault(infos, fault, { prefix, namedOnly: missing.length > 0 });
}

function versionKey({
  prefix,
  heading,
  version,
}: {
  readonly prefix: string;
  readonly heading: string;
  readonly version: string | undefined;
}): ConfigKey {
  return {
    name: `${prefix}plugin.version`,
    type: 'STRING',
    defaultValue: version ?? null,
    importance: 'HIGH',
    width: 'LONG',
    displayName: heading,
    documentation: 'Which version of it.',
    recommended: version === undefined ? [] : [version],
  };
}

function versionCheck(type: string, version: string | undefined): NonNullable<ConfigKey['check']> {
  return value => {
    const fault = value === null ? undefined : versionFault(type, version, value);
    return fault === undefined ? [] : [fault];
  };
}

function withoutValue(info: ConfigInfo): ConfigInfo {
  return { ...info, value: { ...info.value, value: null } };
}

function settingsOf(
  type: string,
  what: Alias['what'],
  plugins: TransformPlugins,
): { readonly keys: readonly ConfigKey[]; readonly error?: unknown } {
  try {
    const { config } =
      what === 'transforms'
        ? findTransform(
            type,
            plugins.filter(each => each.kind === 'transform'),
          ).definition
        : findPredicate(
            type,
            plugins.filter(each => each.kind === 'predicate'),
          );
    return { keys: specKeys(config).map(key => ({ ...key, importance: 'MEDIUM' })) };
  } catch (error) {
    return { keys: [], error };
  }
}

/** As ConfigDef sorts keys: what is required first, then by name. */
function inOrder(a: ConfigKey, b: ConfigKey): number {
  const isRequired = (key: ConfigKey) => (key.defaultValue === undefined ? 0 : 1);
  return isRequired(a) - isRequired(b) || (a.name < b.name ? -1 : 1);
}

/** What only shows when it is begun, such as a pattern that is none. */
function startFault(
  config: ConfigText,
  { what, prefix, type, plugins }: { what: Alias['what']; prefix: string; type: string; plugins: TransformPlugins },
): string | undefined {
  const settings = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value] as const)
      .filter(([key]) => !['type', 'predicate', 'negate', 'plugin.version'].includes(key)),
  );
  try {
    if (what === 'transforms')
      namedTransform(
        type,
        settings,
        plugins.filter(each => each.kind === 'transform'),
      );
    else
      namedPredicate(
        type,
        settings,
        plugins.filter(each => each.kind === 'predicate'),
      );
    return undefined;
  } catch (error) {
    return error instanceof ConfigError ? error.message : undefined;
  }
}

/** Laid at the key that it names, where nothing is wrong with that by itself. */
function withStartFault(
  infos: readonly ConfigInfo[],
  fault: string | undefined,
  { prefix, namedOnly }: { readonly prefix: string; readonly namedOnly: boolean },
): readonly ConfigInfo[] {
  if (fault === undefined) return infos;
  const [, named = 'type'] = /(?:^|for configuration )([\w.]+):/.exec(fault) ?? [];
  const at = infos.findIndex(({ value }) => value.name === `${prefix}${named}`);
  if (namedOnly && at <= 0) return infos;
  return infos.map((info, index) =>
    index === Math.max(0, at) && info.value.errors.length === 0
      ? { ...info, value: { ...info.value, errors: [fault] } }
      : info,
  );
}
