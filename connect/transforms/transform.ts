// A transform takes a record and gives another, or undefined: then the record goes no further. Names, settings and results are those of
// Kafka Connect's transforms; what they find wrong with a record is a DataError.

import type { Schema } from '../api/schema.js';

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
  readonly timestamp: number | undefined;
  readonly key: Valued;
  readonly value: Valued;
  readonly headers: readonly TransformHeader[];
}

export type Transform = (record: TransformRecord) => TransformRecord | undefined;
export type Predicate = (record: TransformRecord) => boolean;

/** The settings of one transform, as they stand in a configuration, without its prefix. */
export type Settings = Readonly<Record<string, unknown>>;

/** The part of a record that a transform works on: its name ends in `$Key` or `$Value`. */
export type Side = 'key' | 'value';

export function isTombstone({ value }: TransformRecord): boolean {
  return value.value === null;
}
