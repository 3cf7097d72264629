import { z } from 'zod';
import { defineConverter } from '../api/converter.js';
import { DataError } from '../api/errors.js';
import type { Schema } from '../api/schema.js';
import { writeBytes } from './utf8-text.js';

const schema: Schema = { type: 'bytes', optional: true };

/** Kafka Connect's ByteArrayConverter. */
export const bytesConverter = defineConverter({
  name: 'bytes',
  aliases: ['org.apache.kafka.connect.converters.ByteArrayConverter'],
  description: 'The bytes as they are.',
  config: z.object({}),
  start: () => ({
    name: 'bytes',
    write(value, arena, given) {
      if (!(value instanceof Uint8Array) || (given !== undefined && given.type !== 'bytes')) {
        const what = given === undefined || given.type === 'bytes' ? typeof value : given.type;
        throw new DataError(
          `the bytes converter cannot write a value of type ${what}: use the string or the json converter`,
        );
      }
      writeBytes(value, arena);
    },
    read: (bytes, start, end) => ({ value: Buffer.from(bytes.subarray(start, end)), schema }),
    readNull: () => ({ value: null, schema }),
  }),
});
