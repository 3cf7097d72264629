import { z } from 'zod';
import { ConfigError } from '../api/errors.js';
import { option } from '../api/option.js';
import { definePredicate } from '../api/transform.js';
import { wholeMatch } from './routers.js';
import { isTombstone } from './transform.js';

/** Kafka Connect's HasHeaderKey. */
export const hasHeaderKey = definePredicate({
  name: 'HasHeaderKey',
  description: 'The record has a header of that name.',
  config: z.object({ name: option.text().describe('Name of the header.') }),
  start({ name }) {
    if (name === '') throw new ConfigError('name: must not be empty');
    return record => record.headers.some(({ key }) => key === name);
  },
});

/** Kafka Connect's TopicNameMatches. */
export const topicNameMatches = definePredicate({
  name: 'TopicNameMatches',
  description: 'The whole name of the topic matches a pattern.',
  config: z.object({ pattern: option.text().describe('What the whole name of the topic must match.') }),
  start({ pattern }) {
    if (pattern === '') throw new ConfigError('pattern: must not be empty');
    const whole = wholeMatch(pattern, 'pattern');
    return ({ topic }) => topic !== undefined && whole.test(topic);
  },
});

/** Kafka Connect's RecordIsTombstone. */
export const recordIsTombstone = definePredicate({
  name: 'RecordIsTombstone',
  description: 'The record has no value.',
  config: z.object({}),
  start: () => isTombstone,
});
