// The properties of Kafka's clients that say how a cluster is reached, by Kafka's names (and librdkafka's, where Java has none), as they
// stand in configuration files. Where one of our own options says the same, ours wins.

import { UsageError } from '../base/errors.js';
import { nearestWord } from '../base/nearest-word.js';

/** A property's value: files hold texts, code may hold numbers and booleans. */
export type PropertyValue = string | number | boolean;

export const kafkaPropertyNames = [
  'client.id',
  'enable.ssl.certificate.verification',
  'receive.message.max.bytes',
  'reconnect.backoff.max.ms',
  'reconnect.backoff.ms',
  'request.timeout.ms',
  'sasl.jaas.config',
  'sasl.mechanism',
  'sasl.mechanisms',
  'sasl.oauthbearer.token.endpoint.url',
  'sasl.password',
  'sasl.username',
  'security.protocol',
  'socket.connection.setup.timeout.ms',
  'ssl.ca.location',
  'ssl.certificate.location',
  'ssl.endpoint.identification.algorithm',
  'ssl.key.location',
  'ssl.key.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.keystore.location',
  'ssl.keystore.type',
  'ssl.truststore.certificates',
  'ssl.truststore.location',
  'ssl.truststore.type',
] as const;

export type KafkaPropertyName = (typeof kafkaPropertyNames)[number];

export type KafkaProperties = { readonly [N in KafkaPropertyName]?: PropertyValue };

/** Reads single properties. Messages name the property, and its value only where that is no secret. */
export class PropertyReader {
  readonly #properties: KafkaProperties;

  constructor(properties: KafkaProperties) {
    this.#properties = properties;
  }

  /** The first of these that was given. */
  text(...names: readonly KafkaPropertyName[]): string | undefined {
    for (const name of names) {
      const value = this.#properties[name];
      if (value !== undefined) return String(value);
    }
    return undefined;
  }

  wholeNumber(name: KafkaPropertyName): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^\d{1,15}$/.test(text.trim())) return Number(text);
    throw new UsageError(`${name}=${text}: write a whole number`);
  }

  boolean(name: KafkaPropertyName): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined || text === 'true' || text === 'false') return text === undefined ? text : text === 'true';
    throw new UsageError(`${name}=${text}: write true or false`);
  }

  oneOf<T extends string>(name: KafkaPropertyName, known: readonly T[]): T | undefined {
    const text = this.text(name)?.toUpperCase();
    if (text === undefined || known.includes(text as T)) return text as T | undefined;
    const nearest = nearestWord(text, known);
    const hint = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
    throw new UsageError(`${name}=${text}: known are ${known.join(', ')}${hint}`);
  }

  /** Whether any of the properties that begin like this was given, and which. */
  anyOf(prefix: string): KafkaPropertyName | undefined {
    return kafkaPropertyNames.find(name => name.startsWith(prefix) && this.#properties[name] !== undefined);
  }
}
