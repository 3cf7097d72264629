// The transforms of a configuration, one behind the other: `transforms=a,b`, `transforms.a.type`, `transforms.a.<setting>`, and whether a record passes
// one of them: `transforms.a.predicate=p`, `transforms.a.negate`, `predicates=p`, `predicates.p.type`. Names and meanings are Kafka Connect's; an unknown
// setting is refused, where Kafka Connect only logs it.

import { ConfigError } from '../api/errors.js';
import { option } from '../api/option.js';
import type {
  Predicate,
  PredicateDefinition,
  Transform,
  TransformDefinition,
  TransformRecord,
} from '../api/transform.js';
import { findPredicate, findTransform, namedPredicate, namedTransform } from './named-transform.js';
import type { Settings } from './transform.js';

export type Transformed = TransformRecord | undefined;

export interface TransformChain {
  readonly isEmpty: boolean;
  /**
   * The record behind all transforms; undefined when one of them has filtered it out. A promise only where a transform gives one.
   * Throws (or rejects with) TransformError.
   */
  apply(record: TransformRecord): Transformed | Promise<Transformed>;
}

/** What a transform threw, with the one it was. */
export class TransformError extends Error {
  override readonly name = 'TransformError';
  readonly stage = 'TRANSFORMATION';
  /** The `type` of the transform. */
  readonly className: string;

