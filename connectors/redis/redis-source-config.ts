import { z } from 'zod';
import { option } from '../../connect/api/index.js';
import { redisConnectionOptions } from './redis-connection-config.js';

export const sourcePlaceholder = '${source}';

export const redisSourceConfig = z.object({
  ...redisConnectionOptions,
  'redis.type': option
    .choice(['stream', 'list', 'pubsub', 'keys', 'scan'])
    .describe(
      '`stream`: entries of streams. `list`: what is pushed to a list. `pubsub`: messages of channels. `keys`: each key with its value, now and whenever it changes. `scan`: the keys that are there, then the end.',
    ),
  'redis.topic': option
    .text()
    .min(1)
    .optional()
    .describe(
      `The topic of a record; \`${sourcePlaceholder}\` stands for its stream, list or channel, or for the pattern of keys. Default: the \`topic\` of the connector.`,
    ),
  'batch.size': option.integer(1, 100_000).default(500).describe('Records (or keys) that are taken at a time.'),
  'redis.block.ms': option
    .durationMs()
    .default(500)
    .describe('How long Redis may hold an answer back while there is nothing new.'),
  'redis.delivery': option
    .choice(['at-least-once', 'at-most-once'])
    .default('at-least-once')
    .describe(
      'Of streams and lists. `at-least-once`: what was handed out is pending in Redis until its records are committed. `at-most-once`: it is gone as soon as it is read.',
    ),
  'redis.stream.name': option.list().default([]).describe('Of `stream`: the streams to read.'),
  'redis.stream.position': option
    .choice(['group', 'offsets'])
    .default('group')
    .describe(
      'Where the position in a stream is kept. `group`: in a consumer group of Redis, whose entries tasks and other consumers share. `offsets`: in the connector’s own offsets, which allows exactly once.',
    ),
  'redis.stream.offset': option
    .text()
    .default('0-0')
    .describe('Where to begin a stream that was never read before: behind this id; `$`: with what comes from now on.'),
  'redis.stream.consumer.group': option
    .text()
    .min(1)
    .optional()
    .describe(
      'The consumer group; made when it is missing, with its stream. Default: `connect-` and the connector’s name.',
    ),
  'redis.stream.consumer.name': option
    .text()
    .min(1)
    .default('consumer-${task}')
    .describe('What a task is called in the group; `$' + '{task}` stands for its number.'),
  'redis.stream.claim.idle.ms': option
    .durationMs()
    .default(60_000)
    .describe('Entries that another consumer has left unacknowledged for so long are claimed (XAUTOCLAIM); 0: never.'),
  'redis.stream.body.field': option
    .text()
    .min(1)
    .optional()
    .describe('The field that is the value; an entry without it is a bad record. Default: all fields, as an object.'),
  'redis.stream.delete': option
    .boolean()
    .default(false)
    .describe('Entries are deleted from their stream once their records are committed.'),
  'redis.list.name': option.text().min(1).optional().describe('Of `list`: the list to read.'),
  'redis.list.pop': option.choice(['left', 'right']).default('left').describe('From which end.'),
  'redis.list.processing': option
    .text()
    .min(1)
    .optional()
    .describe(
      'The list in which elements wait until their records are committed. Default: `{LIST}:processing:CONNECTOR`.',
    ),
  'redis.channels': option.list().default([]).describe('Of `pubsub`: the channels to listen to.'),
  'redis.channels.are.patterns': option.boolean().default(false).describe('They are patterns, such as `news.*`.'),
  'redis.pubsub.buffer.max': option
    .integer(1)
    .default(10_000)
    .describe('Messages that may wait to be taken; beyond, the oldest are dropped, counted and logged.'),
  'redis.keys.pattern': option.text().min(1).default('*').describe('Of `keys` and `scan`: which keys.'),
  'redis.keys.types': option
    .list()
    .default([])
    .describe(
      'Of `keys` and `scan`: only keys of these types (`string`, `hash`, `list`, `set`, `zset`, `stream`). Default: all.',
    ),
  'redis.keys.mode': option
    .choice(['live', 'liveonly'])
    .default('live')
    .describe('Of `keys`. `live`: what is there, then what changes. `liveonly`: what changes from now on.'),
});

export type RedisSourceConfig = z.output<typeof redisSourceConfig>;

export function topicOf(config: RedisSourceConfig, source: string): string | undefined {
  return config['redis.topic']?.replaceAll(sourcePlaceholder, source);
}
