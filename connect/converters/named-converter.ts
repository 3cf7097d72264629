import type { Converter } from '../api/converter.js';
import { ConfigError } from '../api/errors.js';
import { bytesConverter } from './bytes-converter.js';
import { jsonConverter } from './json-converter.js';
import { stringConverter } from './string-converter.js';

/** Short names, and the class names under which Kafka Connect's configurations know them. */
const shortNames: Readonly<Record<string, 'string' | 'json' | 'bytes'>> = {
  string: 'string',
  json: 'json',
  bytes: 'bytes',
  'org.apache.kafka.connect.storage.StringConverter': 'string',
  'org.apache.kafka.connect.json.JsonConverter': 'json',
  'org.apache.kafka.connect.converters.ByteArrayConverter': 'bytes',
};

/** The converter of that name. Throws ConfigError for one that does not exist. */
export function namedConverter(name: string, options: { hasSchemas: boolean }): Converter {
  const shortName = Object.hasOwn(shortNames, name) ? shortNames[name] : undefined;
  switch (shortName) {
    case 'string':
      return stringConverter;
    case 'json':
      return jsonConverter(options);
    case 'bytes':
      return bytesConverter;
    default:
      throw new ConfigError(`there is no converter "${name}"`, { given: name, known: ['string', 'json', 'bytes'] });
  }
}
