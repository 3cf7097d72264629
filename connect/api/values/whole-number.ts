import type { SchemaType } from '../schema.js';

const bitsOf = { int8: 8, int16: 16, int32: 32, int64: 64 } as const;

export type WholeType = keyof typeof bitsOf;

export function isWholeType(type: SchemaType): type is WholeType {
  return type in bitsOf;
}

/** A number where it is exact, a bigint beyond 2^53. */
export function wholeNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function fitsWhole(value: bigint, type: WholeType): boolean {
  return BigInt.asIntN(bitsOf[type], value) === value;
}

/** The last bits, as Java narrows. */
export function wrappedWhole(value: bigint, type: WholeType): number | bigint {
  return wholeNumber(BigInt.asIntN(bitsOf[type], value));
}

/** A floating-point number without its fraction, as Java makes it an int (or a long): NaN is 0, and what is too large the largest. */
export function truncatedDouble(value: number, bits: 32 | 64): bigint {
  if (Number.isNaN(value)) return 0n;
  const limit = 2n ** BigInt(bits - 1);
  if (value >= Number(limit)) return limit - 1n;
  if (value <= -Number(limit)) return -limit;
  return BigInt(Math.trunc(value));
}
