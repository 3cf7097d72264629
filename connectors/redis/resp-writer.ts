// Commands as bytes (RESP), written one after the other into one buffer. The driver makes an object, a string and a copy of every argument; a batch of
// thousands is mostly that.

import type { Argument } from './sink-commands.js';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const dollar = 0x24;
const asterisk = 0x2a;
const zero = 0x30;
/** Kept free before a command for the count of its arguments, which is known at its end. */
const headBytes = 16;
/** Shorter texts are copied here, character by character: a call of the platform costs more. */
const shortTextMax = 40;

export class RespWriter {
  #buffer: Buffer;
  #at = 0;
  #bodyAt = 0;
  #count = 0;

  constructor(sizeBytes = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(sizeBytes);
  }

  /** What was written before is not needed any more. */
  clear(): void {
    this.#at = 0;
  }

  begin(name: string): void {
    this.#room(headBytes);
    this.#at += headBytes;
    this.#bodyAt = this.#at;
    this.#count = 0;
    this.add(name);
  }

  add(argument: Argument): void {
    this.#count++;
    if (typeof argument === 'string') this.#text(argument);
    else if (typeof argument === 'number') this.#text(String(argument));
    else this.#bytes(argument);
  }

  /** The whole command; a view that holds until `clear`. */
  end(): Buffer {
    const start = this.#bodyAt - 3 - digitsOf(this.#count);
    this.#head(asterisk, this.#count, start);
    return this.#buffer.subarray(start, this.#at);
  }

  #text(text: string): void {
    const { length } = text;
    this.#room(length * 3 + headBytes);
    const start = this.#at + 3 + digitsOf(length);
    const written = length <= shortTextMax ? this.#short(text, start) : this.#buffer.write(text, start);
    // The length stands before the text, and was taken to be that of ASCII.
    const shift = digitsOf(written) - digitsOf(length);
    if (shift > 0) this.#buffer.copyWithin(start + shift, start, start + written);
    this.#head(dollar, written, this.#at);
    this.#end(start + shift + written);
  }

  #short(text: string, start: number): number {
    const buffer = this.#buffer;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) return buffer.write(text, start);
      buffer[start + at] = code;
    }
    return text.length;
  }

  #bytes(bytes: Buffer): void {
    this.#room(bytes.length + headBytes);
    const start = this.#at + 3 + digitsOf(bytes.length);
    this.#head(dollar, bytes.length, this.#at);
    bytes.copy(this.#buffer, start);
    this.#end(start + bytes.length);
  }

  #head(kind: number, count: number, at: number): void {
    const buffer = this.#buffer;
    buffer[at] = kind;
    const end = at + digitsOf(count);
    let left = count;
    for (let place = end; place > at; place--) {
      buffer[place] = zero + (left % 10);
      left = Math.floor(left / 10);
    }
    buffer[end + 1] = carriageReturn;
    buffer[end + 2] = lineFeed;
  }

  #end(at: number): void {
    this.#buffer[at] = carriageReturn;
    this.#buffer[at + 1] = lineFeed;
    this.#at = at + 2;
  }

  #room(sizeBytes: number): void {
    const needed = this.#at + sizeBytes + headBytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

function digitsOf(count: number): number {
  let digits = 1;
  for (let left = count; left >= 10; left = Math.floor(left / 10)) digits++;
  return digits;
}
