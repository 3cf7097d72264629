// Converters by the names that configurations give them: short ones, Kafka Connect's class names, and those of plugins given in code.

import type { Converter, ConverterContext, ConverterDefinition } from '../api/converter.js';
import { ConfigError } from '../api/errors.js';
import { readSettings } from '../api/read-settings.js';
import { bytesConverter } from './bytes-converter.js';
import { jsonConverter } from './json-converter.js';
import { numberConverters } from './number-converters.js';
import { simpleHeaderConverter } from './simple-header-converter.js';
import { stringConverter } from './string-converter.js';

/** Those that are there without a plugin. */
export const converters: readonly ConverterDefinition[] = [
  stringConverter,
  jsonConverter,
  bytesConverter,
  ...numberConverters,
  simpleHeaderConverter,
];

export interface NamedConverterOptions {
  readonly part: ConverterContext['part'];
  /** As they stand in a configuration, without their prefix. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly plugins?: readonly ConverterDefinition[];
}

/** The converter of that name. Throws ConfigError for one that does not exist, and for settings that cannot be meant. */
export function namedConverter(name: string, options: NamedConverterOptions): Converter {
  const { settings = {}, part } = options;
  const definition = findConverter(name, options.plugins);
  const known = [...Object.keys(definition.config.shape), 'converter.type', 'plugin.version'];
  const stranger = Object.keys(settings).find(key => !known.includes(key) && !isConverterOption(key));
  if (stranger !== undefined) {
    throw new ConfigError(`${stranger}: the ${definition.name} converter has no such option`, {
      given: stranger,
      known,
    });
  }
  return definition.start(readSettings(definition.config, settings), { part, givenName: classOf(definition, name) });
}

/** Whether some converter has such an option: `schemas.enable` stands beside many a StringConverter, and has no effect there, as in Kafka Connect. */
export function isConverterOption(key: string): boolean {
  return converters.some(({ config }) => Object.hasOwn(config.shape, key));
}

/** Throws ConfigError for a name that is none. */
export function findConverter(name: string, plugins: readonly ConverterDefinition[] = []): ConverterDefinition {
  const all = [...plugins, ...converters];
  const found = all.find(each => each.name === name || each.aliases?.includes(classOf(each, name)) === true);
  if (found !== undefined) return found;
  const known = name.includes('.') ? all.flatMap(each => each.aliases ?? []) : all.map(each => each.name);
  throw new ConfigError(`there is no converter "${name}"`, { given: name, known });
}

/** The whole name of the class where only its last part was given, as Kafka Connect takes it: `JsonConverter` behaves as the class, not as our `json`. */
function classOf({ aliases = [] }: ConverterDefinition, name: string): string {
  return name.includes('.') ? name : (aliases.find(alias => alias.endsWith(`.${name}`)) ?? name);
}

/** The name of its class in full, where a part of it was given; any other name as it is. */
export function wholeConverterName(name: string): string {
  const definition = converters.find(each => classOf(each, name) !== name);
  return definition === undefined ? name : classOf(definition, name);
}
