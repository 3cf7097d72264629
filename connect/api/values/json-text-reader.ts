// Reads JSON without losing digits: whole numbers beyond 2^53 are bigints, and where exact decimals are wanted, other numbers keep their text.
// It reads what Jackson, the parser of Kafka Connect, reads: leading zeros and a byte order mark are let pass, what stands behind the value is not
// looked at. JSON.parse does the work where it can: this reader is some ten times slower.

import { DataError } from '../errors.js';
import { wholeNumber } from './whole-number.js';

/** A number with a fraction or an exponent, as it stood in the text. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toNumber(): number {
    return Number(this.text);
  }
}

const depthMax = 1_000;
/** A number that a double cannot hold exactly has more of them; and JSON.parse has a negative zero where there is none. */
const digitsMax = 15;

/** Throws DataError for what is no JSON. With `keepsNumbers`, numbers that are not whole are JsonNumbers. */
export function parseJson(text: string, options: { readonly keepsNumbers: boolean }): unknown {
  if (!options.keepsNumbers && !needsCare(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // What Jackson reads all the same, or a better message.
    }
  }
  return new JsonTextReader(text, options.keepsNumbers).read();
}

/** What JSON.parse gives, and throws SyntaxError for; whole numbers beyond 2^53 are bigints. */
export function exactJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return needsCare(text) ? new JsonTextReader(text, false).read() : value;
}

/** In every text: so it looks at one character in sixteen, as more digits in a row than `digitsMax` cannot stand between two of those. */
function needsCare(text: string): boolean {
  for (let at = digitsMax; at < text.length; at += digitsMax + 1) {
    if (!isDigit(text, at)) continue;
    let first = at;
    let end = at + 1;
    while (isDigit(text, first - 1)) first--;
    while (isDigit(text, end)) end++;
    if (end - first > digitsMax) return true;
  }
  for (let at = text.indexOf('-0'); at >= 0; at = text.indexOf('-0', at + 2)) if (isNegativeZero(text, at)) return true;
  return false;
}

/** Not in dates and the like: no digit stands before it, nor anything of a number behind it. */
function isNegativeZero(text: string, at: number): boolean {
  return !isDigit(text, at - 1) && !isDigit(text, at + 2) && !'.eE'.includes(text.charAt(at + 2) || ' ');
}

function isDigit(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false;
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

class JsonTextReader {
  readonly #text: string;
  readonly #keepsNumbers: boolean;
  #at: number;

  constructor(text: string, keepsNumbers: boolean) {
    this.#text = text;
    this.#keepsNumbers = keepsNumbers;
    this.#at = text.startsWith('\ufeff') ? 1 : 0;
  }

  read(): unknown {
    const value = this.#value(0);
    const isScalar = typeof value !== 'object' && typeof value !== 'string';
    if ((isScalar || value === null) && this.#at < this.#text.length && !this.#isSpace()) this.#fail('a space');
    return value;
  }

  #value(depth: number): unknown {
    if (depth > depthMax) this.#fail(`no more than ${depthMax} levels`);
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#at++;
    if (this.#takes('}')) return object;
    do {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') this.#fail('a name in double quotes');
      const name = this.#string();
      if (!this.#takes(':')) this.#fail('a colon');
      const value = this.#value(depth + 1);
      if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, writable: true });
      else object[name] = value;
    } while (this.#takes(','));
    if (!this.#takes('}')) this.#fail('a comma or }');
    return object;
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.#at++;
    if (this.#takes(']')) return array;
    do array.push(this.#value(depth + 1));
    while (this.#takes(','));
    if (!this.#takes(']')) this.#fail('a comma or ]');
    return array;
  }

  #string(): string {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at++) {
      const char = this.#text.charCodeAt(at);
      if (char === 0x5c) at++;
      else if (char === 0x22) {
        this.#at = at + 1;
        try {
          return JSON.parse(this.#text.slice(start, this.#at)) as string;
        } catch {
          this.#fail('a text without control characters and with known escapes only');
        }
      }
    }
    this.#at = this.#text.length;
    return this.#fail('the end of a text');
  }

  #number(): number | bigint | JsonNumber {
    const pattern = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return this.#fail('a value');
    this.#at = pattern.lastIndex;
    const [text] = match;
    if (match[1] === undefined && match[2] === undefined) return text === '-0' ? 0 : wholeNumber(BigInt(text));
    return this.#keepsNumbers ? new JsonNumber(text) : Number(text);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a value');
    this.#at += word.length;
    return value;
  }

  #takes(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    while (this.#isSpace()) this.#at++;
  }

  #isSpace(): boolean {
    const char = this.#text.charCodeAt(this.#at);
    return char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09;
  }

  #fail(expected: string): never {
    const found = this.#at < this.#text.length ? `"${this.#text.slice(this.#at, this.#at + 10)}"` : 'the end';
    throw new DataError(`no JSON: ${expected} is expected at ${this.#at}, and here is ${found}`);
  }
}
