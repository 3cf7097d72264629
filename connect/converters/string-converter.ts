// Kafka Connect's StringConverter: text. Numbers and booleans have an obvious one. An object or a list would lose its shape: `string` refuses it; named by its
// Java class the converter writes what Java's toString has, `{a=1}`.

import { z } from 'zod';
import { type Converter, defineConverter } from '../api/converter.js';
import { DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import type { Schema } from '../api/schema.js';
import { Decimal } from '../api/values/decimal.js';
import { javaText } from '../api/values/value-text.js';
import { textEncoding } from './text-encoding.js';
import { readText, writeBytes, writeText } from './utf8-text.js';

const className = 'org.apache.kafka.connect.storage.StringConverter';

const spec = z.object({
  'converter.encoding': option
    .text()
    .default('UTF-8')
    .describe("The text's encoding: UTF-8, UTF-16, US-ASCII, ISO-8859-1."),
});
const schema: Schema = { type: 'string', optional: true };

export const stringConverter = defineConverter({
  name: 'string',
  aliases: [className],
  description:
    'Text. Numbers and booleans are written as text; objects and lists are refused, or, where the Java class is named, written as Java does: `{a=1}`.',
  config: spec,
  start(config, { givenName }): Converter {
    const textOf = givenName === className ? javaTextOf : strictTextOf;
    const encoding = textEncoding(config['converter.encoding']);
    const converter: Converter = {
      name: 'string',
      write: (value, arena, given) => writeText(textOf(value, given), arena),
      read: (bytes, start, end) => ({ value: readText(bytes, start, end), schema }),
      readNull: () => ({ value: null, schema }),
    };
    if (encoding === undefined) return converter;
    return {
      ...converter,
      write: (value, arena, given) => writeBytes(encoding.encode(textOf(value, given)), arena),
      read: (bytes, start, end) => ({ value: encoding.decode(bytes.subarray(start, end)), schema }),
    };
  },
});

function strictTextOf(value: unknown, given: Schema | undefined): string {
  const isObject = typeof value === 'object' && value !== null && !(value instanceof Decimal);
  if (!isObject || value instanceof Uint8Array) return javaTextOf(value, given);
  throw new DataError(
    `the string converter cannot write ${Array.isArray(value) ? 'an array' : 'an object'}: use the json converter, or map the value to a text`,
  );
}

function javaTextOf(value: unknown, given: Schema | undefined): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array || typeof value === 'function' || typeof value === 'symbol') {
    const what = value instanceof Uint8Array ? 'bytes' : `a ${typeof value}`;
    throw new DataError(
      `the string converter cannot write ${what}: use the bytes converter, or map the value to a text`,
    );
  }
  return javaText(value, given);
}
