// An exact decimal number: digits and a scale, as Connect's logical type Decimal has them. 12.50 and 12.5 are two different ones of equal worth.

import { DataError } from '../errors.js';

export class Decimal {
  readonly unscaled: bigint;
  /** Digits behind the point; below zero, zeros before it that are not kept. */
  readonly scale: number;

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }

  /** Reads `12.50`, `-3`, `1.25E+4`. Throws DataError for anything else. */
  static parse(text: string): Decimal {
    const match = /^([+-]?)(\p{Nd}*)(?:\.(\p{Nd}*))?(?:[eE]([+-]?\p{Nd}{1,10}))?$/u.exec(text);
    const digits = latinDigits((match?.[2] ?? '') + (match?.[3] ?? ''));
    if (match === null || digits === '') throw new DataError(`"${text}" is not a decimal number`);
    const unscaled = BigInt(`${match[1] === '-' ? '-' : ''}${digits}`);
    return new Decimal(unscaled, (match[3]?.length ?? 0) - Number(latinDigits(match[4] ?? '0')));
  }

  /** The number as JavaScript writes it: 0.1 is one tenth. Throws DataError for what is not finite. */
  static of(value: number | bigint): Decimal {
    return typeof value === 'bigint' ? new Decimal(value, 0) : Decimal.parse(String(value));
  }

  /** Big-endian two's complement, as Connect keeps it in bytes. */
  static fromBytes(bytes: Uint8Array, scale: number): Decimal {
    if (bytes.length === 0) throw new DataError('a decimal has at least one byte');
    return new Decimal(BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`)), scale);
  }

  /** The fewest bytes of two's complement that hold the digits. */
  toBytes(): Buffer {
    const { unscaled } = this;
    const bits = (unscaled < 0n ? -unscaled - 1n : unscaled).toString(2).length + 1;
    const length = unscaled === 0n || unscaled === -1n ? 1 : Math.ceil(bits / 8);
    const hex = BigInt.asUintN(length * 8, unscaled).toString(16);
    return Buffer.from(hex.padStart(length * 2, '0'), 'hex');
  }

  /** As Java writes a BigDecimal: `12.50`, but `5E+2` and `1E-7`. PostgreSQL and JSON read both. */
  toString(): string {
    const { unscaled, scale } = this;
    const exponent = this.#digits().length - 1 - scale;
    if (scale >= 0 && exponent >= -6) return this.toPlain();
    const digits = this.#digits();
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const sign = unscaled < 0n ? '-' : '';
    if (exponent === 0) return `${sign}${digits[0]}${fraction}`;
    return `${sign}${digits[0]}${fraction}E${exponent > 0 ? '+' : ''}${exponent}`;
  }

  /** All digits, without an exponent. */
  toPlain(): string {
    const { unscaled, scale } = this;
    if (scale <= 0) return unscaled === 0n ? '0' : `${unscaled}${'0'.repeat(-scale)}`;
    const digits = this.#digits().padStart(scale + 1, '0');
    return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  }

  /** The nearest double. */
  toNumber(): number {
    return Number(`${this.unscaled}e${-this.scale}`);
  }

  /** The whole part. */
  toBigInt(): bigint {
    const { unscaled, scale } = this;
    return scale <= 0 ? unscaled * 10n ** BigInt(-scale) : unscaled / 10n ** BigInt(scale);
  }

  #digits(): string {
    return (this.unscaled < 0n ? -this.unscaled : this.unscaled).toString();
  }

  /** JSON.stringify has no exact number to write it as: a text keeps all digits. */
  toJSON(): string {
    return this.toString();
  }
}

/** Digits of any script (as Java reads them) as those of ASCII. */
export function latinDigits(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return text.replace(/\p{Nd}/gu, digit => String(digitValue(digit.codePointAt(0)!)));
}

/** Unicode keeps the ten digits of a script together. */
function digitValue(codePoint: number): number {
  let first = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return (codePoint - first) % 10;
}
