export type SchemaType =
  | 'boolean'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float'
  | 'double'
  | 'bytes'
  | 'string'
  | 'array'
  | 'map'
  | 'struct';

/** A schema of Connect's data model, in the shape in which its JSON envelope spells it. */
export interface Schema {
  readonly type: SchemaType;
  readonly optional?: boolean | undefined;
  readonly name?: string | undefined;
  readonly version?: number | undefined;
  readonly doc?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly default?: unknown;
  /** Of an array's elements. */
  readonly items?: Schema | undefined;
  /** Of a map's keys and values. */
  readonly keys?: Schema | undefined;
  readonly values?: Schema | undefined;
  /** Of a struct, in order. */
  readonly fields?: readonly (Schema & { readonly field: string })[] | undefined;
}
