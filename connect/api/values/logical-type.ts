// Connect's logical types: a name on a schema that says what its numbers or bytes mean. Their values are Decimal, and Date for the three of time.

import type { Schema } from '../schema.js';

const prefix = 'org.apache.kafka.connect.data.';

export type LogicalType = 'Decimal' | 'Date' | 'Time' | 'Timestamp';

export const dayMs = 86_400_000;

export const decimalSchema = (scale: number): Schema => ({
  type: 'bytes',
  name: `${prefix}Decimal`,
  version: 1,
  parameters: { scale: String(scale) },
});
/** A day, counted from 1970 in UTC. */
export const dateSchema: Schema = { type: 'int32', name: `${prefix}Date`, version: 1 };
/** A time of day in milliseconds. */
export const timeSchema: Schema = { type: 'int32', name: `${prefix}Time`, version: 1 };
/** An instant in milliseconds since 1970. */
export const timestampSchema: Schema = { type: 'int64', name: `${prefix}Timestamp`, version: 1 };

/** By its name alone, as Kafka Connect does. */
export function logicalTypeOf(schema: Schema | undefined): LogicalType | undefined {
  const { name } = schema ?? {};
  if (name === undefined || !name.startsWith(prefix)) return undefined;
  const type = name.slice(prefix.length);
  return type === 'Decimal' || type === 'Date' || type === 'Time' || type === 'Timestamp' ? type : undefined;
}

export function scaleOf(schema: Schema): number {
  return Number(schema.parameters?.['scale'] ?? 0);
}
