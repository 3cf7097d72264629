// Transforms and predicates by the names that configurations give them: Kafka Connect's class names, with or without their package.

import { ConfigError } from '../api/errors.js';
import { dropHeaders } from './drop-headers.js';
import { extractField } from './extract-field.js';
import { flatten } from './flatten.js';
import { headerFrom } from './header-from.js';
import { hoistField } from './hoist-field.js';
import { insertField } from './insert-field.js';
import { hasHeaderKey, recordIsTombstone, topicNameMatches } from './predicates.js';
import { replaceField } from './replace-field.js';
import { regexRouter } from './routers.js';
import { setSchemaMetadata } from './set-schema-metadata.js';
import type { Predicate, Settings, Side, Transform } from './transform.js';
import { valueToKey } from './value-to-key.js';

const sided: Readonly<Record<string, (settings: Settings, side: Side) => Transform>> = {
  ExtractField: extractField,
  Flatten: flatten,
  HeaderFrom: headerFrom,
  HoistField: hoistField,
  InsertField: insertField,
  ReplaceField: replaceField,
  SetSchemaMetadata: setSchemaMetadata,
};
const whole: Readonly<Record<string, (settings: Settings) => Transform>> = {
  DropHeaders: dropHeaders,
  Filter: () => () => undefined,
  RegexRouter: regexRouter,
  ValueToKey: valueToKey,
};
const predicates: Readonly<Record<string, (settings: Settings) => Predicate>> = {
  HasHeaderKey: hasHeaderKey,
  RecordIsTombstone: recordIsTombstone,
  TopicNameMatches: topicNameMatches,
};

export const transformNames: readonly string[] = [
  ...Object.keys(sided).flatMap(name => [`${name}$Key`, `${name}$Value`]),
  ...Object.keys(whole),
];

/** Throws ConfigError for a name that is none, and for settings that cannot be meant. */
export function namedTransform(name: string, settings: Settings): Transform {
  const known = withoutPackage(name, 'org.apache.kafka.connect.transforms.');
  if (Object.hasOwn(whole, known)) return whole[known]!(settings);
  const [, base = '', side = ''] = /^(\w+)\$(Key|Value)$/.exec(known) ?? [];
  if (Object.hasOwn(sided, base)) return sided[base]!(settings, side === 'Key' ? 'key' : 'value');
  throw new ConfigError(`there is no transform "${name}"`, { given: known, known: transformNames });
}

/** Throws ConfigError as `namedTransform` does. */
export function namedPredicate(name: string, settings: Settings): Predicate {
  const known = withoutPackage(name, 'org.apache.kafka.connect.transforms.predicates.');
  if (Object.hasOwn(predicates, known)) return predicates[known]!(settings);
  throw new ConfigError(`there is no predicate "${name}"`, { given: known, known: Object.keys(predicates) });
}

function withoutPackage(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
