import { type Log, openLog, requireOpenable, UsageError } from '../../core/index.js';
import { ConfigError, type Converter, option } from '../api/index.js';
import { namedConverter } from '../converters/named-converter.js';

/** In the name of a sink's topic: the topic or table that a record came from. */
export const topicPlaceholder = '${topic}';

/** How a pipeline reaches topics that are not its own. */
export const topicPlaceOptions = {
  url: option
    .text()
    .describe('Where the log is: `kafka://host:9092,host2:9092`, or `file:./data` while no other process holds it.'),
  properties: option
    .text()
    .default('')
    .describe('Properties of Kafka clients, such as `security.protocol=SASL_SSL`, one a line.'),
  'key.format': option
    .choice(['string', 'json', 'bytes'])
    .default('string')
    .describe('How keys are written: `string` (a text as it is, an object as JSON), `json` or `bytes`.'),
  'value.format': option
    .choice(['string', 'json', 'bytes'])
    .default('json')
    .describe('How values are written: `string` (a text as it is, an object as JSON), `json` or `bytes`.'),
  'value.schemas': option.boolean().default(false).describe('JSON values stand in the envelope with schema.'),
};

export interface TopicPlace {
  readonly url: string;
  readonly properties: string;
}

/** Throws ConfigError for what is no URL, no property or no name of a topic. */
export function requireTopicPlace({ url, properties, name }: TopicPlace & { readonly name: string }): void {
  const isName = /^[a-zA-Z0-9._-]{1,249}$/.test(name.replaceAll(topicPlaceholder, 'a')) && !/^\.{1,2}$/.test(name);
  if (!isName) throw new ConfigError(`name: "${name}" is no name of a topic: letters, digits, ".", "_" and "-"`);
  const options = propertiesOf(properties);
  try {
    requireOpenable(url, options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const option = Object.keys(options).some(name => error.message.includes(name)) ? 'properties' : 'url';
    throw new ConfigError(`${option}: ${error.message}`, { cause: error });
  }
}

export async function openTopicPlace({ url, properties }: TopicPlace): Promise<Log> {
  return await openLog(url, propertiesOf(properties));
}

function propertiesOf(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .map(line => {
      const at = line.indexOf('=');
      if (at < 1) throw new ConfigError('properties: each line must read name=value');
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const;
    });
  return Object.fromEntries(pairs);
}

export interface TopicFormats {
  readonly 'key.format': 'string' | 'json' | 'bytes';
  readonly 'value.format': 'string' | 'json' | 'bytes';
  readonly 'value.schemas': boolean;
}

/** How keys and values of those topics are read and written. */
export function topicConverters(formats: TopicFormats): { readonly key: Converter; readonly value: Converter } {
  const of = (part: 'key' | 'value', name: string, hasSchemas: boolean): Converter => {
    const json = namedConverter('json', { part, settings: { 'schemas.enable': hasSchemas } });
    if (name === 'json') return json;
    const converter = namedConverter(name, { part });
    return name === 'string' ? { ...converter, write: textsOr(json, converter) } : converter;
  };
  return {
    key: of('key', formats['key.format'], false),
    value: of('value', formats['value.format'], formats['value.schemas']),
  };
}

/** Such as the key of a table's row. */
function textsOr(json: Converter, text: Converter): Converter['write'] {
  return (value, arena, schema) => {
    const isObject = typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
    return isObject ? json.write(value, arena, undefined) : text.write(value, arena, schema);
  };
}
