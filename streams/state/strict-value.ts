// Strict mode: what is put goes through its serde and comes back frozen, so that a Date that would come back a string, or a reducer
// that changes what it has already handed on, fails in the test and not after a restart.

import { Arena, type Serde } from '../../core/index.js';

/** The value as it will be after a restart, and frozen all the way down. */
export function strictValue<T>(serde: Serde<T>, value: T): T {
  const arena = new Arena(256);
  serde.write(value, arena);
  return frozen(serde.read(arena.bytes, 0, arena.position));
}

function frozen<T>(value: T): T {
  // A typed array cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
