// A property of Kafka's clients that a client here has as well: its name and type in Kafka, the values it takes, and the option that it is.

import { ConfigError } from '../../api/errors.js';
import { judged } from '../validation/config-key.js';
import type { ConfigType } from '../worker/worker-answers.js';

export interface ClientProperty<Options> {
  readonly type: ConfigType;
  /** The words that it takes. */
  readonly words?: readonly string[];
  /** The least number that it takes. */
  readonly min?: number;
  /** Words count in any case. */
  readonly isAnyCase?: boolean;
  option(value: string): Partial<Options>;
}

export type ClientProperties<Options> = Readonly<Record<string, ClientProperty<Options>>>;

/** What is wrong with the type of a value, as validation says it; whether its value is one that counts is seen by who starts the client, as in Kafka Connect. */
export function typeFaults(name: string, { type }: { readonly type: ConfigType }, value: string): readonly string[] {
  return judged({ name, type, defaultValue: null }, { [name]: value }).value.errors;
}

/** Throws ConfigError in the words of Kafka's clients for a value that the property does not take. */
export function optionOf<Options>(name: string, property: ClientProperty<Options>, given: string): Partial<Options> {
  const { words, min, isAnyCase = false } = property;
  const text = given.trim();
  const value = isAnyCase ? text.toLowerCase() : text;
  const refused = (reason: string) => new ConfigError(`Invalid value ${text} for configuration ${name}: ${reason}`);
  const [fault] = typeFaults(name, property, value);
  if (fault !== undefined) throw new ConfigError(fault);
  if (words !== undefined && !words.includes(value)) throw refused(`String must be one of: ${words.join(', ')}`);
  if (min !== undefined && Number(value) < min) throw refused(`Value must be at least ${min}`);
  return property.option(value);
}
