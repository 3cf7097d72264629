import { z } from 'zod';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import type { Schema } from '../api/schema.js';
import { defineTransform, type Valued } from '../api/transform.js';
import { modulo } from '../api/values/civil-date.js';
import { DateFormat } from '../api/values/date-format.js';
import { dateSchema, dayMs, logicalTypeOf, timeSchema, timestampSchema } from '../api/values/logical-type.js';
import { wholeNumber } from '../api/values/whole-number.js';
import { type Fields, fieldValue, kindOf, requireFields, requireStruct, structWith } from './data-shape.js';

const spec = z.object({
  field: option.text().default('').describe('The field that holds the time; without it, the whole key or value.'),
  'target.type': option
    .choice(['string', 'unix', 'Date', 'Time', 'Timestamp'])
    .describe('What it becomes: a text, a number, or one of the logical types (with or without schema a `Date`).'),
  format: option
    .text()
    .default('')
    .describe(
      "Of texts, read or written: a pattern of Java's SimpleDateFormat, in UTC, such as `yyyy-MM-dd HH:mm:ss`.",
    ),
  'unix.precision': option
    .choice(['nanoseconds', 'microseconds', 'milliseconds', 'seconds'])
    .default('milliseconds')
    .describe('What numbers count, read or written.'),
  'replace.null.with.default': option
    .boolean()
    .default(true)
    .describe('A field that is not set has the default of its schema.'),
});
type Config = z.output<typeof spec>;
const purpose = 'converting timestamp formats';

const targetSchemas: Readonly<Record<Config['target.type'], Schema>> = {
  string: { type: 'string' },
  unix: { type: 'int64' },
  Date: dateSchema,
  Time: timeSchema,
  Timestamp: timestampSchema,
};

/** Kafka Connect's TimestampConverter. */
export const timestampConverter = defineTransform({
  name: 'TimestampConverter',
  hasSides: true,
  description: 'A time takes another form: text, number, date, time of day or timestamp.',
  config: spec,
  start(config, { side }) {
    const conversion = conversionOf(config);
    return record => ({ ...record, [side]: converted(record[side], config, conversion) });
  },
});

interface Conversion {
  /** Null stays null. Throws DataError for what is no time. */
  convert(value: unknown, schema: Schema | undefined): unknown;
}

function converted({ schema, value }: Valued, config: Config, { convert }: Conversion): Valued {
  const { field: name } = config;
  const target = targetSchemas[config['target.type']];
  if (schema === undefined) {
    if (value === null || name === '') return { schema, value: convert(value, undefined) };
    const fields = requireFields(value, purpose);
    return { schema, value: { ...fields, [name]: convert(fields[name] ?? null, undefined) } };
  }
  if (name === '') {
    requireTime(schema);
    return { schema: withOptional(target, schema), value: convert(value, schema) };
  }
  const struct = value === null ? null : requireStruct(value, schema, purpose);
  if (schema.type !== 'struct') throw new DataError(`Only Struct objects supported for [${purpose}]`);
  const fields = schema.fields ?? [];
  const changed = fields.map(field => (field.field === name ? { ...withOptional(target, field), field: name } : field));
  const valuesOf = (from: Fields) =>
    Object.fromEntries(
      fields.map(field => {
        const held = fieldValue(from, field, config['replace.null.with.default']);
        return [field.field, field.field === name ? convert(held, requireTime(field)) : held] as const;
      }),
    );
  const result = structWith(schema, changed, struct === null ? null : valuesOf(struct));
  const preset = schema.default === undefined ? {} : { default: valuesOf(schema.default as Fields) };
  return { ...result, schema: { ...withOptional(result.schema, schema), ...preset } };
}

function withOptional(schema: Schema, { optional }: Schema): Schema {
  return optional === true ? { ...schema, optional } : schema;
}

function requireTime(schema: Schema): Schema {
  const logical = logicalTypeOf(schema);
  const isTime =
    (logical !== undefined && logical !== 'Decimal') || schema.type === 'string' || schema.type === 'int64';
  if (isTime) return schema;
  throw new DataError(`TimestampConverter finds no time in a value of type ${logical ?? schema.type}`);
}

function conversionOf(config: Config): Conversion {
  const format = formatOf(config);
  const write = writerOf(config, format);
  return {
    convert(value) {
      if (value === null) return null;
      return write(instantOf(value, config, format));
    },
  };
}

function formatOf({ format, 'target.type': type }: Config): DateFormat | undefined {
  if (format.trim() === '' && type !== 'string') return undefined;
  if (format.trim() === '') throw new ConfigError('format: this option is required where target.type is string');
  try {
    return new DateFormat(format);
  } catch (cause) {
    throw new ConfigError(`format: "${format}" is no pattern of SimpleDateFormat: ${(cause as Error).message}`, {
      cause,
    });
  }
}

const perMs = { nanoseconds: 1_000_000n, microseconds: 1_000n } as const;

/** Milliseconds since 1970. */
function instantOf(value: unknown, config: Config, format: DateFormat | undefined): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'string') {
    if (format === undefined) throw new DataError('TimestampConverter needs a format to read texts: set it');
    const ms = format.parse(value);
    if (ms !== undefined) return ms;
    throw new DataError(`Could not parse timestamp: value (${value}) does not match pattern (${format.pattern})`);
  }
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
    throw new DataError(`TimestampConverter finds no time in ${typeof value === 'number' ? value : kindOf(value)}`);
  }
  const ms = millisecondsOf(BigInt(value as number | bigint), config['unix.precision']);
  if (ms >= -8_640_000_000_000_000n && ms <= 8_640_000_000_000_000n) return Number(ms);
  throw new DataError(`${String(value)} ${config['unix.precision']} since 1970 is beyond what a Date can hold`);
}

function millisecondsOf(unix: bigint, precision: Config['unix.precision']): bigint {
  if (precision === 'seconds') return unix * 1_000n;
  return precision === 'milliseconds' ? unix : unix / perMs[precision];
}

function writerOf(config: Config, format: DateFormat | undefined): (ms: number) => unknown {
  switch (config['target.type']) {
    case 'string':
      return ms => format!.format(ms);
    case 'unix':
      return ms => unixOf(ms, config['unix.precision']);
    case 'Date':
      return ms => new Date(Math.floor(ms / dayMs) * dayMs);
    case 'Time':
      return ms => new Date(modulo(ms, dayMs));
    case 'Timestamp':
      return ms => new Date(ms);
  }
}

function unixOf(ms: number, precision: Config['unix.precision']): number | bigint {
  if (precision === 'seconds') return Math.trunc(ms / 1_000);
  return precision === 'milliseconds' ? ms : wholeNumber(BigInt(ms) * perMs[precision]);
}
