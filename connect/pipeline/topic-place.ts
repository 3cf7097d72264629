import type { Log } from '../../core/index.js';
import { openLog } from '../../core/index.js';
import { ConfigError, type Converter, option } from '../api/index.js';
import { namedConverter } from '../converters/named-converter.js';

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

/** Throws ConfigError for what is no URL or no property. */
export async function openTopicPlace({ url, properties }: TopicPlace): Promise<Log> {
  const pairs = properties
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .map(line => {
      const at = line.indexOf('=');
      if (at < 1) throw new ConfigError('properties: each line must read name=value');
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const;
    });
  return await openLog(url, Object.fromEntries(pairs));
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