  constructor(alias: string, className: string, cause: unknown) {
    super(`transform ${alias}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.className = className;
  }
}

/** Transforms and predicates that a configuration may name beside those that are always there. */
export type TransformPlugins = readonly (TransformDefinition | PredicateDefinition)[];

/** The keys that belong to chains, and not to the connector or the runtime. */
export function isChainKey(key: string): boolean {
  return /^(transforms|predicates)(\.|$)/.test(key);
}

/** Reads the chain of a configuration. Throws ConfigError naming the key that cannot be meant. */
export function chainOf(
  config: Readonly<Record<string, unknown>>,
  all: readonly (TransformPlugins[number] | { readonly kind: 'converter' })[] = [],
): TransformChain {
  const plugins = all.filter(plugin => plugin.kind !== 'converter');
  const aliases = aliasesOf(config, 'transforms');
  const conditions = conditionsOf(config, plugins);
  const steps = aliases.map(alias => stepOf(config, alias, { plugins, conditions }));
  return { isEmpty: steps.length === 0, apply: record => applied(steps, 0, record) };
}

interface Step {
  readonly alias: string;
  readonly className: string;
  readonly transform: Transform;
  readonly condition: Predicate | undefined;
  readonly isNegated: boolean;
}

/** Goes through the steps from `first` on; once one of them gives a promise, the rest comes behind it. */
function applied(steps: readonly Step[], first: number, record: TransformRecord): Transformed | Promise<Transformed> {
  let current: TransformRecord = record;
  for (let at = first; at < steps.length; at++) {
    const outcome = stepped(steps[at]!, current);
    if (isPromise(outcome)) {
      return outcome.then(next => (next === undefined ? undefined : applied(steps, at + 1, next)));
    }
    if (outcome === undefined) return undefined;
    current = outcome;
  }
  return current;
}

function stepped(step: Step, record: TransformRecord): Transformed | Promise<Transformed> {
  try {
    const outcome = passed(step, record);
    return isPromise(outcome) ? Promise.resolve(outcome).catch(cause => fail(step, cause)) : outcome;
  } catch (cause) {
    return fail(step, cause);
  }
}

function passed(step: Step, record: TransformRecord): Transformed | PromiseLike<Transformed> {
  const { condition, isNegated, transform } = step;
  if (condition === undefined) return transform(record);
  const holds = condition(record);
  if (isPromise(holds)) return holds.then(held => (held !== isNegated ? transform(record) : record));
  return holds !== isNegated ? transform(record) : record;
}

function fail({ alias, className }: Step, cause: unknown): never {
  throw new TransformError(alias, className, cause);
}

function isPromise<T>(given: T | PromiseLike<T>): given is PromiseLike<T> {
  return typeof (given as { then?: unknown } | undefined)?.then === 'function';
}

interface Parts {
  readonly plugins: TransformPlugins;
  readonly conditions: ReadonlyMap<string, Predicate>;
}

function stepOf(config: Settings, alias: string, { plugins, conditions }: Parts): Step {
  const prefix = `transforms.${alias}.`;
  const { type, predicate, negate, ...settings } = settingsUnder(config, prefix);
  const known = plugins.filter(each => each.kind === 'transform');
  const className = requireType(type, `${prefix}type`, 'transform');
  const transform = atKey(prefix, () => {
    const { definition } = findTransform(className, known);
    requireKnownSettings(settings, Object.keys(definition.config.shape), ['predicate', 'negate']);
    return namedTransform(className, settings, known);
  });
  const isNegated = atKey(`${prefix}negate`, () => booleanOf(negate));
  if (predicate === undefined || predicate === null) {
    if (negate === undefined) return { alias, className, transform, condition: undefined, isNegated };
    throw new ConfigError(
      `Config '${prefix}negate' was provided but there is no config '${prefix}predicate' defining a predicate to be negated.`,
    );
  }
  const condition = conditions.get(String(predicate).trim());
  if (condition === undefined) {
    throw new ConfigError(`${prefix}predicate: "${String(predicate)}" is not one of the names in predicates`, {
      given: String(predicate),
      known: conditions.keys(),
    });
  }
  return { alias, className, transform, condition, isNegated };
}

function conditionsOf(config: Settings, plugins: TransformPlugins): ReadonlyMap<string, Predicate> {
  const known = plugins.filter(each => each.kind === 'predicate');
  return new Map(
    aliasesOf(config, 'predicates').map(alias => {
      const prefix = `predicates.${alias}.`;
      const { type, ...settings } = settingsUnder(config, prefix);
      const className = requireType(type, `${prefix}type`, 'predicate');
      const condition = atKey(prefix, () => {
        requireKnownSettings(settings, Object.keys(findPredicate(className, known).config.shape), []);
        return namedPredicate(className, settings, known);
      });
      return [alias, condition] as const;
    }),
  );
}

function aliasesOf(config: Settings, key: 'transforms' | 'predicates'): readonly string[] {
  const read = option
    .list()
    .default([])
    .safeParse(config[key] ?? undefined);
  if (!read.success) throw new ConfigError(`${key}: must be a list, or a text with commas`);
  const twice = read.data.find((alias, index) => read.data.indexOf(alias) !== index);
  if (twice !== undefined) throw new ConfigError(`${key}: "${twice}" stands there twice`);
  return read.data;
}

function settingsUnder(config: Settings, prefix: string): Record<string, unknown> {
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

function requireType(type: unknown, key: string, what: string): string {
  if (typeof type === 'string' && type.trim() !== '') return type.trim();
  throw new ConfigError(`${key}: this option is required: the name of a ${what}`);
}

/** `plugin.version` is for Java's class path; here a name stands for one version. */
function requireKnownSettings(settings: Settings, known: readonly string[], reserved: readonly string[]): void {
  const stranger = Object.keys(settings).find(key => !known.includes(key) && key !== 'plugin.version');
  if (stranger === undefined) return;
  throw new ConfigError(`${stranger}: there is no such option`, { given: stranger, known: [...known, ...reserved] });
}

function booleanOf(given: unknown): boolean {
  const read = option
    .boolean()
    .default(false)
    .safeParse(given ?? undefined);
  if (read.success) return read.data;
  throw new ConfigError('must be true or false');
}

/** What goes wrong with a setting names the whole key. */
function atKey<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message, given, known } = error;
    const isKeyed = /^[a-z][\w.]*: /.test(message);
    const place = prefix.replace(/\.$/, '');
    throw new ConfigError(isKeyed ? message.replace(/^/gm, `${place}.`) : `${place}: ${message}`, {
      ...(given !== undefined && { given }),
      known,
      cause: error,
    });
  }
}
