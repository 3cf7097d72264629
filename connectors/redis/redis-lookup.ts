import { z } from 'zod';
import { DataError, defineLookup, type LookupTask, option } from '../../connect/api/index.js';
import { clientOptions, RedisConnection, redisError } from './redis-connection.js';
import { redisConnectionOptions } from './redis-connection-config.js';

export const redisLookupConfig = z.object({
  ...redisConnectionOptions,
  'redis.type': option
    .choice(['string', 'hash'])
    .default('string')
    .describe('What stands under the keys: a text, or a hash: an object of its fields.'),
  'redis.value': option.choice(['text', 'json']).default('text').describe('What a text is: itself, or JSON.'),
  'redis.keyspace': option.text().default('').describe('What keys begin with.'),
  'redis.separator': option
    .text()
    .default(':')
    .describe('Stands between keyspace and key; with no keyspace nothing does.'),
});

/** Strings or hashes by their keys, all of a batch in one go. */
export const redisLookup = defineLookup({
  name: 'redis-lookup',
  description: 'Finds strings or hashes by their keys.',
  config: redisLookupConfig,
  validate: config => void clientOptions(config),
  async start(config, context): Promise<LookupTask> {
    const connection = new RedisConnection(config, context);
    const prefix = config['redis.keyspace'] === '' ? '' : config['redis.keyspace'] + config['redis.separator'];
    const isHash = config['redis.type'] === 'hash';
    return {
      async find(keys) {
        try {
          const client = await connection.client();
          const asked = keys.map(key => (isHash ? client.hgetall(prefix + key) : client.get(prefix + key)));
          const answers = await Promise.all(asked);
          const found = keys.map((key, at) => [key, foundValue(answers[at]!, config['redis.value'], key)] as const);
          return new Map(found.filter(([, value]) => value !== undefined));
        } catch (error) {
          throw error instanceof DataError ? error : redisError(error, 'looking into Redis');
        }
      },
      close: () => connection.close(),
    };
  },
});

function foundValue(answer: string | Record<string, string> | null, format: 'text' | 'json', key: string): unknown {
  if (answer === null) return undefined;
  if (typeof answer !== 'string') return Object.keys(answer).length === 0 ? undefined : { ...answer };
  if (format === 'text') return answer;
  try {
    return JSON.parse(answer);
  } catch (cause) {
    throw new DataError(`what stands under "${key}" is no JSON`, { cause });
  }
}
