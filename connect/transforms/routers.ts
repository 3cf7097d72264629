// Transforms that only change where a record goes.

import { z } from 'zod';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { defineTransform } from '../api/transform.js';

const spec = z.object({
  regex: option.text().describe('What the whole name of the topic must match.'),
  replacement: option.text().describe('The new name; $1 stands for the first group.'),
});

/** Kafka Connect's RegexRouter. */
export const regexRouter = defineTransform({
  name: 'RegexRouter',
  description: 'Another topic, by a pattern that the whole name of the topic matches.',
  config: spec,
  start({ regex, replacement }) {
    const whole = wholeMatch(regex);
    const first = new RegExp(whole.source.slice('^(?:'.length, -')$'.length), whole.flags);
    return record => {
      if (record.topic === undefined) throw new DataError('RegexRouter needs a topic, and the record names none');
      if (!whole.test(record.topic)) return record;
      // As Java's replaceFirst: what the pattern finds first, which need not be all of the topic.
      const match = first.exec(record.topic);
      if (match === null) return record;
      const behind = record.topic.slice(match.index + match[0].length);
      return { ...record, topic: record.topic.slice(0, match.index) + replacedBy(replacement, match) + behind };
    };
  },
});

/** A pattern in Java's spelling that must match all of a text. */
export function wholeMatch(regex: string, key = 'regex'): RegExp {
  try {
    const [, flags = '', rest = regex] = /^\(\?([ims]+)\)(.*)$/s.exec(regex) ?? [];
    return new RegExp(`^(?:${quotesEscaped(rest)})$`, `${flags}u`);
  } catch (cause) {
    throw new ConfigError(`Invalid value ${regex} for configuration ${key}: ${(cause as Error).message}`);
  }
}

/** `\\Q...\\E` holds text that means itself. */
function quotesEscaped(regex: string): string {
  return regex.replace(/\\Q(.*?)(?:\\E|$)/gsu, (_, text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&'));
}

/** As Java's: `$1`, `${name}`, and a backslash before what is meant literally. */
function replacedBy(replacement: string, match: RegExpExecArray): string {
  return replacement.replace(/\\(.)|\$(?:\{(\w+)\}|(\d))/gsu, (whole, literal, name, digit) => {
    if (literal !== undefined) return literal as string;
    const group = name === undefined ? Number(digit) : (name as string);
    const isKnown = typeof group === 'number' ? group < match.length : match.groups?.[group] !== undefined;
    if (!isKnown)
      throw new DataError(`No group ${group}: the replacement says ${whole}, and the regex has no such group`);
    return (typeof group === 'number' ? match[group] : match.groups?.[group]) ?? '';
  });
}
