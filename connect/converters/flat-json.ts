// Finds out whether JSON is a flat object whose values can be taken as they stand (see FlatObject), in one look at each byte. What stands between the values
// of the object before, names and spaces, is expected to come again, byte for byte; where it does not, the new shape is learnt, within limits.
// It says no wherever it is not sure: then the ordinary reader has its turn, with its errors.

import type { FlatReader, FlatShape } from '../api/flat-object.js';
import { isWellFormed } from './utf8-bytes.js';
import { readText } from './utf8-text.js';

/** To learn a shape costs as much as so many objects that are as expected save. Where shapes change more often, nothing is tried for some time. */
const surpriseCost = 8;
const costMax = 64;
const restObjects = 1_000;

const boundsLength = 8_192;
const [quote, backslash, minus, point, zero, nine, space] = [0x22, 0x5c, 0x2d, 0x2e, 0x30, 0x39, 0x20] as const;
/** A double holds so many exactly, whatever they are. */
const digitsMax = 15;
/** With more of them behind the point, `String` writes an exponent. */
const leadingZerosMax = 5;

interface LearntShape extends FlatShape {
  /** What stands before the first value, between two, and behind the last. */
  readonly between: Uint8Array;
  /** Where each of these ends. */
  readonly ends: Int32Array;
}

const nothing: LearntShape = { names: [], between: new Uint8Array(0), ends: new Int32Array(0) };

export class FlatJson implements FlatReader {
  bounds = new Int32Array(0);
  boundsAt = 0;
  #shape = nothing;
  #next = 0;
  #cost = 0;
  #restsFor = 0;

  get shape(): FlatShape {
    return this.#shape;
  }

  find(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#restsFor > 0) {
      this.#restsFor--;
      return false;
    }
    const found = this.#scan(bytes, start, end);
    if (found === 'flat' && this.#cost > 0) this.#cost--;
    if (found !== 'other-shape') return found === 'flat';
    this.#cost += surpriseCost;
    if (this.#cost > costMax) {
      this.#cost = 0;
      this.#restsFor = restObjects;
      return false;
    }
    const learnt = shapeOf(readText(bytes, start, end));
    if (learnt === undefined) return false;
    this.#shape = learnt;
    return this.#scan(bytes, start, end) === 'flat';
  }

  #scan(bytes: Uint8Array, start: number, end: number): 'flat' | 'other-value' | 'other-shape' {
    const { between, ends } = this.#shape;
    const fields = ends.length - 1;
    if (fields < 1) return 'other-shape';
    const { bounds } = this.#reserve(fields * 2);
    let out = this.#next;
    let at = start;
    let from = 0;
    for (let field = 0; field <= fields; field++) {
      const to = ends[field]!;
      if (to - from > end - at) return 'other-shape';
      while (from < to) if (bytes[at++] !== between[from++]) return 'other-shape';
      if (field === fields) break;
      bounds[out++] = at;
      at = valueEnd(bytes, at, end);
      if (at < 0) return 'other-value';
      bounds[out++] = at;
    }
    if (at !== end) return 'other-shape';
    this.boundsAt = this.#next;
    this.#next = out;
    return 'flat';
  }

  #reserve(count: number): this {
    if (this.#next + count <= this.bounds.length) return this;
    this.bounds = new Int32Array(Math.max(boundsLength, count));
    this.#next = 0;
    return this;
  }
}

/** -1: not one that can be taken as it stands. */
function valueEnd(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  if (first === quote) return textEnd(bytes, start + 1, end);
  if (first === minus || (first >= zero && first <= nine)) return numberEnd(bytes, start, end);
  if (first === 0x74) return wordEnd(bytes, start, end, 'true');
  if (first === 0x66) return wordEnd(bytes, start, end, 'false');
  return first === 0x6e ? wordEnd(bytes, start, end, 'null') : -1;
}

function textEnd(bytes: Uint8Array, start: number, end: number): number {
  let isAscii = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === quote) return isAscii || isWellFormed(bytes, start, at) ? at + 1 : -1;
    if (byte < space || byte === backslash) return -1;
    if (byte > 0x7f) isAscii = false;
  }
  return -1;
}

/** Of one that `String` writes in the same way. */
function numberEnd(bytes: Uint8Array, start: number, end: number): number {
  const wholeAt = bytes[start] === minus ? start + 1 : start;
  let at = digitsEnd(bytes, wholeAt, end);
  const isZero = bytes[wholeAt] === zero;
  if (at === wholeAt || (isZero && at > wholeAt + 1)) return -1;
  if (at < end && bytes[at] === point) {
    const pointAt = at;
    let significantAt = pointAt + 1;
    if (isZero) while (significantAt < end && bytes[significantAt] === zero) significantAt++;
    if (significantAt - pointAt - 1 > leadingZerosMax) return -1;
    at = digitsEnd(bytes, pointAt + 1, end);
    if (at === pointAt + 1 || bytes[at - 1] === zero || at - wholeAt - 1 > digitsMax) return -1;
  } else if (isZero && wholeAt > start) return -1;
  return bytes[at] === 0x65 || bytes[at] === 0x45 ? -1 : at; // e, E
}

function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! >= zero && bytes[at]! <= nine) at++;
  return at;
}

function wordEnd(bytes: Uint8Array, start: number, end: number, word: string): number {
  if (end - start < word.length) return -1;
  for (let at = 0; at < word.length; at++) if (bytes[start + at] !== word.charCodeAt(at)) return -1;
  return start + word.length;
}

const nameText = /[ \n\r\t]*([{,])[ \n\r\t]*"([^"\\\p{Cc}]*)"[ \n\r\t]*:[ \n\r\t]*/uy;
const valueText = /"[^"\\]*"|[\w.+-]+/y;
const endText = /[ \n\r\t]*\}[ \n\r\t]*$/y;

/** Of an object whose values are no objects or arrays; undefined for anything else. */
function shapeOf(text: string): LearntShape | undefined {
  const names: string[] = [];
  const pieces: string[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (let match = take(nameText); match !== null; match = take(nameText)) {
    if ((match[1] === '{') !== (names.length === 0)) return undefined;
    names.push(match[2]!);
    pieces.push(match[0]);
    if (take(valueText) === null) return undefined;
  }
  const end = take(endText);
  if (end === null || names.length === 0 || !isOrderOf(text, names)) return undefined;
  return learnt(names, [...pieces, end[0]]);
}

/** Names that come twice, or that look like numbers, stand in another order in an object. */
function isOrderOf(text: string, names: readonly string[]): boolean {
  try {
    const found = Object.keys(JSON.parse(text) as object);
    return found.length === names.length && found.every((name, at) => name === names[at]);
  } catch {
    return false;
  }
}

function learnt(names: readonly string[], pieces: readonly string[]): LearntShape {
  const bytes = pieces.map(piece => Buffer.from(piece));
  let end = 0;
  const ends = bytes.map(each => {
    end += each.length;
    return end;
  });
  return { names, between: new Uint8Array(Buffer.concat(bytes)), ends: Int32Array.from(ends) };
}
