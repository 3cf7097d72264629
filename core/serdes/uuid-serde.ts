import { ProtocolError, UsageError } from '../base/errors.js';
import type { Serde } from './serde.js';
import { readText, writeText } from './string-serde.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID as its 36 characters, as Kafka's UUIDSerializer writes it; in lower case. */
export const uuidSerde: Serde<string> = {
  name: 'uuid',
  readsCopies: true,
  write(value, arena) {
    if (!uuid.test(value)) throw new UsageError(`"${value}" is no UUID`);
    writeText(value.toLowerCase(), arena);
  },
  read(bytes, start, end) {
    const text = readText(bytes, start, end);
    if (!uuid.test(text)) throw new ProtocolError('INVALID_RECORD', `"${text.slice(0, 40)}" is no UUID`);
    return text.toLowerCase();
  },
};
