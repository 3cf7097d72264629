import { HttpFault } from './http-fault.js';

/** The number of a task in a path; what is no number of 32 bits is no path that there is. */
export function taskNumber(text: string): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= -(2 ** 31) && number < 2 ** 31) return number;
  throw new HttpFault(404);
}
