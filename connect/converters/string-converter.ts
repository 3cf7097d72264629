// Kafka Connect's StringConverter: text. What is no text is written as Java's toString has it; bytes have none, and are refused.

import { z } from 'zod';
import { type Converter, defineConverter } from '../api/converter.js';
import { DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import type { Schema } from '../api/schema.js';
import { javaText } from '../api/values/value-text.js';
import { textEncoding } from './text-encoding.js';
import { readText, writeBytes, writeText } from './utf8-text.js';

const spec = z.object({
  'converter.encoding': option
    .text()
    .default('UTF-8')
    .describe("The text's encoding: UTF-8, UTF-16, US-ASCII, ISO-8859-1."),
});
const schema: Schema = { type: 'string', optional: true };

export const stringConverter = defineConverter({
  name: 'string',
  aliases: ['org.apache.kafka.connect.storage.StringConverter'],
  description: 'Text. What is no text is written as Java writes it: `1.0`, `{a=1}`.',
  config: spec,
  start(config): Converter {
    const encoding = textEncoding(config['converter.encoding']);
    if (encoding === undefined) return utf8Converter;
    return {
      ...utf8Converter,
      write: (value, arena, given) => writeBytes(encoding.encode(textOf(value, given)), arena),
      read: (bytes, start, end) => ({ value: encoding.decode(bytes.subarray(start, end)), schema }),
    };
  },
});

const utf8Converter: Converter = {
  name: 'string',
  write: (value, arena, given) => writeText(textOf(value, given), arena),
  read: (bytes, start, end) => ({ value: readText(bytes, start, end), schema }),
  readNull: () => ({ value: null, schema }),
};

function textOf(value: unknown, given: Schema | undefined): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array || typeof value === 'function' || typeof value === 'symbol') {
    const what = value instanceof Uint8Array ? 'bytes' : `a ${typeof value}`;
    throw new DataError(
      `the string converter cannot write ${what}: use the bytes converter, or map the value to a text`,
    );
  }
  return javaText(value, given);
}
