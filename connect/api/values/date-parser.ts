// The reading half of DateFormat: fields are taken from the text in the order of the pattern, then made an instant.

import { dayOf, weekdayOf } from './civil-date.js';
import { latinDigits } from './decimal.js';
import { dayMs } from './logical-type.js';

export interface DateField {
  readonly letter: string;
  readonly count: number;
}

/** A field, or a text that stands for itself. */
export type DatePart = DateField | string;

export function isField(part: DatePart): part is DateField {
  return typeof part !== 'string';
}

interface Names {
  readonly months: readonly string[];
  readonly weekdays: readonly string[];
}

type Fields = Partial<Record<string, number>>;

/** What was read, and where reading goes on. */
interface Taken {
  readonly value: number;
  readonly end: number;
}

/** Of zones by name, those that mean one thing to most people; minutes east of Greenwich. */
const zones: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  UT: 0,
  WET: 0,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  JST: 540,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};

/** Milliseconds since 1970; undefined where the text does not match. */
export function parseDate(parts: readonly DatePart[], text: string, names: Names): number | undefined {
  const fields: Fields = {};
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (!isField(part)) {
      if (!text.startsWith(part, at)) return undefined;
      at += part.length;
      continue;
    }
    while (text[at] === ' ' || text[at] === '\t') at++;
    const next = parts[index + 1];
    const isAbutting = next !== undefined && isField(next);
    const taken = takeField(part, text, at, { names, isAbutting });
    if (taken === undefined) return undefined;
    fields[part.letter === 'L' ? 'M' : part.letter] = taken.value;
    at = taken.end;
  }
  return instantOf(fields);
}

function takeField(
  { letter, count }: DateField,
  text: string,
  at: number,
  { names, isAbutting }: { names: Names; isAbutting: boolean },
): Taken | undefined {
  switch (letter) {
    case 'G':
      return takeName(text, at, ['BC', 'AD']);
    case 'a':
      return takeName(text, at, ['AM', 'PM']);
    case 'E':
      return takeName(text, at, names.weekdays);
    case 'z':
    case 'Z':
    case 'X':
      return takeZone(letter, text, at);
    default: {
      if ((letter === 'M' || letter === 'L') && count >= 3) {
        const month = takeName(text, at, names.months);
        return month && { value: month.value + 1, end: month.end };
      }
      const number = takeNumber(text, at, isAbutting ? count : undefined);
      const isShortYear = (letter === 'y' || letter === 'Y') && count <= 2 && number?.end === at + 2;
      if (!isShortYear || number === undefined || number.value < 0) return number;
      return { value: number.value + (number.value < 50 ? 2000 : 1900), end: number.end };
    }
  }
}

/** Digits of any script, and a minus before them; where another field follows at once, just as many characters as the pattern has letters. */
function takeNumber(text: string, at: number, count: number | undefined): Taken | undefined {
  if (count !== undefined && at + count > text.length) return undefined;
  const match = /^-?\p{Nd}+/u.exec(text.slice(at, count === undefined ? undefined : at + count));
  return match === null ? undefined : { value: Number(latinDigits(match[0])), end: at + match[0].length };
}

/** The longest of the names, in full or its first three letters, in any case. */
function takeName(text: string, at: number, names: readonly string[]): Taken | undefined {
  const rest = text.slice(at).toLowerCase();
  let found: Taken | undefined;
  for (const [value, name] of names.entries()) {
    for (const spelling of [name, name.slice(0, 3)]) {
      const end = at + spelling.length;
      if (rest.startsWith(spelling.toLowerCase()) && (found === undefined || end > found.end)) found = { value, end };
    }
  }
  return found;
}

/** Minutes east of Greenwich. */
function takeZone(letter: string, text: string, at: number): Taken | undefined {
  const rest = text.slice(at);
  if (letter === 'X' && rest.startsWith('Z')) return { value: 0, end: at + 1 };
  const offset = /^(?:GMT)?([+-])(\d{1,2})(?::?(\d{2}))?/.exec(rest);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0);
    return { value: offset[1] === '-' ? -minutes : minutes, end: at + offset[0].length };
  }
  const name = letter === 'X' ? null : /^[A-Za-z]+/.exec(rest);
  const minutes = name === null ? undefined : zones[name[0].toUpperCase()];
  return minutes === undefined ? undefined : { value: minutes, end: at + name![0].length };
}

/** What was not in the pattern is that of 1970-01-01T00:00Z. */
function instantOf(fields: Fields): number {
  const { m = 0, s = 0, S = 0 } = fields;
  const zone = fields['X'] ?? fields['Z'] ?? fields['z'] ?? 0;
  return dayIn(fields) * dayMs + hourIn(fields) * 3_600_000 + (m - zone) * 60_000 + s * 1_000 + S;
}

function hourIn({ H, k, h, K, a }: Fields): number {
  if (H !== undefined) return H;
  if (k !== undefined) return k === 24 ? 0 : k;
  const half = h === undefined ? (K ?? 0) : h === 12 ? 0 : h;
  return half + (a ?? 0) * 12;
}

function dayIn({ G, y, Y, M, d, D, w, E, u }: Fields): number {
  const given = y ?? Y ?? 1970;
  const year = G === 0 ? 1 - given : given;
  if (M !== undefined || d !== undefined) return dayOf(year, M ?? 1, d ?? 1);
  if (D !== undefined) return dayOf(year, 1, 1) + D - 1;
  if (w === undefined) return dayOf(year, 1, 1);
  const firstDay = dayOf(year, 1, 1);
  return firstDay - weekdayOf(firstDay) + (w - 1) * 7 + (E ?? (u ?? 0) % 7);
}
