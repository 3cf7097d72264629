// Strict mode, between two stages: what is handed on is what would come out of its bytes, frozen. A value that its serde changes (a Date
// that comes back a string) fails here by name, and whoever changes what it has handed on meets a frozen object.

import { Arena, UsageError } from '../../core/index.js';
import type { AnySerde } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { StreamRecord } from './stream-record.js';

export function strictCheck(context: StageContext): RecordOperator {
  const { keySerde, valueSerde, name } = context.node;
  return stage(context, downstream => {
    const out = new StreamRecord();
    return record => {
      out.copyFrom(record);
      if (keySerde !== undefined) out.key = strict(record.key, keySerde, `the key that ${name} hands on`);
      if (valueSerde !== undefined) out.value = strict(record.value, valueSerde, `the value that ${name} hands on`);
      downstream.next(out);
    };
  });
}

const arena = new Arena();

function strict(given: unknown, serde: AnySerde, what: string): unknown {
  if (given === null || given === undefined) return given;
  arena.reset();
  serde.write(given, arena);
  const read = serde.read(arena.bytes, 0, arena.position);
  const place = difference(given, read, '');
  if (place === undefined) return frozen(read);
  throw new UsageError(
    `${what} is not what its serde ${serde.name} brings back${place === '' ? '' : ` at ${place}`}: after a restart it would be another value. Give a serde that keeps it, or map it before`,
  );
}

/** Where two values differ: a path such as `.at`, '' for the whole, undefined where they do not. An undefined field counts as absent. */
function difference(given: unknown, read: unknown, path: string): string | undefined {
  if (Object.is(given, read) || given === read) return undefined;
  if (typeof given !== 'object' || typeof read !== 'object' || given === null || read === null) return path;
  if (ArrayBuffer.isView(given) && ArrayBuffer.isView(read)) return isSameBytes(given, read) ? undefined : path;
  if (Object.getPrototypeOf(given) !== Object.getPrototypeOf(read)) return path;
  const before = given as Readonly<Record<string, unknown>>;
  const after = read as Readonly<Record<string, unknown>>;
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const found = difference(before[field], after[field], `${path}.${field}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const left = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const right = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function frozen(value: unknown): unknown {
  // A typed array cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
