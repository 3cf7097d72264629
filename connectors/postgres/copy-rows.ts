// Rows in COPY's text format, written straight into bytes: no text is put together for a row. Most fields are short and plain, so they are copied
// and looked at for what has to be escaped in one pass.

import type { FlatObject } from '../../connect/api/index.js';
import type { FlatColumns } from './flat-columns.js';

const chunkBytes = 256 * 1024;
/** Beyond it one call of the platform's own writer is quicker than our loop. */
const shortLength = 100;

const [tab, newline, carriageReturn, backslash, zero, minus] = [0x09, 0x0a, 0x0d, 0x5c, 0x30, 0x2d] as const;
const [quote, one] = [0x22, 0x31] as const;
const special = /[\\\n\r\t]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export class CopyRows {
  readonly #full: Uint8Array[] = [];
  #bytes = Buffer.allocUnsafeSlow(chunkBytes);
  #at = 0;
  #isRowBegun = false;

  /** The next field of the row; null is NULL. */
  field(text: string | null): void {
    this.#begin(text === null ? 2 : text.length * 3);
    if (text === null) this.#null();
    else if (text.length > shortLength || !this.#plain(text)) this.#any(text);
  }

  number(value: number): void {
    this.#begin(24);
    if ((value | 0) === value) this.#whole(value);
    else this.#plain(String(value));
  }

  /** A whole row of values as they stand in JSON. False, and nothing done, where one of them means something else to its column. */
  flatRow({ bytes, bounds, boundsAt }: FlatObject, columns: FlatColumns): boolean {
    const last = boundsAt + columns.count * 2 - 2;
    // What stands between two values of JSON is longer than a tab.
    this.#reserve(bounds[last + 1]! - bounds[boundsAt]! + 1);
    const out = this.#bytes;
    let at = this.#at;
    for (let bound = boundsAt; bound <= last; bound += 2) {
      let from = bounds[bound]!;
      let to = bounds[bound + 1]!;
      const first = bytes[from]!;
      const column = (bound - boundsAt) >> 1;
      if (first === quote) {
        if (columns.takesText[column] === 0) return false;
        from++;
        to--;
      } else if (first === 0x6e) {
        out[at++] = backslash; // null
        out[at++] = 0x4e;
        from = to;
      } else if (first === 0x74 || first === 0x66) {
        if (columns.isNumber[column] === 1) {
          out[at++] = first === 0x74 ? one : zero;
          from = to;
        }
      } else if (columns.takesNumber[column] === 0) return false;
      while (from < to) out[at++] = bytes[from++]!;
      out[at++] = bound === last ? newline : tab;
    }
    this.#at = at;
    return true;
  }

  endRow(): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = newline;
    this.#isRowBegun = false;
  }

  /** All rows, in pieces; nothing may be added afterwards. */
  chunks(): readonly Uint8Array[] {
    return [...this.#full, this.#bytes.subarray(0, this.#at)];
  }

  #null(): void {
    this.#bytes[this.#at++] = backslash;
    this.#bytes[this.#at++] = 0x4e;
  }

  #begin(bytes: number): void {
    this.#reserve(bytes + 1);
    if (this.#isRowBegun) this.#bytes[this.#at++] = tab;
    this.#isRowBegun = true;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    this.#full.push(this.#bytes.subarray(0, this.#at));
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes));
    this.#at = 0;
  }

  /** False, and nothing done, for a text that is more than plain ASCII. */
  #plain(text: string): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (
        code > 0x7f ||
        code === backslash ||
        (code < 0x0e && (code === newline || code === tab || code === carriageReturn))
      )
        return false;
      bytes[at++] = code;
    }
    this.#at = at;
    return true;
  }

  #any(text: string): void {
    const escaped = special.test(text) ? text.replace(/[\\\n\r\t]/g, found => escapes[found]!) : text;
    this.#reserve(escaped.length * 3);
    this.#at += this.#bytes.write(escaped, this.#at, 'utf8');
  }

  #whole(value: number): void {
    let left = value;
    if (left < 0) {
      this.#bytes[this.#at++] = minus;
      left = -left;
    }
    let digits = 1;
    for (let power = 10; power <= left; power *= 10) digits++;
    for (let at = this.#at + digits - 1; at >= this.#at; at--) {
      const rest = Math.floor(left / 10);
      this.#bytes[at] = zero + left - rest * 10;
      left = rest;
    }
    this.#at += digits;
  }
}
