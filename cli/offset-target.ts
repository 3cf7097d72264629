// Where `group reset` moves offsets to: Kafka's words, of which exactly one is given.

import type { Command } from 'commander';
import { InvalidInput } from './exit-code.js';
import { parseTime } from './parse-time.js';

export type OffsetTarget =
  | { readonly kind: 'earliest' | 'latest' | 'current' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'shift'; readonly count: number }
  | { readonly kind: 'time'; readonly timestampMs: number }
  | { readonly kind: 'ago'; readonly durationMs: number };

export interface TargetOptions {
  readonly toEarliest?: boolean;
  readonly toLatest?: boolean;
  readonly toCurrent?: boolean;
  readonly toOffset?: string;
  readonly toDatetime?: string;
  readonly byDuration?: string;
  readonly shiftBy?: string;
}

const words = {
  toEarliest: '--to-earliest',
  toLatest: '--to-latest',
  toCurrent: '--to-current',
  toOffset: '--to-offset',
  toDatetime: '--to-datetime',
  byDuration: '--by-duration',
  shiftBy: '--shift-by',
} as const;

type Word = keyof typeof words;

export function withTarget(command: Command): Command {
  return command
    .option('--to-earliest', 'to the first record that is there')
    .option('--to-latest', 'to the end: only what comes after now')
    .option('--to-current', 'to where it is, within what is there; to the end where nothing was committed')
    .option('--to-offset <offset>', 'to this offset')
    .option('--to-datetime <time>', 'to the first record from this time on (ISO 8601, UTC without a zone, or epoch ms)')
    .option('--by-duration <duration>', 'to the first record of the last 90s, 15m, 1h, 2d or PT1H30M')
    .option('--shift-by <records>', 'so many records on, or back: --shift-by -10');
}

/** What the options say. Throws InvalidInput unless they say one thing. */
export async function targetOf(options: TargetOptions): Promise<OffsetTarget> {
  const given = (Object.keys(words) as Word[]).filter(word => options[word] !== undefined && options[word] !== false);
  const [word, other] = given;
  if (word === undefined) throw new InvalidInput(`say where to: ${Object.values(words).join(', ')}`);
  if (other !== undefined) throw new InvalidInput(`give ${words[word]} or ${words[other]}, not both`);
  const text = String(options[word]);
  switch (word) {
    case 'toEarliest':
      return { kind: 'earliest' };
    case 'toLatest':
      return { kind: 'latest' };
    case 'toCurrent':
      return { kind: 'current' };
    case 'toOffset':
      return { kind: 'offset', offset: wholeNumber(word, text, 'an offset: a whole number from 0 on', 0) };
    case 'shiftBy':
      return { kind: 'shift', count: wholeNumber(word, text, 'a number of records, such as 10 or -10') };
    case 'toDatetime':
      return { kind: 'time', timestampMs: parseTime(text, 'UTC') };
    case 'byDuration':
      return { kind: 'ago', durationMs: await parseDuration(text) };
    default:
      return word satisfies never;
  }
}

function wholeNumber(word: Word, text: string, what: string, min = Number.MIN_SAFE_INTEGER): number {
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= min) return number;
  throw new InvalidInput(`${words[word]} ${text}: write ${what}`);
}

const isoDuration = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/i;

/** Kafka's tool takes ISO 8601 durations of days and less. */
async function parseDuration(text: string): Promise<number> {
  const iso = isoDuration.exec(text);
  if (iso !== null) {
    const [days, hours, minutes, seconds] = iso.slice(1).map(part => Number(part ?? 0));
    return Math.round((((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1_000);
  }
  const { durationMs } = await import('../core/index.js');
  if (/[a-z]\s*$/.test(text)) return durationMs(text);
  throw new InvalidInput(`--by-duration ${text}: write 90s, 15m, 1h, 2d or PT1H30M`);
}
