import { z } from 'zod';
import { DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { namedList } from '../api/read-settings.js';
import type { Schema } from '../api/schema.js';
import { defineTransform, type Valued } from '../api/transform.js';
import { convertValue } from '../api/values/convert-value.js';
import { Decimal } from '../api/values/decimal.js';
import { wholeNumber } from '../api/values/whole-number.js';
import { fieldValue, isPlainObject, kindOf, requireFields, requireStruct, structWith } from './data-shape.js';

const spec = z.object({
  fields: namedList('Fields to mask.'),
  replacement: option
    .text()
    .min(1, 'must not be empty')
    .optional()
    .describe('What numbers and texts become, instead of 0 and an empty text. Fields of other types are refused then.'),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('A field that is not set has the default of its schema.'),
});
const purpose = 'mask fields';

/** Kafka Connect's MaskField. */
export const maskField = defineTransform({
  name: 'MaskField',
  hasSides: true,
  description: 'Fields lose what they hold: 0, an empty text, false, an empty list or map, 1970, or a replacement.',
  config: spec,
  start(options, { side }) {
    const { fields, replacement } = options;
    const replacesNull = options['replace.null.with.default'];
    const masked = (value: unknown, schema: Schema | undefined) => {
      if (value === null) return null;
      return replacement === undefined ? emptied(value, schema) : replaced(value, schema, replacement);
    };
    return record => ({ ...record, [side]: maskedFields(record[side], fields, { masked, replacesNull }) });
  },
});

interface Masking {
  masked(value: unknown, schema: Schema | undefined): unknown;
  readonly replacesNull: boolean;
}

function maskedFields({ schema, value }: Valued, names: readonly string[], masking: Masking): Valued {
  if (schema === undefined) {
    const fields = requireFields(value, purpose);
    const changed = names.map(name => [name, masking.masked(fields[name] ?? null, undefined)] as const);
    return { schema, value: { ...fields, ...Object.fromEntries(changed) } };
  }
  const struct = requireStruct(value, schema, purpose);
  const fields = schema.fields ?? [];
  const values = fields.map(field => {
    const held = fieldValue(struct, field, masking.replacesNull);
    return [field.field, names.includes(field.field) ? masking.masked(held, field) : held] as const;
  });
  return { schema, value: structWith(schema, fields, Object.fromEntries(values)).value };
}

function emptied(value: unknown, schema: Schema | undefined): unknown {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return 0;
    case 'string':
      return '';
    case 'boolean':
      return false;
    default:
      break;
  }
  if (value instanceof Decimal) return new Decimal(0n, 0);
  if (value instanceof Date) return new Date(0);
  if (Array.isArray(value)) return [];
  if (schema?.type !== 'struct' && (value instanceof Map || isPlainObject(value))) return {};
  throw new DataError(`MaskField cannot mask ${kindOf(value)}`);
}

function replaced(value: unknown, schema: Schema | undefined, replacement: string): unknown {
  if (typeof value === 'string') return replacement;
  if (value instanceof Decimal) return Decimal.parse(replacement);
  if (typeof value === 'number' || typeof value === 'bigint') {
    return replacedNumber(value, schema, replacement);
  }
  throw new DataError(`MaskField cannot mask ${kindOf(value)} with a replacement`);
}

/** As the type of the field has it: `-1.5` is -1 in a whole number, and what is too large loses its first bits. */
function replacedNumber(value: number | bigint, schema: Schema | undefined, replacement: string): unknown {
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) return largeNumber(replacement);
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  return convertValue({ type: schema?.type ?? (isWhole ? 'int64' : 'double') }, replacement);
}

/** Of any size, as what it replaces. */
function largeNumber(replacement: string): number | bigint {
  if (/^[+-]?\d+$/.test(replacement)) return wholeNumber(BigInt(replacement.replace('+', '')));
  throw new DataError(`MaskField: "${replacement}" is no whole number`);
}
