// The settings of the converters that a configuration names (`key.converter.schemas.enable`), judged before the connector is taken: else its tasks would fail
// with what could have been said at once.

import { didYouMean } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import { findConverter, isConverterOption, namedConverter } from '../../converters/named-converter.js';
import type { ConfigInfo, ConfigText } from '../worker/worker-answers.js';
import { type ConfigKey, isPlaceholder, judged } from './config-key.js';
import { converterFacts } from './converter-facts.js';
import { specKeys } from './spec-keys.js';

type Part = 'key' | 'value' | 'header';

/** Kafka Connect sets it itself; its tools expect to see it. */
const converterTypeKey: ConfigKey = {
  name: 'converter.type',
  type: 'STRING',
  defaultValue: undefined,
  importance: 'LOW',
  documentation: 'How this converter is used: key, value or header. Set by the worker.',
};

/** Of the converter of that name. Throws ConfigError for a name that is none. */
export function converterKeys(name: string): readonly ConfigKey[] {
  const definition = findConverter(name);
  const facts = converterFacts[definition.name] ?? {};
  // Only by its own short name does JSON come without an envelope.
  const withDefault = (key: ConfigKey): ConfigKey =>
    key.name === 'schemas.enable' ? { ...key, defaultValue: String(name !== definition.name) } : key;
  return [...specKeys(definition.config).map(key => ({ ...withDefault(key), ...facts[key.name] })), converterTypeKey];
}

export function converterInfos(config: ConfigText): readonly ConfigInfo[] {
  return (['key', 'value', 'header'] as const).flatMap(part => infosOf(config, part));
}

function infosOf(config: ConfigText, part: Part): readonly ConfigInfo[] {
  const name = config[`${part}.converter`]?.trim() ?? '';
  const keys = isPlaceholder(name) ? [] : keysOf(name);
  if (keys.length === 0) return [];
  const prefix = `${part}.converter.`;
  const given = Object.entries(config).filter(([key]) => key.startsWith(prefix) && key !== `${prefix}plugin.version`);
  const settings: ConfigText = Object.fromEntries(given.map(([key, value]) => [key.slice(prefix.length), value]));
  const infos = keys.map(key => judged(key, { 'converter.type': part, ...settings }));
  const known = infos.map(({ value }) => value.name);
  const strangers = Object.keys(settings).filter(key => !known.includes(key));
  const all = [...infos, ...strangers.map(key => strange(key, settings[key]!, { known, converter: name }))];
  const isClean = all.every(({ value }) => value.errors.length === 0);
  const fault = isClean ? startFault(name, settings, part) : undefined;
  return all.map(info => prefixed(prefix, withFault(info, fault)));
}

function keysOf(name: string): readonly ConfigKey[] {
  try {
    return name === '' ? [] : converterKeys(name);
  } catch {
    return []; // said at the converter itself
  }
}

/** What only shows when it is begun, such as an encoding that there is not. */
function startFault(name: string, settings: ConfigText, part: Part): string | undefined {
  if (Object.values(settings).some(isPlaceholder)) return undefined;
  try {
    namedConverter(name, { part, settings });
    return undefined;
  } catch (error) {
    return error instanceof ConfigError ? error.message : undefined;
  }
}

function withFault(info: ConfigInfo, fault: string | undefined): ConfigInfo {
  const [, named] = /(?:^|for configuration )([\w.]+):/.exec(fault ?? '') ?? [];
  if (fault === undefined || named !== info.value.name) return info;
  return { ...info, value: { ...info.value, errors: [fault] } };
}

function strange(
  key: string,
  value: string | null,
  { known, converter }: { readonly known: readonly string[]; readonly converter: string },
): ConfigInfo {
  const message = `${key}: the converter ${converter} has no such option${didYouMean(key, known)}`;
  const errors = isConverterOption(key) ? [] : [message];
  return { definition: null, value: { name: key, value, recommended_values: [], errors, visible: true } };
}

function prefixed(prefix: string, { definition, value }: ConfigInfo): ConfigInfo {
  return {
    definition: definition === null ? null : { ...definition, name: prefix + definition.name },
    value: { ...value, name: prefix + value.name },
  };
}
