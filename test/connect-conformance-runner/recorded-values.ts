// The tagged values of the recorded cases as the values of Connect's data model here.

import type { Schema } from '../../connect/api/schema.js';
import type { TransformRecord, Valued } from '../../connect/api/transform.js';
import { Decimal } from '../../connect/api/values/decimal.js';
import type { RecordedRecord, RecordedValue } from './connect-case.js';

type Tagged = Readonly<Record<string, unknown>>;

export function recordOf(recorded: RecordedRecord): TransformRecord {
  return {
    topic: recorded.topic ?? undefined,
    partition: recorded.partition ?? undefined,
    offset: recorded.offset === undefined ? undefined : Number(recorded.offset),
    timestamp: recorded.timestamp === null ? undefined : Number(recorded.timestamp),
    key: valuedOf(recorded.key),
    value: valuedOf(recorded.value),
    headers: recorded.headers.map(([key, header]) => ({ key, ...valuedOf(header) })),
  };
}

export function valuedOf(recorded: RecordedValue | null): Valued {
  return { schema: schemaOf(recorded?.schema ?? null), value: plain(recorded?.value ?? null) };
}

export function schemaOf(recorded: unknown): Schema | undefined {
  if (recorded === null || recorded === undefined) return undefined;
  const {
    default: preset,
    items,
    keys,
    values,
    fields,
    ...rest
  } = recorded as Record<string, unknown> & { type: Schema['type'] };
  return {
    ...rest,
    ...(preset !== undefined && { default: plain(preset) }),
    ...(items !== undefined && items !== null && { items: schemaOf(items) }),
    ...(keys !== undefined && keys !== null && { keys: schemaOf(keys) }),
    ...(values !== undefined && values !== null && { values: schemaOf(values) }),
    ...(fields !== undefined && {
      fields: (fields as unknown[]).map(field => schemaOf(field) as Schema & { field: string }),
    }),
  };
}

/** Whole numbers are numbers as long as those are exact. */
export function plain(recorded: unknown): unknown {
  if (recorded === null) return null;
  const [tag, held] = Object.entries(recorded as Tagged)[0]!;
  switch (tag) {
    case 'int64':
    case 'bigint':
      return Number.isSafeInteger(Number(held)) ? Number(held) : BigInt(held as string);
    case 'int8':
    case 'int16':
    case 'int32':
    case 'double':
      return Number(held);
    case 'float':
      return Math.fround(Number(held));
    case 'decimal': {
      const { unscaled, scale } = held as { unscaled: string; scale: number };
      return new Decimal(BigInt(unscaled), scale);
    }
    case 'bytes':
      return Buffer.from(held as string, 'base64');
    case 'date':
      return new Date(Number(held));
    case 'array':
      return (held as unknown[]).map(plain);
    case 'map':
      return mapOf((held as [unknown, unknown][]).map(([key, value]) => [plain(key), plain(value)] as const));
    case 'struct':
      return Object.fromEntries(Object.entries(held as Tagged).map(([field, value]) => [field, plain(value)]));
    default:
      return held;
  }
}

function mapOf(entries: readonly (readonly [unknown, unknown])[]): unknown {
  const isText = entries.every(([key]) => typeof key === 'string');
  return isText ? Object.fromEntries(entries as (readonly [string, unknown])[]) : new Map(entries);
}
