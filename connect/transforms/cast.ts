import { z } from 'zod';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { namedList } from '../api/read-settings.js';
import type { Schema, SchemaType } from '../api/schema.js';
import { defineTransform, type Valued } from '../api/transform.js';
import { encodedDate } from '../api/values/date-number.js';
import { Decimal } from '../api/values/decimal.js';
import { logicalTypeOf } from '../api/values/logical-type.js';
import { parseDouble, parseWhole } from '../api/values/parse-number.js';
import { numberText, valueText } from '../api/values/value-text.js';
import { isWholeType, truncatedDouble, type WholeType, wrappedWhole } from '../api/values/whole-number.js';
import { fieldValue, kindOf, requireFields, requireStruct, structWith } from './data-shape.js';

const targets = {
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  float32: 'float',
  float64: 'double',
  boolean: 'boolean',
  string: 'string',
} as const;
type Target = (typeof targets)[keyof typeof targets];
const purpose = 'cast types';

const spec = z.object({
  spec: namedList(
    `\`field:type\` pairs, or one type for the whole. Types: ${Object.keys(targets).join(', ')}. Numbers are narrowed as Java narrows them: 300 as int8 is 44.`,
  ),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('A field that is not set has the default of its schema.'),
});

/** Kafka Connect's Cast. */
export const cast = defineTransform({
  name: 'Cast',
  hasSides: true,
  description: 'Fields, or the whole key or value, become of another type.',
  config: spec,
  start(options, { side }) {
    const casts = castsOf(options.spec);
    const replacesNull = options['replace.null.with.default'];
    const change =
      typeof casts === 'string'
        ? (valued: Valued) => wholeCast(valued, casts)
        : (valued: Valued) => fieldsCast(valued, casts, replacesNull);
    return record => (record[side].value === null ? record : { ...record, [side]: change(record[side]) });
  },
});

function castsOf(spec: readonly string[]): Target | ReadonlyMap<string, Target> {
  const casts = new Map<string, Target>();
  for (const mapping of spec) {
    const parts = mapping.split(':');
    if (parts.length > 2) throw new ConfigError(`spec: "${mapping}" is neither a type nor field:type`);
    const type = targetOf(parts.at(-1)!.trim());
    if (parts.length === 2) casts.set(parts[0]!.trim(), type);
    else if (spec.length === 1) return type;
    else throw new ConfigError('spec: a type for the whole stands alone, without other casts');
  }
  return casts;
}

function targetOf(given: string): Target {
  const known = given.toLowerCase();
  if (Object.hasOwn(targets, known)) return targets[known as keyof typeof targets];
  throw new ConfigError(`spec: there is no cast to "${given}"`, { given: known, known: Object.keys(targets) });
}

function wholeCast({ schema, value }: Valued, target: Target): Valued {
  if (schema === undefined) return { schema, value: castValue(value, target, undefined) };
  const { type: _type, fields: _fields, items: _items, keys: _keys, values: _values, ...basics } = schema;
  const preset = schema.default === undefined ? {} : { default: castValue(schema.default, target, schema) };
  return { schema: { ...basics, type: target, ...preset }, value: castValue(value, target, schema) };
}

function fieldsCast({ schema, value }: Valued, casts: ReadonlyMap<string, Target>, replacesNull: boolean): Valued {
  if (schema === undefined) {
    const fields = requireFields(value, purpose);
    const changed = [...casts].map(([field, type]) => [field, castValue(fields[field] ?? null, type, undefined)]);
    return { schema, value: { ...fields, ...(Object.fromEntries(changed) as object) } };
  }
  const struct = requireStruct(value, schema, purpose);
  if (schema.default !== undefined) throw new DataError('Cast cannot change the default of a whole struct');
  const fields = (schema.fields ?? []).map(field => {
    const target = casts.get(field.field);
    if (target === undefined) return field;
    const preset = field.default === undefined ? {} : { default: castValue(field.default, target, field) };
    return { type: target, ...(field.optional === true && { optional: true }), ...preset, field: field.field };
  });
  const values = (schema.fields ?? []).map(field => {
    const held = fieldValue(struct, field, replacesNull);
    const target = casts.get(field.field);
    return [field.field, target === undefined ? held : castValue(held, target, field)] as const;
  });
  const changed = structWith(schema, fields, Object.fromEntries(values));
  return schema.optional === true ? { ...changed, schema: { ...changed.schema, optional: true } } : changed;
}

const inputs: ReadonlySet<SchemaType> = new Set<SchemaType>([...Object.values(targets), 'bytes']);

/** Throws DataError for what has no meaning in that type. */
function castValue(given: unknown, target: Target, schema: Schema | undefined): unknown {
  if (given === null) return null;
  if (schema !== undefined && !inputs.has(schema.type)) {
    throw new DataError(`Cast does not work on a value of type ${schema.type}`);
  }
  const isDate = given instanceof Date;
  if (schema === undefined && (isDate || given instanceof Decimal)) {
    throw new DataError(`Cast does not work on ${isDate ? 'a date' : 'a decimal'} without schema`);
  }
  if (target === 'string') return textOf(given, schema);
  const value = isDate && logicalTypeOf(schema) !== undefined ? encodedDate(given, schema!) : given;
  if (target === 'boolean') return booleanOf(value);
  if (isWholeType(target)) return wholeOf(value, target, schema);
  const number = numberOf(value, schema);
  return target === 'float' ? Math.fround(number) : number;
}

function textOf(value: unknown, schema: Schema | undefined): string {
  if (typeof value === 'number') return numberText(value, schema);
  const isNested = Array.isArray(value) || kindOf(value) === 'an object';
  if (isNested && !(value instanceof Date) && !(value instanceof Decimal)) throw unfit(value);
  return valueText(value, schema);
}

/** Java goes from a floating-point number by way of an int, which ends at its largest; from a whole one by its last bits. */
function wholeOf(value: unknown, target: WholeType, schema: Schema | undefined): number | bigint {
  const isFloating = schema === undefined ? !Number.isSafeInteger(value) : !isWholeType(schema.type);
  const isLong = target === 'int64' || !isFloating;
  switch (typeof value) {
    case 'number':
      return wrappedWhole(truncatedDouble(value, isLong ? 64 : 32), target);
    case 'bigint':
      return wrappedWhole(value, target);
    case 'boolean':
      return value ? 1 : 0;
    case 'string': {
      const whole = parseWhole(value, target);
      if (whole === undefined) throw new DataError(`Value (${value}) was out of range for requested data type`);
      return whole;
    }
    default:
      if (value instanceof Decimal) return wrappedWhole(value.toBigInt(), target);
      throw unfit(value);
  }
}

function numberOf(value: unknown, schema: Schema | undefined): number {
  switch (typeof value) {
    case 'number':
      return schema?.type === 'float' ? Math.fround(value) : value;
    case 'bigint':
      return Number(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'string': {
      const number = parseDouble(value);
      if (number === undefined) throw new DataError(`Value (${value}) was out of range for requested data type`);
      return number;
    }
    default:
      if (value instanceof Decimal) return value.toNumber();
      throw unfit(value);
  }
}

function booleanOf(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return truncatedDouble(value, 64) !== 0n;
    case 'bigint':
      return value !== 0n;
    case 'boolean':
      return value;
    case 'string':
      return value.toLowerCase() === 'true';
    default:
      if (value instanceof Decimal) return BigInt.asIntN(64, value.toBigInt()) !== 0n;
      throw unfit(value);
  }
}

function unfit(value: unknown): DataError {
  return new DataError(`Cast does not work on ${kindOf(value)}`);
}
