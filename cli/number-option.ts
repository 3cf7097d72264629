import { InvalidArgumentError } from 'commander';

/** The parser of an option that takes a whole number from `min` on. */
export function wholeNumber(min: number): (text: string) => number {
  return text => {
    if (/^-?\d+$/.test(text) && Number(text) >= min && Number.isSafeInteger(Number(text))) return Number(text);
    throw new InvalidArgumentError(`write a whole number from ${min} on.`);
  };
}
