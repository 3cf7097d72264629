import type { Converter } from '../api/converter.js';
import { DataError } from '../api/errors.js';

/** Kafka Connect's ByteArrayConverter: the bytes as they are. */
export const bytesConverter: Converter = {
  name: 'bytes',
  write(value, arena) {
    if (!(value instanceof Uint8Array)) {
      throw new DataError(
        `the bytes converter cannot write a value of type ${typeof value}: use the string or the json converter`,
      );
    }
    arena.reserve(value.length);
    arena.bytes.set(value, arena.position);
    arena.position += value.length;
  },
  read: (bytes, start, end) => ({ value: Buffer.from(bytes.subarray(start, end)) }),
};
