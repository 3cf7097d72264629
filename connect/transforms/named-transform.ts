// Transforms and predicates by the names that configurations give them: Kafka Connect's class names, with or without their package, and those of
// plugins given in code.

import { ConfigError } from '../api/errors.js';
import { readSettings } from '../api/read-settings.js';
import type { Predicate, PredicateDefinition, Side, Transform, TransformDefinition } from '../api/transform.js';
import { cast } from './cast.js';
import { dropHeaders } from './drop-headers.js';
import { extractField } from './extract-field.js';
import { filter } from './filter.js';
import { flatten } from './flatten.js';
import { headerFrom } from './header-from.js';
import { hoistField } from './hoist-field.js';
import { insertField } from './insert-field.js';
import { insertHeader } from './insert-header.js';
import { jsonataPredicate, jsonataTransform } from './jsonata.js';
import { maskField } from './mask-field.js';
import { hasHeaderKey, recordIsTombstone, topicNameMatches } from './predicates.js';
import { replaceField } from './replace-field.js';
import { regexRouter } from './routers.js';
import { setSchemaMetadata } from './set-schema-metadata.js';
import { timestampConverter } from './timestamp-converter.js';
import { timestampRouter } from './timestamp-router.js';
import type { Settings } from './transform.js';
import { unwrap } from './unwrap.js';
import { valueToKey } from './value-to-key.js';

const kafka = 'org.apache.kafka.connect.transforms.';

/** Those that are there without a plugin. */
export const transforms: readonly TransformDefinition[] = [
  cast,
  dropHeaders,
  extractField,
  filter,
  flatten,
  headerFrom,
  hoistField,
  insertField,
  insertHeader,
  maskField,
  regexRouter,
  replaceField,
  setSchemaMetadata,
  timestampConverter,
  timestampRouter,
  valueToKey,
  unwrap,
  jsonataTransform,
];
export const predicates: readonly PredicateDefinition[] = [
  hasHeaderKey,
  recordIsTombstone,
  topicNameMatches,
  jsonataPredicate,
];

/** All that a configuration may name as `type`, without Java's packages. */
export const transformNames: readonly string[] = transforms.flatMap(namesOf);

/** A transform as a configuration names it. */
export interface NamedTransform {
  readonly definition: TransformDefinition;
  readonly side: Side;
}

/** Throws ConfigError for a name that is none. */
export function findTransform(name: string, plugins: readonly TransformDefinition[] = []): NamedTransform {
  const short = withoutPackage(name, kafka);
  const [, base = short, side] = /^(.+)\$(Key|Value)$/.exec(short) ?? [];
  const all = [...plugins, ...transforms];
  const definition = all.find(each => goesBy(each, base) && (each.hasSides === true) === (side !== undefined));
  if (definition !== undefined) return { definition, side: side === 'Key' ? 'key' : 'value' };
  const sided = all.find(each => goesBy(each, short));
  if (sided?.hasSides === true) {
    throw new ConfigError(`${short} works on a key or a value: name ${short}$Key or ${short}$Value`);
  }
  throw new ConfigError(`there is no transform "${name}"`, { given: short, known: all.flatMap(namesOf) });
}

/** Throws ConfigError for a name that is none. */
export function findPredicate(name: string, plugins: readonly PredicateDefinition[] = []): PredicateDefinition {
  const short = withoutPackage(name, `${kafka}predicates.`);
  const all = [...plugins, ...predicates];
  const definition = all.find(each => goesBy(each, short));
  if (definition !== undefined) return definition;
  throw new ConfigError(`there is no predicate "${name}"`, { given: short, known: all.map(each => each.name) });
}

/** Throws ConfigError for a name that is none, and for settings that cannot be meant. */
export function namedTransform(
  name: string,
  settings: Settings,
  plugins: readonly TransformDefinition[] = [],
): Transform {
  const { definition, side } = findTransform(name, plugins);
  return definition.start(readSettings(definition.config, settings), { side });
}

/** Throws ConfigError as `namedTransform` does. */
export function namedPredicate(
  name: string,
  settings: Settings,
  plugins: readonly PredicateDefinition[] = [],
): Predicate {
  const definition = findPredicate(name, plugins);
  return definition.start(readSettings(definition.config, settings));
}

function namesOf({ name, hasSides }: TransformDefinition): readonly string[] {
  return hasSides === true ? [`${name}$Key`, `${name}$Value`] : [name];
}

function goesBy({ name, aliases }: TransformDefinition | PredicateDefinition, given: string): boolean {
  return name === given || aliases?.includes(given) === true;
}

function withoutPackage(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
