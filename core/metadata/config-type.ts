// The types of config values, as DescribeConfigs numbers them, and what a value of each must look like.

const intMax = 2 ** 31 - 1;
const longMax = Number.MAX_SAFE_INTEGER;

/** What is wrong with a value, to be read after the config's name: `must be ...`. */
export type Check = (value: string) => string | undefined;

export interface ConfigType {
  /** ConfigType of DescribeConfigs version 3 and up. */
  readonly code: number;
  readonly check: Check;
}

function wholeNumber(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text.trim()) ? Number(text) : undefined;
}

function numberBetween(code: number, read: (text: string) => number | undefined, kind: string): RangeType {
  return (min, max) => ({
    code,
    check(value) {
      const number = read(value);
      if (number === undefined || Number.isNaN(number)) return `must be ${kind}`;
      if (number < min) return `must be at least ${min}`;
      return number > max ? `must be at most ${max}` : undefined;
    },
  });
}

type RangeType = (min: number, max: number) => ConfigType;

const intRange = numberBetween(3, wholeNumber, 'a whole number');
const longRange = numberBetween(5, wholeNumber, 'a whole number');
const doubleRange = numberBetween(6, Number, 'a number');

export const int = (min: number, max = intMax): ConfigType => intRange(min, max);
export const long = (min: number, max = longMax): ConfigType => longRange(min, max);
export const double = (min: number, max: number): ConfigType => doubleRange(min, max);

export const boolean: ConfigType = {
  code: 1,
  check: value => (/^(true|false)$/i.test(value.trim()) ? undefined : 'must be true or false'),
};

export function oneOf(...words: readonly string[]): ConfigType {
  return { code: 2, check: value => (words.includes(value) ? undefined : `must be one of ${words.join(', ')}`) };
}

/** Words between commas. */
export function listOf(...words: readonly string[]): ConfigType {
  return {
    code: listTypeCode,
    check: value =>
      listItems(value).every(item => words.includes(item)) ? undefined : `must be a list of ${words.join(', ')}`,
  };
}

export const anyList: ConfigType = { code: 7, check: () => undefined };

export const listTypeCode = 7;

export function listItems(value: string): string[] {
  return value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '');
}
