// Days and dates in UTC as Java's calendar counts them: Gregorian from 15 October 1582 on, Julian before. Years are astronomical: 0 is 1 BC.

import { dayMs } from './logical-type.js';

/** The day of 15 October 1582. */
const gregorianFrom = -141_427;

export interface CivilDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  /** From 1. */
  readonly day: number;
  /** From 1. */
  readonly dayOfYear: number;
  /** Sunday is 0. */
  readonly weekday: number;
  /** Weeks begin on Sunday, and the first is the one with 1 January, as in the United States. */
  readonly week: number;
  readonly weekYear: number;
}

/** The day, counted from 1970, of a date; months and days beyond their range go on counting. `month` and `day` from 1. */
export function dayOf(year: number, month: number, day: number): number {
  const wholeYear = year + Math.floor((month - 1) / 12);
  const wholeMonth = modulo(month - 1, 12) + 1;
  const gregorian = gregorianDay(wholeYear, wholeMonth) + day - 1;
  return gregorian >= gregorianFrom ? gregorian : julianDay(wholeYear, wholeMonth) + day - 1;
}

export function civilDate(ms: number): CivilDate {
  const at = Math.floor(ms / dayMs);
  const { year, month, day } = yearMonthDay(at);
  const firstDay = dayOf(year, 1, 1);
  const nextFirstDay = dayOf(year + 1, 1, 1);
  const weekday = weekdayOf(at);
  const isNextYears = at - weekday + 7 > nextFirstDay;
  const week = isNextYears ? 1 : Math.floor((at - firstDay + weekdayOf(firstDay)) / 7) + 1;
  return { year, month, day, dayOfYear: at - firstDay + 1, weekday, week, weekYear: isNextYears ? year + 1 : year };
}

export function weekdayOf(day: number): number {
  return modulo(day + 4, 7);
}

export function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

// Both count years from March, so that the leap day is the last of its year.

function gregorianDay(year: number, month: number): number {
  const y = month <= 2 ? year - 1 : year;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leapDays + daysFromMarch(month) - 719_468;
}

function julianDay(year: number, month: number): number {
  const y = month <= 2 ? year - 1 : year;
  return 365 * y + Math.floor(y / 4) + daysFromMarch(month) - 719_470;
}

function daysFromMarch(month: number): number {
  return Math.floor((153 * modulo(month - 3, 12) + 2) / 5);
}

function yearMonthDay(at: number): { year: number; month: number; day: number } {
  const isGregorian = at >= gregorianFrom;
  const first = isGregorian ? gregorianDay : julianDay;
  let year = 1970 + Math.floor(at / (isGregorian ? 365.2425 : 365.25));
  while (first(year + 1, 1) <= at) year++;
  while (first(year, 1) > at) year--;
  let month = 12;
  while (first(year, month) > at) month--;
  return { year, month, day: at - first(year, month) + 1 };
}
