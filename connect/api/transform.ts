// What the author of a transform or a predicate writes: a config spec, and a function from record to record.

import type { z } from 'zod';
import type { Schema } from './schema.js';
import type { ConfigSpec } from './source.js';

/** A value with its schema, as it stands between converter and connector; no schema: the value speaks for itself. */
export interface Valued {
  readonly schema: Schema | undefined;
  readonly value: unknown;
}

export interface TransformHeader extends Valued {
  readonly key: string;
}

export interface TransformRecord {
  /** Undefined where a source leaves it to the runtime. */
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  /** Of a sink's record. */
  readonly offset: number | undefined;
  /** Milliseconds since the epoch. */
  readonly timestamp: number | undefined;
  readonly key: Valued;
  readonly value: Valued;
  readonly headers: readonly TransformHeader[];
}

/**
 * Gives the record, another one, or undefined: then the record goes no further, and counts as done. What it throws makes the record a bad one.
 * A promise is waited for together with those of its neighbours; the order of the records stays.
 */
export type Transform = (
  record: TransformRecord,
) => TransformRecord | undefined | PromiseLike<TransformRecord | undefined>;

export type Predicate = (record: TransformRecord) => boolean | PromiseLike<boolean>;

/** The part of a record that a transform works on: its name ends in `$Key` or `$Value`. */
export type Side = 'key' | 'value';

export interface TransformContext {
  /** Of a transform with sides, the one it was named with; `value` otherwise. */
  readonly side: Side;
}

export interface TransformDefinition<S extends ConfigSpec = ConfigSpec> {
  readonly kind: 'transform';
  /** How configurations name it. */
  readonly name: string;
  /** Other names, such as the full name of the Java class that it stands for. */
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly config: S;
  /** It works on the key or on the value: its names end in `$Key` and `$Value`. */
  readonly hasSides?: boolean;
  /** Throws ConfigError for what cannot be meant. */
  start(config: z.output<S>, context: TransformContext): Transform;
}

export interface PredicateDefinition<S extends ConfigSpec = ConfigSpec> {
  readonly kind: 'predicate';
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly config: S;
  /** Throws ConfigError for what cannot be meant. */
  start(config: z.output<S>): Predicate;
}

/** Defines a transform; its settings (`transforms.<alias>.*`), their validation and documentation come from its `config`. */
export function defineTransform<S extends ConfigSpec>(
  definition: Omit<TransformDefinition<S>, 'kind'>,
): TransformDefinition<S> {
  return { ...definition, kind: 'transform' };
}

/** Defines a predicate; its settings (`predicates.<alias>.*`) come from its `config`. */
export function definePredicate<S extends ConfigSpec>(
  definition: Omit<PredicateDefinition<S>, 'kind'>,
): PredicateDefinition<S> {
  return { ...definition, kind: 'predicate' };
}
