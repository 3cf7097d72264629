import { bytesSerde } from '../serdes/bytes-serde.js';
import type { Serde } from '../serdes/serde.js';
import { stringSerde } from '../serdes/string-serde.js';

/** Key or value of a topic that is given by name only: a text is written as UTF-8. */
export type Raw = string | Uint8Array;

export const rawSerde: Serde<Raw> = {
  name: 'raw',
  readsCopies: true,
  write: (value, arena) => (typeof value === 'string' ? stringSerde : bytesSerde).write(value as never, arena),
  read: bytesSerde.read,
};
