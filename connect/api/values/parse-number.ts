import { latinDigits } from './decimal.js';
import { fitsWhole, type WholeType, wholeNumber } from './whole-number.js';

/** As Java's parseByte to parseLong: digits of any script, and a sign. Undefined for anything else, and for what does not fit. */
export function parseWhole(text: string, type: WholeType): number | bigint | undefined {
  if (!/^[+-]?\p{Nd}+$/u.test(text)) return undefined;
  const value = BigInt(latinDigits(text).replace('+', ''));
  return fitsWhole(value, type) ? wholeNumber(value) : undefined;
}

/** As Java's parseDouble: space around it, `1f` and `1d`, hexadecimal, `NaN` and `Infinity` are let pass. Undefined for anything else. */
export function parseDouble(given: string): number | undefined {
  const text = given.trim();
  const [, sign = '', digits = text] = /^([+-])(.*)$/s.exec(text) ?? [];
  const value = unsignedDouble(digits);
  return value === undefined || sign !== '-' ? value : -value;
}

function unsignedDouble(text: string): number | undefined {
  if (text === 'NaN' || text === 'Infinity') return Number(text);
  const decimal = /^((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?$/.exec(text);
  if (decimal !== null) return Number(decimal[1]);
  const hex = /^0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)[fFdD]?$/.exec(text);
  if (hex === null || `${hex[1]}${hex[2]}` === '') return undefined;
  const [, whole = '', fraction = '', exponent] = hex;
  return Number.parseInt(`${whole}${fraction}`, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
}
