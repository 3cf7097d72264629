// Strict mode, between two stages: what is handed on is what would come out of its bytes, frozen. A value that its serde changes (a Date
// that comes back a string) fails here by name, and whoever changes what it has handed on meets a frozen object.

import { Arena, UsageError } from '../../core/index.js';
import type { AnySerde } from '../topology/plan.js';
import { type RecordOperator, type StageContext, stage } from './stage.js';
import { StreamRecord } from './stream-record.js';
import { frozen, valueDifference } from './value-difference.js';

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
  const place = valueDifference(given, read);
  if (place === undefined) return frozen(read);
  throw new UsageError(
    `${what} is not what its serde ${serde.name} brings back${place === '' ? '' : ` at ${place}`}: after a restart it would be another value. Give a serde that keeps it, or map it before`,
  );
}
