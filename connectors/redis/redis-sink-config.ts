import { z } from 'zod';
import { option } from '../../connect/api/index.js';
import { redisConnectionOptions } from './redis-connection-config.js';

export const topicPlaceholder = '${topic}';

export const redisSinkConfig = z.object({
  ...redisConnectionOptions,
  'redis.type': option
    .choice(['string', 'hash', 'json', 'stream', 'list', 'set', 'zset', 'publish'])
    .describe(
      'What a record becomes: a string, hash or JSON document (a string of JSON where the server has no RedisJSON) under its own key; an entry of a stream, list, set or sorted set; a message of a channel.',
    ),
  'redis.keyspace': option
    .text()
    .default(topicPlaceholder)
    .describe(
      `What keys begin with; of a stream, list, set, sorted set or channel the whole name. \`${topicPlaceholder}\` stands for the topic.`,
    ),
  'redis.separator': option
    .text()
    .default(':')
    .describe('Stands between keyspace and the record’s key; with an empty keyspace nothing does.'),
  'redis.key.ttl': option
    .durationMs()
    .optional()
    .describe('Keys expire after that time. A header `redis.key.ttl` (seconds) goes before, for its record.'),
  'redis.list.push': option.choice(['right', 'left']).default('right').describe('At which end of a list.'),
  'redis.stream.length.max': option.integer(1).optional().describe('Streams are trimmed to about as many entries.'),
  'redis.zset.score.field': option
    .text()
    .default('score')
    .describe('Where the value is an object: the field that holds the score. A bare number is the score itself.'),
  'batch.size': option.integer(1, 100_000).default(5_000).describe('Records written by one MULTI or script at most.'),
  'exactly.once': option
    .boolean()
    .default(true)
    .describe(
      'Offsets are kept in Redis and move in one step with the records: exactly once on one node (`EVAL` must be allowed, but for strings and channels). Without, and on a cluster: at least once.',
    ),
  'redis.offsets.key': option
    .text()
    .default('connect-offsets')
    .describe('What the keys of those offsets begin with; connector, topic and partition follow.'),
  'redis.offsets.missing': option
    .choice(['continue', 'fail'])
    .default('continue')
    .describe(
      'Where the sink has written before and this Redis holds no offset of it (a promoted replica that never had it, another Redis): go on from the group’s offset with a warning, or fail.',
    ),
});

export type RedisSinkConfig = z.output<typeof redisSinkConfig>;
