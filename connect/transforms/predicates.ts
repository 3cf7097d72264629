import { z } from 'zod';
import { ConfigError } from '../api/errors.js';
import { option } from '../api/option.js';
import { readSettings } from './read-settings.js';
import { wholeMatch } from './routers.js';
import { isTombstone, type Predicate, type Settings } from './transform.js';

const namedHeader = z.object({ name: option.text().describe('Name of the header.') });
const topicPattern = z.object({ pattern: option.text().describe('What the whole name of the topic must match.') });

/** Kafka Connect's HasHeaderKey: the record has a header of that name. */
export function hasHeaderKey(settings: Settings): Predicate {
  const { name } = readSettings(namedHeader, settings);
  if (name === '') throw new ConfigError('name: must not be empty');
  return record => record.headers.some(({ key }) => key === name);
}

/** Kafka Connect's TopicNameMatches. */
export function topicNameMatches(settings: Settings): Predicate {
  const { pattern } = readSettings(topicPattern, settings);
  if (pattern === '') throw new ConfigError('pattern: must not be empty');
  const whole = wholeMatch(pattern, 'pattern');
  return ({ topic }) => topic !== undefined && whole.test(topic);
}

/** Kafka Connect's RecordIsTombstone: the record has no value. */
export function recordIsTombstone(): Predicate {
  return isTombstone;
}
