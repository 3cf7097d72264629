// Patterns of Java's SimpleDateFormat (`yyyy-MM-dd'T'HH:mm:ss.SSSX`) in UTC and English: how configurations of Kafka Connect spell dates. It writes
// and reads as Java does: reading is lenient, 2017-13-45 is a day in February 2018, and what stands behind the end of the pattern is not looked at.
// Two-digit years mean 1950 to 2049; Java's meaning moves with the clock.

import { civilDate, modulo } from './civil-date.js';
import { type DateField, type DatePart, isField, parseDate } from './date-parser.js';
import { dayMs } from './logical-type.js';

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export class DateFormat {
  readonly pattern: string;
  readonly #parts: readonly DatePart[];

  /** Throws Error for a pattern that is none. */
  constructor(pattern: string) {
    this.pattern = pattern;
    this.#parts = partsOf(pattern);
  }

  /** The instant, milliseconds since 1970, as a text. */
  format(ms: number): string {
    return this.#parts.map(part => (isField(part) ? fieldText(part, ms) : part)).join('');
  }

  /** Milliseconds since 1970; undefined for a text that does not match. */
  parse(text: string): number | undefined {
    return parseDate(this.#parts, text, { months, weekdays });
  }
}

function partsOf(pattern: string): readonly DatePart[] {
  const parts: DatePart[] = [];
  for (let at = 0; at < pattern.length; ) {
    const letter = pattern[at]!;
    if (letter === "'") {
      const { text, end } = quoted(pattern, at);
      parts.push(text);
      at = end;
    } else if (/[a-zA-Z]/.test(letter)) {
      if (!/[GyYMLwWDdFEuaHkKhmsSzZX]/.test(letter)) throw new Error(`Illegal pattern character '${letter}'`);
      let end = at + 1;
      while (pattern[end] === letter) end++;
      if (letter === 'X' && end - at > 3) throw new Error(`invalid ISO 8601 format: length=${end - at}`);
      parts.push({ letter, count: end - at });
      at = end;
    } else {
      parts.push(letter);
      at++;
    }
  }
  return parts;
}

/** What stands between apostrophes, where two of them mean one. */
function quoted(pattern: string, start: number): { text: string; end: number } {
  if (pattern[start + 1] === "'") return { text: "'", end: start + 2 };
  let text = '';
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] !== "'") text += pattern[at];
    else if (pattern[at + 1] === "'") text += pattern[at++];
    else return { text, end: at + 1 };
  }
  throw new Error('Unterminated quote');
}

function fieldText({ letter, count }: DateField, ms: number): string {
  const date = civilDate(ms);
  const hour = Math.floor(modulo(ms, dayMs) / 3_600_000);
  const padded = (value: number) => String(value).padStart(count, '0');
  switch (letter) {
    case 'G':
      return date.year > 0 ? 'AD' : 'BC';
    case 'y':
    case 'Y': {
      const year = letter === 'y' ? date.year : date.weekYear;
      const ofEra = year > 0 ? year : 1 - year;
      return count === 2 ? String(ofEra % 100).padStart(2, '0') : padded(ofEra);
    }
    case 'M':
    case 'L':
      if (count < 3) return padded(date.month);
      return count === 3 ? months[date.month - 1]!.slice(0, 3) : months[date.month - 1]!;
    case 'w':
      return padded(date.week);
    case 'W':
      return padded(Math.floor((date.day - 1 + modulo(date.weekday - date.day + 1, 7)) / 7) + 1);
    case 'D':
      return padded(date.dayOfYear);
    case 'd':
      return padded(date.day);
    case 'F':
      return padded(Math.floor((date.day - 1) / 7) + 1);
    case 'E':
      return count > 3 ? weekdays[date.weekday]! : weekdays[date.weekday]!.slice(0, 3);
    case 'u':
      return padded(date.weekday === 0 ? 7 : date.weekday);
    case 'a':
      return hour < 12 ? 'AM' : 'PM';
    case 'H':
      return padded(hour);
    case 'k':
      return padded(hour === 0 ? 24 : hour);
    case 'K':
      return padded(hour % 12);
    case 'h':
      return padded(hour % 12 === 0 ? 12 : hour % 12);
    case 'm':
      return padded(Math.floor(modulo(ms, 3_600_000) / 60_000));
    case 's':
      return padded(Math.floor(modulo(ms, 60_000) / 1_000));
    case 'S':
      return padded(modulo(ms, 1_000));
    case 'z':
      return count > 3 ? 'Coordinated Universal Time' : 'UTC';
    case 'Z':
      return '+0000';
    default:
      return 'Z';
  }
}
