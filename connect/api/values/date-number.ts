import { DataError } from '../errors.js';
import type { Schema } from '../schema.js';
import { modulo } from './civil-date.js';
import { dayMs, logicalTypeOf } from './logical-type.js';

/** The number that stands for a Date, Time or Timestamp in a topic. Throws DataError for one that the type does not have. */
export function encodedDate(value: Date, schema: Schema): number {
  const ms = value.getTime();
  if (Number.isNaN(ms)) throw new DataError('this Date is no instant');
  switch (logicalTypeOf(schema)) {
    case 'Date':
      if (modulo(ms, dayMs) === 0) return ms / dayMs;
      throw new DataError('Kafka Connect Date type should not have any time fields set to non-zero values.');
    case 'Time':
      if (ms >= 0 && ms < dayMs) return ms;
      throw new DataError('Kafka Connect Time type should not have any date fields set to non-zero values.');
    default:
      return ms;
  }
}

/** The Date that such a number means. */
export function decodedDate(number: number, schema: Schema): Date {
  const ms = logicalTypeOf(schema) === 'Date' ? number * dayMs : number;
  if (logicalTypeOf(schema) === 'Time' && (ms < 0 || ms > dayMs)) {
    throw new DataError(
      `Time values must use number of milliseconds greater than 0 and less than 86400000: this one is ${ms}`,
    );
  }
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new DataError(`${number} is beyond what a Date can hold`);
  return date;
}
