// Kafka Connect's ConfigInfos: each key that a configuration may have, with its value and what is wrong with it. Placeholders stay as they are; what they stand
// for is judged too, and not shown.

import { editDistance, nearestWord, UsageError } from '../../../core/index.js';
import { ConfigError } from '../../api/errors.js';
import type { SourceDefinition } from '../../api/source.js';
import { readConfig, shownError } from '../connector-config.js';
import { noConnectorType } from '../worker/no-connector-type.js';
import { resolveConnector, runtimeOptionsOf } from '../worker/resolved-connector.js';
import type { ConnectorPlugin } from '../worker/worker.js';
import type { ConfigInfo, ConfigInfos, ConfigText } from '../worker/worker-answers.js';
import { WorkerError } from '../worker/worker-error.js';
import type { WorkerParts } from '../worker/worker-parts.js';
import { chainInfos } from './chain-keys.js';
import { judged, listOf } from './config-key.js';
import { connectGroups } from './connect-keys.js';
import { connectorKeys, ownGroup } from './connector-keys.js';
import { converterInfos } from './converter-keys.js';
import { overrideInfos } from './override-keys.js';

/** Keys of Kafka Connect's that are taken and have no effect here. */
const withoutEffect =
  /^(tasks\.max\.enforce|topic\.creation\..*|.*\.plugin\.version|(key|value|header)\.converter\..*)$/;
const nullValue = 'Null value can not be supplied as the configuration value.';

/** Throws WorkerError for a class that is none, or another than the configuration names. */
export function validateConnector(parts: WorkerParts, pluginClass: string, config: ConfigText): ConfigInfos {
  const plugin = requirePlugin(parts, pluginClass, config);
  const errors = new Errors();
  const chains = [chainInfos(config, 'transforms', parts), chainInfos(config, 'predicates', parts)];
  const keys = connectorKeys(parts, plugin, config);
  const ofConverters = converterInfos(config);
  const told = new Set(ofConverters.map(({ value }) => value.name));
  const infos = [
    ...keys.filter(({ name }) => !told.has(name)).map(key => judged(key, config)),
    ...chains.flatMap(chain => chain.configs),
    ...ofConverters,
    ...overrideInfos(config, parts.overridePolicy),
  ];
  const named = new Set(infos.map(({ value }) => value.name));
  const unknown = unknownInfos(config, named, errors);
  for (const { name, group } of keys) if (group !== undefined && config[name] === null) errors.add(name, nullValue);
  checkVersions(infos, errors);
  if (plugin.kind === 'sink') checkTopics(config, errors);
  else checkOnce(parts, plugin, config, errors);
  const configs = errors.laidOn([...infos, ...unknown]);
  const all = isClean(configs) ? errorsOfRun(parts, plugin, config).laidOn(configs) : configs;
  const groups = [...connectGroups(plugin), ...chains.flatMap(chain => chain.groups), ownGroup];
  return { name: pluginClass, error_count: count(all), groups, configs: all };
}

/** Undefined where nothing is wrong. */
export function validationMessage({ configs }: ConfigInfos): string | undefined {
  const errors = configs.flatMap(({ value }) => value.errors);
  if (errors.length === 0) return undefined;
  return `Connector configuration is invalid and contains the following ${errors.length} error(s):\n${errors.join('\n')}\nYou can also find the above list of errors at the endpoint \`/connector-plugins/{connectorType}/config/validate\``;
}

/** Errors that are not found by looking at one value, by the key that they are shown at. */
class Errors {
  readonly #byKey = new Map<string, string[]>();

  add(key: string, error: string): void {
    const errors = this.#byKey.get(key);
    if (errors === undefined) this.#byKey.set(key, [error]);
    else errors.push(error);
  }

  laidOn(infos: readonly ConfigInfo[]): readonly ConfigInfo[] {
    return infos.map(info => {
      const more = this.#byKey.get(info.value.name);
      return more === undefined ? info : { ...info, value: { ...info.value, errors: [...info.value.errors, ...more] } };
    });
  }
}

function requirePlugin({ plugins }: WorkerParts, pluginClass: string, config: ConfigText): ConnectorPlugin {
  const plugin = plugins.require(pluginClass);
  const named = config['connector.class'];
  if (named === undefined || named === null) {
    throw noConnectorType(config);
  }
  if (plugins.require(named) === plugin) return plugin;
  throw new WorkerError('invalid', `Included connector type ${named} does not match request type ${pluginClass}`);
}

