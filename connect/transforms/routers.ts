// Transforms that only change where a record goes.

import { z } from 'zod';
import { ConfigError, DataError } from '../api/errors.js';
import { option } from '../api/option.js';
import { defineTransform } from '../api/transform.js';
import { javaPattern } from './java-pattern.js';

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
    const first = compiled(regex, 'regex', source => source);
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

/** A pattern in Java's spelling that must match all of a text. Throws ConfigError for what is none. */
export function wholeMatch(regex: string, key = 'regex'): RegExp {
  return compiled(regex, key, source => `^(?:${source})$`);
}

function compiled(regex: string, key: string, framed: (source: string) => string): RegExp {
  try {
    const { source, flags } = javaPattern(regex);
    return new RegExp(framed(source), flags);
  } catch (cause) {
    throw new ConfigError(`Invalid value ${regex} for configuration ${key}: ${(cause as Error).message}`, { cause });
  }
}

/** As Java's: `$1`, `${name}`, and a backslash before what is meant literally. */
function replacedBy(replacement: string, match: RegExpExecArray): string {
  return replacement.replace(
    /\\(.?)|\$(?:\{(\w+)\}|(\d+)|)/gsu,
    (whole, literal?: string, name?: string, digits?: string) => {
      if (literal !== undefined && literal !== '') return literal;
      if (literal !== undefined)
        throw new DataError('character to be escaped is missing: the replacement ends with a backslash');
      if (name !== undefined && match.groups?.[name] !== undefined) return match.groups[name];
      const group = digits === undefined ? undefined : groupIn(digits, match.length);
      if (group === undefined) {
        throw new DataError(
          `No group ${name ?? digits ?? ''}: the replacement says ${whole}, and the regex has no such group`,
        );
      }
      return (match[Number(group)] ?? '') + digits!.slice(group.length);
    },
  );
}

/** The longest number of a group that there is; digits behind it stand for themselves. */
function groupIn(digits: string, groupCount: number): string | undefined {
  for (let length = digits.length; length > 0; length--) {
    const group = digits.slice(0, length);
    if (Number(group) < groupCount) return group;
  }
  return undefined;
}
