// How a field of a Kafka message is declared: its wire type, the versions that have it, its default. The TypeScript type of a message
// follows from its fields. In memory a message always holds every field of the newest version; what a version does not have is
// its default after decoding, and is dropped when encoding if it may be (`ignorable`, or it is the default), refused otherwise.

import { type VersionRange, type VersionText, versionRange } from './version-range.js';

/** What a wire type is in memory. int64 is a number (2^53 is enough), a uuid its 22 base64url characters, records whole batches. */
interface PrimitiveValues {
  int8: number;
  int16: number;
  uint16: number;
  int32: number;
  int64: number;
  bool: boolean;
  string: string;
  bytes: Uint8Array;
  records: readonly Uint8Array[];
  uuid: string;
}

export type PrimitiveName = keyof PrimitiveValues;

/** The shape of a value on the wire. */
export type WireType =
  | { readonly kind: PrimitiveName }
  | { readonly kind: 'array'; readonly element: WireType }
  | { readonly kind: 'struct'; readonly fields: Fields };

export interface Field<T> {
  readonly type: WireType;
  readonly versions: VersionRange;
  readonly nullable: VersionRange | undefined;
  readonly tag: number | undefined;
  readonly tagged: VersionRange | undefined;
  readonly default: T;
  readonly isIgnorable: boolean;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The type of a message with these fields. */
export type ValueOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** A message whose fields may be left out, at every depth. */
export type Given<V> = V extends Uint8Array
  ? V
  : V extends readonly (infer E)[]
    ? readonly Given<E>[]
    : V extends object
      ? { readonly [K in keyof V]?: Given<V[K]> | undefined }
      : V;

interface Options {
  readonly nullable?: VersionText;
  readonly default?: unknown;
  readonly tag?: number;
  readonly tagged?: VersionText;
  readonly ignorable?: true;
}

type Nullable<T, O> = O extends { readonly nullable: VersionText } ? T | null : T;

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';

function field<T, O extends Options>(
  type: WireType,
  zero: T,
  versions: VersionText,
  options?: O,
): Field<Nullable<T, O>> {
  const given: Options = options ?? {};
  return {
    type,
    versions: versionRange(versions),
    nullable: given.nullable === undefined ? undefined : versionRange(given.nullable),
    tag: given.tag,
    tagged: given.tag === undefined ? undefined : versionRange(given.tagged ?? versions),
    default: (given.default === undefined ? zero : given.default) as Nullable<T, O>,
    isIgnorable: given.ignorable === true,
  };
}

const primitive =
  <N extends PrimitiveName>(kind: N, zero: PrimitiveValues[N]) =>
  <O extends Options>(versions: VersionText, options?: O): Field<Nullable<PrimitiveValues[N], O>> =>
    field({ kind }, zero, versions, options);

export const int8 = primitive('int8', 0);
export const int16 = primitive('int16', 0);
export const uint16 = primitive('uint16', 0);
export const int32 = primitive('int32', 0);
export const int64 = primitive('int64', 0);
export const bool = primitive('bool', false);
export const string = primitive('string', '');
export const bytes = primitive('bytes', new Uint8Array(0));
export const records = primitive('records', []);
export const uuid = primitive('uuid', zeroId);

type ElementValue<E> = E extends PrimitiveName ? PrimitiveValues[E] : E extends Fields ? ValueOf<E> : never;

export function array<E extends PrimitiveName | Fields, O extends Options>(
  versions: VersionText,
  element: E,
  options?: O,
): Field<Nullable<readonly ElementValue<E>[], O>> {
  const elementType: WireType = typeof element === 'string' ? { kind: element } : { kind: 'struct', fields: element };
  return field<readonly ElementValue<E>[], O>({ kind: 'array', element: elementType }, [], versions, options);
}

/** A struct that may be null has `default: null` too. */
export function struct<F extends Fields, O extends Omit<Options, 'default'> & { readonly default?: null }>(
  versions: VersionText,
  fields: F,
  options?: O,
): Field<Nullable<ValueOf<F>, O>> {
  return field({ kind: 'struct', fields }, filled(fields, {}) as ValueOf<F>, versions, options);
}

/** `given` with the defaults of what it leaves out, at every depth. */
export function filled(fields: Fields, given: object): object {
  const value: Record<string, unknown> = {};
  for (const name in fields) {
    const found = (given as Record<string, unknown>)[name];
    value[name] = found === undefined ? fields[name]!.default : filledValue(fields[name]!.type, found);
  }
  return value;
}

function filledValue(type: WireType, given: unknown): unknown {
  if (given === null) return null;
  if (type.kind === 'struct') return filled(type.fields, given as object);
  if (type.kind !== 'array' || type.element.kind !== 'struct') return given;
  const { fields } = type.element;
  return (given as readonly object[]).map(element => filled(fields, element));
}