/** A key that nobody knows is let pass, unless it is nearly one that somebody knows. */
function unknownInfos(config: ConfigText, named: ReadonlySet<string>, errors: Errors): readonly ConfigInfo[] {
  const unknown = Object.keys(config).filter(key => !named.has(key) && !withoutEffect.test(key));
  return unknown.map(key => {
    const value = config[key]!;
    const near = nearestWord(key, named);
    if (value === null) errors.add(key, nullValue);
    // Short words are near to each other without being meant: note is not name.
    else if (near !== undefined && editDistance(key, near) <= (key.length < 6 ? 1 : 2)) {
      errors.add(key, `${key}: there is no such option (did you mean "${near}"?)`);
    }
    return { definition: null, value: { name: key, value, recommended_values: [], errors: [], visible: true } };
  });
}

/** That there is no such version of a plugin is said at its class as well. */
function checkVersions(infos: readonly ConfigInfo[], errors: Errors): void {
  for (const { value } of infos) {
    const [, of] = /^(.+)\.plugin\.version$/.exec(value.name) ?? [];
    if (of === undefined) continue;
    const key = of === 'connector' ? 'connector.class' : of.endsWith('.converter') ? of : `${of}.type`;
    for (const error of value.errors) if (error.startsWith('Plugin ')) errors.add(key, error);
  }
}

function checkTopics(config: ConfigText, errors: Errors): void {
  const topics = listOf(config['topics'] ?? '');
  const regex = (config['topics.regex'] ?? '').trim();
  const letters = (config['errors.deadletterqueue.topic.name'] ?? '').trim();
  const both = 'topics and topics.regex are mutually exclusive options, but both are set.';
  const neither = 'Must configure one of topics or topics.regex';
  const isOne = topics.length > 0 !== (regex !== '');
  if (!isOne && config['topics'] !== null) {
    for (const key of ['topics', 'topics.regex']) errors.add(key, regex === '' ? neither : both);
  }
  if (letters !== '' && topics.includes(letters)) {
    errors.add(
      'topics',
      `The DLQ topic '${letters}' may not be included in the list of topics ('topics=[${topics.join(', ')}]') consumed by the connector`,
    );
  }
  if (letters !== '' && regex !== '' && matches(regex, letters)) {
    errors.add(
      'topics.regex',
      `The DLQ topic '${letters}' may not be included in the regex matching the topics ('topics.regex=${regex}') consumed by the connector`,
    );
  }
}

function matches(regex: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${regex})$`, 'u').test(text);
  } catch {
    return false;
  }
}

function checkOnce({ settings }: WorkerParts, plugin: ConnectorPlugin, config: ConfigText, errors: Errors): void {
  const isRequired = config['exactly.once.support']?.toLowerCase() === 'required';
  if (isRequired && settings['exactly.once.source.support'] !== 'enabled') {
    errors.add('exactly.once.support', 'This worker does not have exactly-once source support enabled.');
  }
  const definesBoundaries = (plugin.definition as SourceDefinition).canDefineTransactionBoundaries === true;
  if (config['transaction.boundary']?.toLowerCase() === 'connector' && !definesBoundaries) {
    errors.add(
      'transaction.boundary',
      'The connector does not support connector-defined transaction boundaries with the given configuration. Please reconfigure it to use a different transaction boundary definition.',
    );
  }
}

/** What is only seen with the placeholders resolved and all options together. */
function errorsOfRun(parts: WorkerParts, plugin: ConnectorPlugin, config: ConfigText): Errors {
  const errors = new Errors();
  let hidden = (text: string): string => text;
  try {
    const resolved = resolveConnector(parts, config);
    hidden = text => resolved.secrets.hidden(text);
    const given = { name: '', config: resolved.config };
    const { own } = readConfig(given, runtimeOptionsOf(plugin), plugin.definition.config);
    plugin.definition.validate?.(own);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof ConfigError)) throw error;
    const message = hidden(shownError('', error).message.replace(/^connector : /, ''));
    const [, key = ''] = /^([\w.-]+): /.exec(message) ?? [];
    errors.add(Object.hasOwn(config, key) ? key : 'connector.class', message);
  }
  return errors;
}

function isClean(infos: readonly ConfigInfo[]): boolean {
  return count(infos) === 0;
}

function count(infos: readonly ConfigInfo[]): number {
  return infos.reduce((sum, { value }) => sum + value.errors.length, 0);
}
